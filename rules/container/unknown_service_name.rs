//! Names that nobody has in the networks of nginx's container.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::compose::{Home, Resolved};
use gatelint_model::nginx::{ContextKind, Scope};

use super::home;
use crate::name::static_upstream_hostname::{Use, is_name, uses};
use crate::say::clip;
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
    for one in uses(stack).filter(|one| is_name(stack, &one.name)) {
        let homes = home::of_directive(stack, one.directive);
        let answers: Vec<Resolved<'_>> =
            homes.iter().map(|home| home.project.resolve(home.service, &one.name)).collect();
        let is_lost = |answer: &Resolved<'_>| matches!(answer, Resolved::Nobody | Resolved::Apart(_));
        if let (Some(home), Some(answer), true) =
            (homes.first(), answers.first(), answers.iter().all(is_lost))
        {
            out.push(finding(&one, home, answer));
        }
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
                finding = finding.help(format!("the service is called `{}`", clip(like)));
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
