//! Pools that do not let nginx in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::fpm::{Bind, Clients, Pool};
use gatelint_model::nginx::Pass;
use gatelint_model::{Address, HostName};
use rustc_hash::FxHashSet;

use super::served::{Served, served};
use crate::edit::{self, Mend};
use crate::log;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "rejected-fastcgi-client",
    summary: "`listen.allowed_clients` of a pool leaves out the address that nginx connects from",
    level: Level::Error,
    covers: &["A13"],
    since: "0.1.0",
    page: include_str!("rejected_fastcgi_client.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut said = FxHashSet::default();
    for way in served(stack) {
        let Some(clients) = way.to.pool.clients() else { continue };
        let sources = sources(way.pass, way.target.address, way.to.pool);
        let is_out = match sources.as_slice() {
            // Where nginx comes from is not known: only who lets nobody in surely drops it.
            [] => clients.addresses.is_empty(),
            sources => !sources.iter().any(|source| clients.admits(*source)),
        };
        if is_out && said.insert(clients.setting.span) {
            out.push(rejected(stack, &way, &clients, &sources));
        }
    }
    for clients in stack.fpm.pools().filter_map(|(_, pool)| pool.clients()) {
        let dropped = clients.unusable.first().filter(|_| !said.contains(&clients.setting.span));
        out.extend(dropped.map(|entry| unusable(&clients, entry)));
    }
}

/// The addresses that nginx may connect from; empty where that is not known.
fn sources(pass: Pass<'_>, to: &Address, pool: &Pool) -> Vec<IpAddr> {
    let (v4, v6) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST));
    let bind = pass.scope().effective("fastcgi_bind").and_then(|bind| bind.last()?.arg(0));
    match bind.map(|arg| arg.text().into_owned()) {
        Some(bind) if bind == "off" => {}
        Some(bind) => return bind.parse().into_iter().collect(),
        None => {}
    }
    match to {
        Address::Tcp(HostName::Ip(ip), _) if ip.is_loopback() => vec![if ip.is_ipv4() { v4 } else { v6 }],
        Address::Tcp(HostName::Name(name), _) if name == "localhost" => {
            match pool.listener.as_ref().map(|one| &one.bind) {
                Some(Bind::Ip(ip, _)) => vec![if ip.is_ipv4() { v4 } else { v6 }],
                _ => vec![v4, v6],
            }
        }
        // To an address of its own a machine connects from that address.
        Address::Tcp(HostName::Ip(ip), _) => vec![*ip],
        _ => Vec::new(),
    }
}

fn rejected(stack: &Stack, way: &Served<'_>, clients: &Clients<'_>, sources: &[IpAddr]) -> Finding {
    let pool = clip(&way.to.pool.name);
    let message = match sources.first() {
        Some(source) => format!("pool `{pool}` drops connections from `{source}`, which nginx comes from"),
        None => format!("pool `{pool}` drops every connection: no entry of its list is an address"),
    };
    let mut finding = Finding::new(&RULE, clients.setting.at(), message)
        .label(format!("{} end as 502", passed_requests(way.pass)))
        .related(way.target.span, format!("nginx connects to `{}`", clip(way.target.written)))
        .predict(Prediction::answers(502, log::RESET));
    if let Some(entry) = clients.unusable.first() {
        finding = finding.note(format!("`{}` is no address: PHP-FPM drops the entry", clip(entry)));
    }
    // Pools and nginx of one tree may be on two machines: then nginx comes from the other one's address.
    let is_local = matches!(way.target.address, Address::Tcp(host, _) if host.is_loopback());
    let allows_others = clients.addresses.iter().any(|ip| !ip.is_loopback());
    if allows_others && (!is_local || !stack.world.is_one_machine()) {
        finding = finding
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .note("assumed that nginx runs on the machine of the pool");
    }
    let all: Vec<String> = clients.addresses.iter().chain(sources).map(ToString::to_string).collect();
    match sources {
        [] => {
            let help = "addresses and nothing else, without spaces: listen.allowed_clients = 127.0.0.1,::1";
            finding.suggest(help, edit::replace(clients.setting.at(), "127.0.0.1,::1"))
        }
        _ => finding.suggest(
            format!("listen.allowed_clients = {}", all.join(",")),
            edit::replace(clients.setting.at(), all.join(",")),
        ),
    }
}

/// An entry that lets nobody in, where nginx gets in all the same.
fn unusable(clients: &Clients<'_>, entry: &str) -> Finding {
    Finding::new(&RULE, clients.setting.at(), format!("`{}` is no address and lets nobody in", clip(entry)))
        .level(Level::Info)
        .label("PHP-FPM takes plain addresses, parted by commas alone")
}
