//! Name servers of this machine that nobody runs.

use std::net::IpAddr;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Pass};
use gatelint_model::{Address, HostName};
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use super::peer;
use crate::say::{clip, one_line, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "dead-resolver",
    summary: "nobody answers on this machine where nginx's `resolver` asks for names",
    level: Level::Warning,
    covers: &["C2"],
    since: "0.1.0",
    page: include_str!("dead_resolver.md"),
    check,
};

/// Docker's own DNS: another rule speaks of it.
const DOCKER: &str = "127.0.0.11";

fn check(stack: &Stack, out: &mut Findings) {
    let servers = stack.host.facts.as_ref().and_then(|facts| facts.dns.as_ref());
    let Some(servers) = servers.filter(|_| stack.world.is_one_machine()) else { return };
    let takes =
        |own: IpAddr, ip: IpAddr| own == ip || own.is_unspecified() && (own.is_ipv6() || ip.is_ipv4());
    let is_dead = |ip: &IpAddr| {
        ip.is_loopback() && ip.to_string() != DOCKER && !servers.iter().any(|own| takes(own.ip(), *ip))
    };
    let mut seen: FxHashSet<Span> = FxHashSet::default();
    for pass in stack.passes().filter(|pass| pass.is_variable() && peer::is_in_use(*pass)) {
        let Some(resolver) = pass.scope().effective_last("resolver") else { continue };
        let Some(ips) = addresses(resolver) else { continue };
        if ips.is_empty() || !ips.iter().all(is_dead) {
            continue;
        }
        let urls = pass.urls();
        let name = urls.candidates().unwrap_or_default().iter().find_map(|(url, _)| match url.address()? {
            Address::Tcp(HostName::Name(name), _) if stack.upstream(&url.host, false).is_none() => Some(name),
            _ => None,
        });
        if let Some(name) = name
            && seen.insert(resolver.span())
        {
            out.push(finding(stack, pass, resolver, &name));
        }
    }
}

/// The servers, where all are addresses at the usual port.
fn addresses(resolver: Directive<'_>) -> Option<Vec<IpAddr>> {
    let words = resolver.args().map(|arg| arg.text().into_owned()).filter(|word| !word.contains('='));
    let address = |word: String| {
        let bare = word.strip_suffix(":53").unwrap_or(&word);
        bare.trim_matches(['[', ']']).parse().ok()
    };
    words.map(address).collect()
}

fn finding(stack: &Stack, pass: Pass<'_>, resolver: Directive<'_>, name: &str) -> Finding {
    let shown = resolver.arg(0).map(|arg| clip(&arg.text())).unwrap_or_default();
    let log = one_line(&format!("{name} could not be resolved (110: Operation timed out)"));
    let finding = Finding::new(
        &RULE,
        resolver.value_span(),
        format!("no DNS server of this machine answers at `{shown}`"),
    )
    .confidence(Confidence::Medium)
    .label(format!("{} end as 502", passed_requests(pass)))
    .related(pass.span(), format!("asks for `{}`", clip(name)))
    .predict(Prediction::answers(502, log));
    let other = stack
        .host
        .nameservers
        .iter()
        .find(|server| server.parse::<IpAddr>().is_ok_and(|ip| !ip.is_loopback()));
    match other {
        Some(server) => finding.help(format!("as `/etc/resolv.conf` has it: resolver {server};")),
        None => finding,
    }
}
