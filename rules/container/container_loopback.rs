//! Loopback addresses and sockets that nobody shares with nginx's container.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::Address;
use gatelint_model::compose::Home;
use gatelint_model::nginx::{Family, Pass, Target};

use super::home;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "container-loopback",
    summary: "nginx, alone in its container, passes to its own loopback or to a socket that no container shares",
    level: Level::Error,
    covers: &["A7"],
    since: "0.1.0",
    page: include_str!("container_loopback.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.world.compose.projects.is_empty() {
        return;
    }
    let policy = out.policy();
    for pass in stack.passes().filter(|pass| !pass.is_overruled()) {
        let targets = pass.targets();
        let is_lost =
            |target: &Target<'_>| !policy.is_external(target.address) && is_lost(stack, pass, target);
        let lost: Vec<&Target<'_>> = targets.iter().filter(|target| is_lost(target)).collect();
        let are_all = lost.len() == targets.len() && pass.is_closed();
        for target in lost {
            out.extend(finding(stack, pass, target, are_all));
        }
    }
}

/// Whether nobody can listen at the address: it belongs to a container that runs nginx alone.
pub(crate) fn is_lost(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> bool {
    let is_own = match target.address {
        Address::Unix(_) => true,
        // What the image's own site may answer is not asked.
        Address::Tcp(host, port) => host.is_loopback() && !matches!(port, 80 | 8080 | 443),
    };
    if !is_own || !stack.listens_behind(target.address).is_empty() {
        return false;
    }
    let homes = home::of_pass(stack, pass);
    !homes.is_empty() && homes.iter().all(|home| is_lost_in(home, target.address))
}

fn is_lost_in(home: &Home<'_>, address: &Address) -> bool {
    let Home { project, service, .. } = home;
    if project.is_open || !service.is_nginx_alone() {
        return false;
    }
    match address {
        Address::Tcp(..) => service.has_own_network(&project.services),
        // Files of a volume may come from anywhere.
        Address::Unix(path) => service.mount_of(path).is_none() && !path.contains(".."),
    }
}

fn finding(stack: &Stack, pass: Pass<'_>, target: &Target<'_>, are_all: bool) -> Option<Finding> {
    let homes = home::of_pass(stack, pass);
    let home = homes.first()?;
    let name = say::clip(&home.service.name.text);
    let shown = say::clip(target.written.strip_prefix("unix:").unwrap_or(target.written));
    let (message, why) = match target.address {
        Address::Unix(_) => (
            format!("no volume brings `{shown}` into the container of `{name}`, which runs nginx alone"),
            "2: No such file or directory",
        ),
        Address::Tcp(..) => (
            format!("`{shown}` is the container of `{name}` itself, which runs nginx alone"),
            "111: Connection refused",
        ),
    };
    let scheme = if pass.family() == Family::Proxy { "http" } else { pass.family().prefix() };
    let log = say::connect_log(&target.address.to_string(), scheme, why);
    let mut finding = Finding::new(&RULE, target.span, message);
    finding = match are_all {
        true => {
            let requests = say::passed_requests(pass);
            finding.label(format!("{requests} end as 502")).predict(Prediction::answers(502, log))
        }
        false => finding.label("another server of the group answers in its place").level(Level::Info),
    };
    let image = home.service.made_of.unwrap_or(home.service.name.span);
    finding = finding.related(image, format!("nginx runs here, as `{name}`"));
    let Some(php) = home::php(home).filter(|_| pass.family() == Family::Fastcgi) else {
        return Some(finding);
    };
    let other = say::clip(&php.name.text);
    finding = finding.related(php.name.span, format!("PHP-FPM runs here, as `{other}`"));
    let directive = if target.server.is_some() { "server" } else { "fastcgi_pass" };
    Some(finding.help(format!("name the service: {directive} {other}:9000;")))
}
