//! Sockets that are there, and that nginx's workers may not get to.

use std::collections::HashSet;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::host::{Obstacle, Presence, Process};
use gatelint_model::nginx::{Pass, Target};
use gatelint_model::{Address, Stack};

use super::dead_socket::scheme;
use super::peer;
use crate::permission::attempt::attempts;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "inaccessible-socket",
    summary: "nginx's workers may not connect to a socket of this machine",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("inaccessible_socket.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.host.facts.is_none() || !stack.world.is_one_machine() {
        return;
    }
    // Those that php-fpm makes so by its configuration are said there.
    let attempts = attempts(stack);
    let by_text: HashSet<&Address> =
        attempts.iter().filter(|attempt| !attempt.may).map(|attempt| attempt.target.address).collect();
    let mut seen = HashSet::new();
    for pass in stack.passes() {
        for target in pass.targets() {
            let Address::Unix(path) = target.address else { continue };
            if peer::is_off(&target) || by_text.contains(target.address) || !seen.insert(target.address.clone()) {
                continue;
            }
            // Nobody is there: that is another defect.
            if stack.presence(target.address) != Some(Presence::Listening) {
                continue;
            }
            if let Some((process, obstacle)) = kept_out(stack, pass, path) {
                out.push(finding(stack, pass, &target, &process, &obstacle));
            }
        }
    }
}

/// What keeps every identity that the workers may have from the socket.
fn kept_out(stack: &Stack, pass: Pass<'_>, path: &str) -> Option<(Process, Obstacle)> {
    let workers = match pass.scope().worker() {
        Some(worker) => vec![worker.process],
        None => pass.scope().default_workers(),
    };
    let mut all = Vec::new();
    for process in workers {
        let obstacle = stack.obstacle(&process, path)?;
        all.push((process, obstacle));
    }
    all.into_iter().next()
}

fn finding(
    stack: &Stack,
    pass: Pass<'_>,
    target: &Target<'_>,
    process: &Process,
    obstacle: &Obstacle,
) -> Finding {
    let Obstacle { path, is_directory, access } = obstacle;
    let (user, group) = (say::clip(&process.user), say::clip(&access.group));
    let shown = say::clip(path);
    let rights = format!("{:04o} {}:{group}", access.mode, say::clip(&access.owner));
    let message = match is_directory {
        true => format!("`{user}` may not search `{shown}` on the way to a socket: it is {rights}"),
        false => format!("`{user}` may not write to the socket `{shown}`: it is {rights}"),
    };
    let log = say::connect_log(target.written, scheme(pass), "13: Permission denied");
    let mut finding = Finding::new(&RULE, target.span, message)
        .label(format!("{} end as 502", say::passed_requests(pass)))
        .predict(Prediction::answers(502, log));
    if let Some(worker) = pass.scope().worker() {
        finding = finding.related(worker.by.span(), format!("nginx's workers run as `{user}`"));
    }
    let pool = stack.pools_behind(target.address).pools().first().copied();
    if let Some(listener) = pool.and_then(|pool| pool.pool.listener.as_ref()) {
        finding = finding.related(listener.span, "php-fpm makes the socket, and others have changed it since");
    }
    // A group that has the right and lacks the user, or rights that not even the group has.
    let needed = if *is_directory { 0o010 } else { 0o020 };
    finding = match (access.mode & needed != 0, is_directory) {
        _ if access.group == "root" && !is_directory => finding.help(format!("chown :{user} {shown}")),
        (true, _) => finding.help(format!("usermod -a -G {group} {user}, and restart nginx")),
        (false, true) => finding.help(format!("chmod a+x {shown}")),
        (false, false) => finding.help(format!("chmod g+w {shown}")),
    };
    match stack.host.account_sources() {
        [] => finding,
        sources => finding.level(Level::Warning).confidence(Confidence::Medium).note(format!(
            "groups also come from `{}`: assumed that `{user}` is not in `{group}` there",
            say::clip(&sources.join(" "))
        )),
    }
}
