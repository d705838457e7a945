//! Variables whose name a literal pass elsewhere has resolved for good.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::Pass;
use gatelint_model::{Address, HostName};
use rustc_hash::FxHashMap;

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "shadowed-resolver",
    summary: "a name in a variable is not resolved again, because a literal pass names the same host and port",
    level: Level::Warning,
    covers: &["C3"],
    since: "0.1.0",
    page: include_str!("shadowed_resolver.md"),
    check,
};

const LOG: &str = "connect() failed (111: Connection refused) while connecting to upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let variable: Vec<Pass<'_>> = stack
        .passes()
        .filter(|pass| pass.is_variable())
        .filter(|pass| pass.scope().effective("resolver").is_some())
        .collect();
    if variable.is_empty() {
        return;
    }
    let mut literal: FxHashMap<(String, u16), Pass<'_>> = FxHashMap::default();
    for pass in stack.written_passes().filter(|pass| !pass.is_variable() && pass.upstream().is_none()) {
        if let Some(key) = pass.urls().known().and_then(|(url, _)| name(url.address()?)) {
            literal.entry(key).or_insert(pass);
        }
    }
    for pass in variable {
        let urls = pass.urls();
        let all = urls.candidates().unwrap_or_default();
        let shadow = all.iter().find_map(|(url, span)| {
            let key = name(url.address()?)?;
            let is_group = !url.has_port && stack.upstream(&url.host, false).is_some();
            literal.get(&key).filter(|_| !is_group).map(|by| (key, *span, *by))
        });
        if let Some(((host, port), _, by)) = shadow {
            out.push(finding(pass, (&host, port), by));
        }
    }
}

fn name(address: Address) -> Option<(String, u16)> {
    match address {
        Address::Tcp(HostName::Name(name), port) => Some((name, port)),
        _ => None,
    }
}

fn finding(pass: Pass<'_>, (host, port): (&str, u16), by: Pass<'_>) -> Finding {
    let host = clip(host);
    let message = format!("`{host}:{port}` is not resolved again here: a literal pass names it too");
    Finding::new(&RULE, pass.span(), message)
        .label("when its address changes, requests go to the old one until a reload: 502 or 504")
        .related(by.span(), "nginx keeps the addresses that it found for this one at its start")
        .note("nginx compares a variable's value with the hosts of all literal passes before it asks the `resolver`")
        .help("name the host with a variable there too, or in both places a group with `resolve` servers")
        .predict(Prediction::answers(502, LOG))
}
