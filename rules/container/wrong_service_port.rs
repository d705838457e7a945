//! Services that do not listen where nginx connects to.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::compose::{Home, Listens, Service};
use gatelint_model::fpm::Bind;
use gatelint_model::nginx::{Family, Pass, Target};
use gatelint_model::{Address, HostName};

use super::home;
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "wrong-service-port",
    summary: "a compose service does not listen on the address or the port that nginx connects to",
    level: Level::Error,
    covers: &["A7", "F14"],
    since: "0.1.0",
    page: include_str!("wrong_service_port.md"),
    check,
};

const LOG: &str = "connect() failed (111: Connection refused) while connecting to upstream";

/// Where official images listen by themselves.
const IMAGE_PORT: u16 = 9000;

fn check(stack: &Stack, out: &mut Findings) {
    if stack.world.compose.projects.is_empty() {
        return;
    }
    let policy = out.policy();
    for pass in stack.passes().filter(|pass| pass.is_closed()) {
        for target in pass.targets() {
            let Address::Tcp(HostName::Name(name), port) = target.address else { continue };
            if policy.is_external(target.address) {
                continue;
            }
            let each = |home: &Home<'_>| {
                let service = home::only(home, name)?;
                match pass.family() {
                    Family::Fastcgi => fastcgi(stack, service, pass, &target, *port),
                    _ => published(service, &target, *port),
                }
            };
            let Some(found) = home::everywhere(stack, pass.directive(), each) else { continue };
            let alone = pass.targets().len() == 1;
            let label = |finding: Finding| if alone { finding } else { finding.level(Level::Warning) };
            out.extend(found.into_iter().map(|(_, finding)| finding).min_by_key(|one| one.level).map(label));
        }
    }
}

/// Whether a connection from another container arrives; `None` where that is not known.
fn arrives(bind: &Bind, port: u16) -> Option<bool> {
    match bind {
        Bind::Any(own) => Some(*own == port),
        Bind::Ip(ip, own) if ip.is_unspecified() => Some(*own == port),
        Bind::Ip(ip, _) if ip.is_loopback() => Some(false),
        Bind::Unix(_) => Some(false),
        Bind::Name(name, _) if name == "localhost" => Some(false),
        Bind::Ip(_, own) | Bind::Name(_, own) => (*own != port).then_some(false),
    }
}

fn fastcgi(
    stack: &Stack,
    service: &Service,
    pass: Pass<'_>,
    target: &Target<'_>,
    port: u16,
) -> Option<Finding> {
    let listens = stack.container_listens(service);
    let (bound, is_newer_only) = match listens {
        Listens::At(bound) if arrives(&bound.bind, port) == Some(false) => (bound, false),
        Listens::ByImage(bound) => match (arrives(&bound.bind, port)?, port == IMAGE_PORT) {
            (false, is_ports) => (bound, is_ports),
            (true, true) => return None,
            // Images of before January 2026 listen on 9000 alone: the newer ones are taken to be meant.
            (true, false) => return None,
        },
        _ => return None,
    };
    let name = clip(&service.name.text);
    let made_of = service.made_of.unwrap_or(service.name.span);
    let at = clip(&bound.shown());
    let help = format!("listen = {port}");
    let mut finding = match bound.span {
        Some(span) => {
            Finding::new(&RULE, span, format!("in the container of `{name}` PHP-FPM listens on `{at}` alone"))
                .related(target.span, format!("{} come from another container", passed_requests(pass)))
                .related(made_of, "PHP-FPM runs here")
                .label(format!("nothing listens on port {port} for other containers: 502"))
                .suggest(help, edit::within(stack, span, &bound.shown(), &port.to_string()))
        }
        None => Finding::new(
            &RULE,
            target.span,
            format!("PHP-FPM of `{name}` listens on port {IMAGE_PORT}, not {port}"),
        )
        .label(format!("{} end as 502", passed_requests(pass)))
        .related(made_of, format!("the image listens on port {IMAGE_PORT}"))
        .suggest(
            format!("write `{}:{IMAGE_PORT}`", clip(&service.name.text)),
            edit::within(stack, target.span, &format!(":{port}"), &format!(":{IMAGE_PORT}")),
        ),
    };
    finding = finding.predict(Prediction::answers(502, LOG));
    if is_newer_only {
        finding = finding.level(Level::Warning).confidence(Confidence::Medium).note(
            "images made before January 2026 listen on port 9000 whatever this says, in newer ones it counts",
        );
    }
    Some(finding)
}

/// A port that the service has only on the host.
fn published(service: &Service, target: &Target<'_>, port: u16) -> Option<Finding> {
    let entry = service.ports.iter().find(|entry| entry.published == Some(port) && entry.target != port)?;
    let has_it = service.ports.iter().any(|entry| entry.target == port) || service.expose.contains(&port);
    if has_it || service.is_open {
        return None;
    }
    let name = clip(&service.name.text);
    let message =
        format!("port {port} of `{name}` is the one on the host, in the network it is {}", entry.target);
    Some(
        Finding::new(&RULE, target.span, message)
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .label("containers reach each other by the port in the container: 502")
            .related(entry.span, format!("the container's port is {}", entry.target))
            .predict(Prediction::answers(502, LOG))
            .help(format!("write `{name}:{}`", entry.target)),
    )
}
