//! Loopback addresses and sockets that nobody shares with nginx's container.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::Address;
use gatelint_model::compose::{Home, SocketFrom};
use gatelint_model::fpm::Bind;
use gatelint_model::nginx::{Family, Pass, Target};

use super::home;
use crate::edit::{self, Mend};
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
    let policy = out.policy();
    for pass in stack.passes() {
        let targets = pass.targets();
        let known = targets.iter().filter(|target| !policy.is_external(target.address));
        let lost: Vec<_> = known.filter_map(|target| Some((target, lost(stack, pass, target)?))).collect();
        let are_all = lost.len() == targets.len() && pass.is_closed();
        for (target, (home, why)) in lost {
            out.push(finding(stack, pass, target, &home, why, are_all));
        }
    }
}

/// Why nobody answers at an address in nginx's container.
enum Why<'a> {
    /// It is loopback.
    Loopback,
    /// A socket that no container puts there.
    Socket(SocketFrom<'a>),
}

/// Whether nobody can listen at the address: it belongs to a container that runs nginx alone.
pub(crate) fn is_lost(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> bool {
    lost(stack, pass, target).is_some()
}

fn lost<'a>(stack: &'a Stack, pass: Pass<'a>, target: &Target<'_>) -> Option<(Home<'a>, Why<'a>)> {
    let is_own = match target.address {
        Address::Unix(_) => true,
        // What the image's own site may answer is not asked.
        Address::Tcp(host, port) => host.is_loopback() && !matches!(port, 80 | 8080 | 443),
    };
    if !is_own || stack.world.compose.projects.is_empty() || !stack.listens_behind(target.address).is_empty()
    {
        return None;
    }
    let why = |home: &Home<'a>| {
        let Home { project, service, .. } = home;
        if project.is_open || !service.is_nginx_alone() {
            return None;
        }
        match target.address {
            Address::Tcp(..) => service.has_own_network(&project.services).then_some(Why::Loopback),
            Address::Unix(path) => match stack.socket_from(home, path) {
                SocketFrom::Somewhere => None,
                from => Some(Why::Socket(from)),
            },
        }
    };
    home::first(stack, pass.directive(), why)
}

fn finding(
    stack: &Stack,
    pass: Pass<'_>,
    target: &Target<'_>,
    home: &Home<'_>,
    why: Why<'_>,
    are_all: bool,
) -> Finding {
    let name = say::clip(&home.service.name.text);
    let shown = say::clip(target.written.strip_prefix("unix:").unwrap_or(target.written));
    let refused = match why {
        Why::Loopback => "111: Connection refused",
        Why::Socket(_) => "2: No such file or directory",
    };
    let message = match &why {
        Why::Loopback => format!("`{shown}` is the container of `{name}` itself, which runs nginx alone"),
        Why::Socket(SocketFrom::OwnVolume(_)) => {
            format!("no other container has the volume that brings `{shown}` into the container of `{name}`")
        }
        Why::Socket(SocketFrom::Elsewhere { service, bound, .. }) => {
            let php = say::clip(&service.name.text);
            format!("PHP-FPM of `{php}` listens on `{}` alone, not on `{shown}`", say::clip(&bound.shown()))
        }
        Why::Socket(_) => {
            format!("no volume brings `{shown}` into the container of `{name}`, which runs nginx alone")
        }
    };
    let scheme = if pass.family() == Family::Proxy { "http" } else { pass.family().prefix() };
    let log = say::connect_log(&target.address.to_string(), scheme, refused);
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
    let directive = if target.server.is_some() { "server" } else { "fastcgi_pass" };
    match why {
        Why::Socket(SocketFrom::OwnVolume(mount)) => {
            if let Some(span) = mount.span {
                finding = finding.related(span, "this volume, which it has to itself");
            }
            let php = home::php(home).zip(mount.volume()).filter(|_| pass.family() == Family::Fastcgi);
            let Some((php, volume)) = php else { return finding };
            let (php, mount) = (say::clip(&php.name.text), say::clip(&format!("{volume}:{}", mount.target)));
            finding.help(format!("among the volumes of `{php}`: - {mount}"))
        }
        Why::Socket(SocketFrom::Elsewhere { service, bound, here }) => {
            if let Some(span) = bound.span {
                finding = finding.related(span, "PHP-FPM listens here");
            }
            let there = match (here, &bound.bind) {
                (Some(here), _) => format!("unix:{}", say::clip(&here)),
                (None, Bind::Any(port)) => format!("{}:{port}", say::clip(&service.name.text)),
                _ => return finding.related(service.name.span, "PHP-FPM runs here"),
            };
            finding.related(service.name.span, "PHP-FPM runs here").suggest(
                format!("{directive} {there};"),
                edit::within(stack, target.span, target.written, &there),
            )
        }
        _ => {
            let Some(php) = home::php(home).filter(|_| pass.family() == Family::Fastcgi) else {
                return finding;
            };
            let other = say::clip(&php.name.text);
            finding.related(php.name.span, format!("PHP-FPM runs here, as `{other}`")).suggest(
                format!("name the service: {directive} {other}:9000;"),
                edit::within(stack, target.span, target.written, &format!("{other}:9000")),
            )
        }
    }
}
