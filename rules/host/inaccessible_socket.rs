//! Sockets that are there, and that nginx's workers may not get to.

use std::collections::HashSet;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::host::{Access, Obstacle, Presence, Process};
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
    for pass in stack.passes().filter(|pass| peer::is_in_use(*pass)) {
        for target in pass.targets() {
            if peer::is_off(&target) || by_text.contains(target.address) {
                continue;
            }
            let Some((process, obstacle)) = kept_out(stack, pass, &target) else { continue };
            let works = |other: &Target<'_>| {
                !by_text.contains(other.address) && kept_out(stack, pass, other).is_none()
            };
            let is_covered_for = peer::is_covered_for(pass, &target, &works);
            if !seen.insert((target.address.clone(), is_covered_for)) {
                continue;
            }
            let finding = finding(stack, pass, &target, &process, &obstacle);
            out.push(if is_covered_for { peer::covered_for(finding) } else { finding });
        }
    }
}

/// What keeps every identity that the workers may have from the socket.
fn kept_out(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> Option<(Process, Obstacle)> {
    let Address::Unix(path) = target.address else { return None };
    // Nobody is there: that is another defect.
    if stack.presence(target.address) != Some(Presence::Listening) {
        return None;
    }
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
    let reached = stack.pools_behind(target.address);
    if let Some(found) = reached.pools().first().filter(|_| !is_directory)
        && let Some(listener) = &found.pool.listener
    {
        finding = finding.related(listener.span, format!("pool `{}` made it", say::clip(&found.pool.name)));
    }
    if let Some(help) = help(stack, process, obstacle) {
        finding = finding.help(help);
    }
    match stack.host.account_sources() {
        [] => finding,
        sources => finding.level(Level::Warning).confidence(Confidence::Medium).note(format!(
            "groups also come from `{}`: assumed that `{user}` is not in `{group}` there",
            say::clip(&sources.join(" "))
        )),
    }
}

/// The command that lets the workers in, and few others. `None` where a name is not one to paste into a shell: facts
/// may come from elsewhere.
fn help(stack: &Stack, process: &Process, obstacle: &Obstacle) -> Option<String> {
    let Obstacle { path, is_directory, access } = obstacle;
    let (user, group) = (&process.user, &access.group);
    let is_plain = |text: &String| {
        !text.starts_with('-') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-@+".contains(&b))
    };
    if ![path, user, group].into_iter().all(is_plain) {
        return None;
    }
    let (bit, letter) = if *is_directory { (0o1, 'x') } else { (0o2, 'w') };
    let lets_in = |mode: u32| {
        let access = Access { mode, ..access.clone() };
        let may = match is_directory {
            true => stack.host.may_enter(process, &access),
            false => stack.host.may_connect(process, &access),
        };
        may == Some(true)
    };
    let class = [('u', 6), ('g', 3)].into_iter().find(|(_, class)| lets_in(access.mode | bit << class));
    Some(match class {
        Some((class, _)) => format!("chmod {class}+{letter} {path}"),
        None if *is_directory => format!("chmod o+x {path}"),
        None if access.mode & 0o020 != 0 && group != "root" => {
            format!("usermod -a -G {group} {user} && systemctl restart nginx")
        }
        None => format!("chgrp {user} {path} && chmod g+w {path}"),
    })
}
