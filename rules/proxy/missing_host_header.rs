//! Backends that are asked for the name of a group or for an address.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Family, Pass, Scope};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "missing-host-header",
    summary: "no `proxy_set_header Host` is set: the backend is asked for the name of the group or the address",
    level: Level::Info,
    covers: &["H17"],
    since: "0.1.0",
    page: include_str!("missing_host_header.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Proxy) {
        if let Some(host) = sent(pass) {
            found.add(pass.span(), (pass, host));
        }
    }
    out.extend(found.iter().map(|((pass, host), _)| report(*pass, host)));
}

/// The group's name or the address, where nobody says another host.
fn sent(pass: Pass<'_>) -> Option<String> {
    let is_host =
        |line: &Directive<'_>| line.arg(0).is_some_and(|name| name.value.eq_ignore_ascii_case(b"host"));
    let list = pass.scope().effective("proxy_set_header");
    let is_set = list.iter().any(|list| list.directives.iter().any(is_host));
    // What an outer level says and this one drops is another rule's defect.
    let is_dropped = stack_has_host(list.map_or(pass.scope(), |list| list.scope));
    if is_set || is_dropped || pass.is_variable() || !pass.scope().ancestors().all(Scope::is_whole) {
        return None;
    }
    let urls = pass.urls();
    let (url, _) = urls.known()?;
    let is_address = url.host.parse::<std::net::IpAddr>().is_ok() || url.host == "localhost";
    if url.socket.is_some() || !(is_address || pass.upstream().is_some()) {
        return None;
    }
    let port = url.port.filter(|_| url.has_port).map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", say::clip(&url.host)))
}

fn stack_has_host(scope: Scope<'_>) -> bool {
    let outer = scope.parent().and_then(|parent| parent.effective("proxy_set_header"));
    outer.is_some_and(|list| {
        let names = list.directives.iter().filter_map(|line| line.arg(0));
        names.into_iter().any(|name| name.value.eq_ignore_ascii_case(b"host"))
    })
}

fn report(pass: Pass<'_>, host: &str) -> Finding {
    // A host may hold no `_`: strict backends refuse it.
    let has_underscore = host.contains('_');
    let finding = Finding::new(&RULE, pass.span(), format!("the backend is asked for `{host}`"))
        .label(format!("{} are sent with `Host: {host}`", say::passed_requests(pass)))
        .suggest("proxy_set_header Host $host;", {
            let list = pass.scope().effective("proxy_set_header");
            edit::put(list.map_or(pass.scope(), |list| list.scope), "proxy_set_header Host $host;")
        })
        .confidence(Confidence::Low);
    match has_underscore {
        true => finding
            .note("a name of hosts holds no `_`: strict backends answer 400")
            .predict(Prediction::answers(400, "")),
        false => finding
            .note("a backend that serves several sites answers for another one, or with 404")
            .predict(Prediction::answers(404, "")),
    }
}
