//! Addresses that nobody listens on right now.

use std::collections::HashSet;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::fpm::Master;
use gatelint_model::host::Presence;
use gatelint_model::links::{PoolRef, Reached};
use gatelint_model::nginx::{Family, Pass, Target};
use gatelint_model::{Address, Stack};

use super::peer;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "dead-socket",
    summary: "nobody listens on this machine where nginx connects to",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("dead_socket.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.host.facts.is_none() || !stack.world.is_one_machine() {
        return;
    }
    let mut seen = HashSet::new();
    let mut stopped: HashSet<*const Master> = HashSet::new();
    for pass in stack.passes().filter(|pass| peer::is_in_use(*pass)) {
        for target in pass.targets() {
            let Some(presence) = dead(stack, &target) else { continue };
            let is_covered_for = peer::is_covered_for(pass, &target, &|other| dead(stack, other).is_none());
            if !seen.insert((target.address.clone(), is_covered_for)) {
                continue;
            }
            let finding = match stack.pools_behind(target.address) {
                Reached::Pools(pools) => {
                    let Some(pool) = pools.into_iter().find(|pool| pool.master.starts()) else { continue };
                    // One that does not run at all is one defect.
                    if is_stopped(stack, pool.master) && !stopped.insert(std::ptr::from_ref(pool.master)) {
                        continue;
                    }
                    of_pool(stack, pass, &target, pool, presence)
                }
                // Said of the text: no pool is configured there.
                Reached::Nobody if pass.family() == Family::Fastcgi && has_pools(stack) => continue,
                _ if presence == Presence::Deserted => continue,
                _ => of_stranger(pass, &target, presence),
            };
            out.push(match is_covered_for {
                true => peer::covered_for(finding),
                false => finding,
            });
        }
    }
}

/// How nobody is there; `None` where somebody is, will be as soon as nginx starts, or is not needed.
fn dead(stack: &Stack, target: &Target<'_>) -> Option<Presence> {
    if peer::is_off(target) {
        return None;
    }
    let presence = stack.presence(target.address).filter(|presence| *presence != Presence::Listening)?;
    // What this nginx itself will listen on is there as soon as it starts.
    (!stack.may_listen(target.address)).then_some(presence)
}

fn has_pools(stack: &Stack) -> bool {
    stack.fpm.pools().next().is_some()
}

/// Whether the PHP-FPM of this configuration does not run: no process that may be it, and no pool of it listens.
fn is_stopped(stack: &Stack, master: &Master) -> bool {
    let version = master.layout.version.map(|(major, minor)| format!("{major}.{minor}"));
    let may_be = |name: &str| {
        let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
        let own: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        own.is_empty() || version.as_ref().is_none_or(|version| version.starts_with(&own))
    };
    stack.host.runs(|name| name != "nginx" && may_be(name)) == Some(false)
}

fn of_pool(
    stack: &Stack,
    pass: Pass<'_>,
    target: &Target<'_>,
    PoolRef { master, pool }: PoolRef<'_>,
    presence: Presence,
) -> Finding {
    let (name, shown) = (say::clip(&pool.name), shown(target));
    let is_stopped = is_stopped(stack, master);
    let message = match is_stopped {
        true => format!("PHP-FPM does not run: nobody listens on `{shown}`"),
        false => format!("nobody listens on `{shown}`, the address of pool `{name}`"),
    };
    // Whatever runs was not started with this line, or could not listen here.
    let has_other = stack.host.runs(|name| name != "nginx") == Some(true);
    let label = match has_other {
        true if !is_stopped => "the PHP-FPM that runs does not listen here".to_owned(),
        _ => format!("pool `{name}` listens here as soon as it runs"),
    };
    let at = pool.listener.as_ref().map_or(pool.header, |listener| listener.span);
    let command = if is_stopped { "start" } else { "restart" };
    let finding = Finding::new(&RULE, at, message)
        .label(label)
        .related(target.span, format!("{} end as 502", say::passed_requests(pass)))
        .predict(Prediction::answers(502, log(pass, target, presence)))
        .help(format!("systemctl {command} {}", unit(stack, master)));
    match master.pools.len() {
        count if is_stopped && count > 1 => finding.note(format!("none of its {count} pools listens")),
        _ => finding,
    }
}

/// Something that is not configured here. It may be away for a moment.
fn of_stranger(pass: Pass<'_>, target: &Target<'_>, presence: Presence) -> Finding {
    Finding::new(&RULE, target.span, format!("nobody listens on `{}`", shown(target)))
        .label(format!("{} end as 502", say::passed_requests(pass)))
        .level(Level::Warning)
        .confidence(Confidence::Medium)
        .note("what listens there is not configured in the files that were read")
        .predict(Prediction::answers(502, log(pass, target, presence)))
}

/// The service that runs a PHP-FPM, as its distribution names it.
fn unit(stack: &Stack, master: &Master) -> String {
    let is_there = |name: &String| stack.host.units.contains_key(name);
    let version = master.layout.version;
    let debian = version.map(|(major, minor)| format!("php{major}.{minor}-fpm"));
    let remi = version.map(|(major, minor)| format!("php{major}{minor}-php-fpm"));
    let named = debian.iter().chain(&remi).find(|name| is_there(name)).cloned();
    named.or(debian.filter(|_| master.layout.is_debian)).unwrap_or_else(|| "php-fpm".into())
}

fn shown(target: &Target<'_>) -> String {
    say::clip(target.written.strip_prefix("unix:").unwrap_or(target.written))
}

fn log(pass: Pass<'_>, target: &Target<'_>, presence: Presence) -> String {
    let why = match presence {
        Presence::Absent if matches!(target.address, Address::Unix(_)) => "2: No such file or directory",
        _ => "111: Connection refused",
    };
    let to = match target.address {
        Address::Unix(_) => target.written.to_owned(),
        Address::Tcp(..) => target.address.to_string(),
    };
    say::connect_log(&to, scheme(pass), why)
}

/// What nginx prints before the address.
pub(super) fn scheme(pass: Pass<'_>) -> &'static str {
    match pass.family() {
        Family::Proxy => "http",
        Family::Fastcgi => "fastcgi",
        Family::Uwsgi => "uwsgi",
        Family::Scgi => "scgi",
        Family::Grpc => "grpc",
    }
}
