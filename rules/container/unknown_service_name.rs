//! Names that nobody has in the networks of nginx's container.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::compose::{Home, Resolved};
use gatelint_model::nginx::{ContextKind, Directive, Pass, Scope};
use gatelint_model::{Address, HostName};

use super::home;
use crate::edit::{self, Mend};
use crate::name::static_upstream_hostname::{Use, is_name, uses};
use crate::say::{clip, passed_requests};
use crate::words::nearest;

pub(crate) const RULE: Rule = Rule {
    name: "unknown-service-name",
    summary: "a pass or an upstream names a host that no service of the compose project is called, or none in a common network",
    level: Level::Error,
    covers: &["C1"],
    since: "0.1.0",
    page: include_str!("unknown_service_name.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.world.compose.projects.is_empty() {
        return;
    }
    let policy = out.policy();
    let is_external = |one: &Use<'_>| {
        policy.is_external(&Address::Tcp(HostName::Name(one.name.to_ascii_lowercase()), one.port))
    };
    for one in uses(stack).filter(|one| is_name(stack, &one.name) && !is_external(one)) {
        let found = home::first(stack, one.directive, |home| lost(home, &one.name));
        out.extend(found.map(|(home, answer)| finding(&one, &home, &answer)));
    }
    for pass in stack.passes().filter(|pass| pass.is_variable()) {
        at_run_time(stack, pass, out);
    }
}

/// What the container gets for a name, where that is nobody.
fn lost<'a>(home: &Home<'a>, name: &str) -> Option<Resolved<'a>> {
    let answer = home.project.resolve(home.service, name);
    matches!(answer, Resolved::Nobody | Resolved::Apart(_)).then_some(answer)
}

/// Names that a variable brings are asked of Docker with each request.
fn at_run_time(stack: &Stack, pass: Pass<'_>, out: &mut Findings) {
    let resolver = pass.scope().effective_last("resolver");
    let asks_docker =
        |resolver: Directive<'_>| resolver.arg(0).is_some_and(|arg| arg.value.starts_with(b"127.0.0.11"));
    let Some(resolver) = resolver.filter(|resolver| asks_docker(*resolver)) else { return };
    for target in pass.targets() {
        let Address::Tcp(HostName::Name(name), _) = target.address else { continue };
        let is_external = out.policy().is_external(target.address);
        if is_external || target.upstream.is_some() || !is_name(stack, name) {
            continue;
        }
        let Some((home, _)) = home::first(stack, pass.directive(), |home| lost(home, name)) else { continue };
        let (name, own) = (clip(name), clip(&home.service.name.text));
        let log = format!("{name} could not be resolved (3: Host not found)");
        out.push(
            Finding::new(
                &RULE,
                target.span,
                format!("no service in a network of `{own}` is called `{name}`"),
            )
            .label(format!("{} end as 502", passed_requests(pass)))
            .related(resolver.value_span(), "Docker is asked for it with each request")
            .related(home.service.name.span, "nginx runs here")
            .predict(Prediction::answers(502, log)),
        );
    }
}

fn finding(one: &Use<'_>, home: &Home<'_>, answer: &Resolved<'_>) -> Finding {
    let (name, own) = (clip(&one.name), clip(&home.service.name.text));
    let written = one.directive.arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default();
    let host = if one.pass.is_some() { one.name.clone() } else { written };
    let log = format!("host not found in upstream \"{}\"", clip(&host));
    let message = match answer {
        Resolved::Apart(_) => format!("the services `{own}` and `{name}` have no network in common"),
        _ => format!("no service or alias of the project is called `{name}`"),
    };
    let mut finding = Finding::new(&RULE, one.span, message)
        .label(format!("nginx does not start in the container of `{own}`"))
        .predict(Prediction::nginx_refuses(Some(one.directive.end_span()), log))
        .related(home.service.name.span, "nginx runs here");
    match answer {
        Resolved::Apart(service) => {
            finding = finding.related(service.name.span, "this service is in other networks");
            if let Some(network) = service.network_names().next() {
                let networks = home.service.network_names().chain([network]).map(clip);
                let list = networks.collect::<Vec<_>>().join(", ");
                finding = finding.help(format!("in the compose file, for `{own}`: networks: [{list}]"));
            }
        }
        _ => {
            let services =
                || home.project.services.iter().filter(|service| service.name != home.service.name);
            let like = nearest(&one.name, services().map(|service| service.name.text.as_str()));
            let php = home::php(home).filter(|_| one.port == 9000).map(|service| service.name.text.as_str());
            if let Some(like) = like.or(php) {
                let edits = edit::within(one.directive.stack(), one.span, &one.name, like);
                finding = finding.suggest(format!("the service is called `{}`", clip(like)), edits);
            }
        }
    }
    if may_be_group(one) {
        return finding
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .note("a file that was not read may define a group of this name");
    }
    finding
}

/// Whether a group of that name may stand in a file that was not read.
fn may_be_group(one: &Use<'_>) -> bool {
    let Some(pass) = one.pass else { return false };
    let has_port = pass.urls().known().is_some_and(|(url, _)| url.has_port);
    !has_port && !pass.scope().enclosing(ContextKind::Http).is_some_and(Scope::is_whole)
}
