//! FastCGI targets that no pool listens on.

use std::cell::LazyCell;
use std::collections::HashMap;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::host::Presence;
use gatelint_model::links::Reached;
use gatelint_model::nginx::{Directive, Family, Pass, Target, Upstream};
use gatelint_model::{Address, Stack};

use super::http::HttpTargets;
use super::near::{Listeners, Near};
use crate::container::container_loopback;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "unmatched-fastcgi-socket",
    summary: "`fastcgi_pass` leads to an address that no PHP-FPM pool listens on",
    level: Level::Error,
    covers: &["A1", "A2", "A3", "A4", "A5", "I1"],
    since: "0.1.0",
    page: include_str!("unmatched_fastcgi_socket.md"),
    check,
};

/// One address without a listener, and every pass that leads there.
struct Missing<'a> {
    target: Target<'a>,
    passes: Vec<Pass<'a>>,
}

fn check(stack: &Stack, out: &mut Findings) {
    if stack.fpm.pools().next().is_none() {
        no_pools_seen(stack, out);
        return;
    }
    let policy = out.policy();
    let http = LazyCell::new(|| HttpTargets::of(stack));
    let mut order = Vec::new();
    let mut missing: HashMap<Address, Missing<'_>> = HashMap::new();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
        for target in pass.targets() {
            let is_off = target.server.is_some_and(|server| server.args().any(|arg| *arg.value == *b"down"));
            let is_answered = match stack.pools_behind(target.address) {
                Reached::Nobody => {
                    !stack.listens_behind(target.address).is_empty()
                        || stack.is_status_listener(target.address)
                }
                _ => !stack.is_passed_by_localhost(target.address),
            };
            // What speaks HTTP is another rule's defect.
            if is_off
                || is_answered
                || policy.is_external(target.address)
                || http.has(target.address)
                || container_loopback::is_lost(stack, pass, &target)
            {
                continue;
            }
            let address = target.address.clone();
            let entry = missing.entry(address.clone()).or_insert_with(|| {
                order.push(address);
                Missing { target, passes: Vec::new() }
            });
            entry.passes.push(pass);
        }
    }
    if missing.is_empty() {
        return;
    }
    let mut listeners = Listeners::of(stack, out.thresholds().edit_distance as usize);
    for missing in order.iter().filter_map(|address| missing.get(address)) {
        out.push(report(stack, missing, &mut listeners));
    }
}

fn report<'a>(stack: &'a Stack, missing: &Missing<'_>, listeners: &mut Listeners<'a>) -> Finding {
    let Missing { target, passes } = missing;
    let near = listeners.nearest(target);
    let is_php = near.as_ref().is_some_and(|near| near.is_close)
        || passes.iter().any(|pass| pass.php_evidence().is_some());
    let fails = passes.iter().any(|pass| !is_covered_for(stack, *pass, target));
    let all_known = stack.fpm.masters.iter().all(|master| master.is_whole)
        && stack.fpm.pools().all(|(_, pool)| pool.listener.is_some());
    let mut finding =
        Finding::new(&RULE, target.span, format!("no PHP-FPM pool listens on `{}`", shown(target)));
    let requests = passes.first().map_or_else(String::new, |pass| say::passed_requests(*pass));
    finding = match fails {
        true => finding.label(format!("{requests} end as 502")),
        false => finding.label("another server of the group answers in its place").level(Level::Info),
    };
    if fails {
        finding = finding.predict(Prediction::answers(502, log(target)));
    }
    if !is_php || !all_known || !stack.world.is_one_machine() {
        finding = finding.level(Level::Info).confidence(Confidence::Low);
    }
    if !is_php {
        finding = finding.note("nothing shows that PHP is meant: another FastCGI program may listen there");
    } else if !stack.world.is_one_machine() {
        finding = finding.note("the tree has container files: the listener may be in another container");
    } else if !all_known {
        finding = finding.note("not all of PHP-FPM's configuration is known here: a pool may listen there");
    }
    if finding.level == Level::Error && stack.presence(target.address) == Some(Presence::Listening) {
        finding = finding
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .note("somebody listens there now: another program, or a PHP-FPM with an older configuration");
        finding.prediction = None;
    }
    if stack.is_passed_by_localhost(target.address) {
        finding = finding
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .note("assumed that `localhost` is `::1` for php-fpm, as hosts files of packages have it");
    }
    if passes.len() > 1 {
        finding = finding.note(format!("{} passes lead there", passes.len()));
    }
    if let Some(upstream) = target.upstream
        && let Some(pass) = passes.first()
    {
        finding =
            finding.related(pass.span(), format!("`{}` leads to this server", say::clip(&upstream.name())));
    }
    match near {
        Some(near) => with_near(stack, finding, target, &near),
        None => finding,
    }
}

fn with_near(stack: &Stack, finding: Finding, target: &Target<'_>, near: &Near<'_>) -> Finding {
    let directive = if target.server.is_some() { "server" } else { "fastcgi_pass" };
    let finding =
        finding.related(near.listener.span, format!("pool `{}` listens here", say::clip(&near.pool.name)));
    let help = format!("{}: {directive} {};", near.why, near.address);
    if finding.level == Level::Info {
        return finding.help(help);
    }
    let has_it = |upstream: Upstream<'_>| {
        upstream.peers().any(|peer| peer.directive.arg(0).is_some_and(|arg| arg.text() == near.address))
    };
    let edits = match (target.upstream, target.server) {
        (Some(upstream), Some(server)) if has_it(upstream) => edit::remove(server),
        _ => edit::within(stack, target.span, target.written, &near.address),
    };
    // Nothing else can be meant where there is one pool, and both are nearly the same path.
    let is_evident = finding.level == Level::Error
        && near.is_close
        && stack.fpm.pools().count() == 1
        && target.server.is_none()
        && matches!(target.address, Address::Unix(_));
    if is_evident { finding.cure(help, edits) } else { finding.suggest(help, edits) }
}

/// Whether nginx does without this server: it tries another one of the group when this one refuses, or asks this
/// one only when the others have failed.
fn is_covered_for(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> bool {
    let Some(upstream) = target.upstream else { return false };
    let is_backup = |server: Directive<'_>| server.args().any(|arg| *arg.value == *b"backup");
    let others = upstream.peers().filter(|peer| Some(peer.directive) != target.server && !peer.has("down"));
    let answers = |address: &Address| !matches!(stack.pools_behind(address), Reached::Nobody);
    let mut live = others.filter(|peer| peer.address.as_ref().is_some_and(answers)).peekable();
    let has_other = live.peek().is_some();
    if target.server.is_some_and(is_backup) && live.any(|peer| !peer.has("backup")) {
        return true;
    }
    let scope = pass.scope();
    let next = scope.effective_last("fastcgi_next_upstream");
    let tries = scope.effective_last("fastcgi_next_upstream_tries");
    let goes_on = next.is_none_or(|next| next.args().any(|arg| *arg.value == *b"error"))
        && tries.and_then(|tries| tries.arg(0)).is_none_or(|arg| *arg.value != *b"1");
    has_other && goes_on
}

fn shown(target: &Target<'_>) -> String {
    say::clip(target.written.strip_prefix("unix:").unwrap_or(target.written))
}

fn log(target: &Target<'_>) -> String {
    match target.address {
        Address::Unix(_) => say::connect_log(target.written, "fastcgi", "2: No such file or directory"),
        Address::Tcp(..) => {
            say::connect_log(&target.address.to_string(), "fastcgi", "111: Connection refused")
        }
    }
}

/// Said once, so that silence is not taken for health.
fn no_pools_seen(stack: &Stack, out: &mut Findings) {
    let policy = out.policy();
    let pass = stack.passes().find(|pass| {
        let is_local = |target: &Target<'_>| {
            stack.is_this_machine(target.address) && !policy.is_external(target.address)
        };
        pass.php_evidence().is_some() && pass.targets().iter().any(is_local)
    });
    if let Some(pass) = pass {
        let finding = Finding::new(
            &RULE,
            pass.span(),
            "no PHP-FPM pool file was found to check FastCGI targets against",
        );
        let finding = finding.level(Level::Info).confidence(Confidence::Low);
        out.push(finding.label("whether somebody listens here is not known"));
    }
}
