//! One address for two: pools among each other, and pools against nginx itself.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use gatelint_lint::{Finding, Findings, Level, Prediction, Program, Rule, Stage};
use gatelint_model::fpm::{Bind, Explanation, Listener, Master, Refusal};
use gatelint_model::nginx::{Listen, ListenAddress};
use gatelint_model::{Address, HostName, Stack};

use super::invalid_fpm_config::{consequence, prediction};
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "duplicate-listen-address",
    summary: "two pools, or a pool and nginx, want to listen on one address",
    level: Level::Error,
    covers: &["A12"],
    since: "0.1.0",
    page: include_str!("duplicate_listen_address.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for master in &stack.fpm.masters {
        master
            .refusals
            .iter()
            .filter_map(|refusal| between_pools(master, refusal))
            .for_each(|one| out.push(one));
    }
    if stack.world.is_one_machine() {
        with_nginx(stack, out);
    }
}

fn between_pools(master: &Master, refusal: &Refusal) -> Option<Finding> {
    let Explanation::DuplicateListen { address, pool, other, other_master } = &refusal.explanation else {
        return None;
    };
    let (address, pool, other) = (clip(address), clip(pool), clip(other));
    let message = match other_master {
        false => format!("pools `{other}` and `{pool}` cannot both listen on `{address}`"),
        true => format!("pool `{pool}` listens on `{address}` as pool `{other}` of another PHP-FPM does"),
    };
    let mut finding =
        Finding::new(&RULE, refusal.primary, message).label(consequence(master)).predict(prediction(refusal));
    for place in &refusal.places {
        finding = finding.related(place.span, &place.text);
    }
    Some(finding)
}

/// A pool's address that nginx wants too: whichever starts second cannot bind. PHP-FPM is taken to be the first.
fn with_nginx(stack: &Stack, out: &mut Findings) {
    let pools = stack.fpm.pools().filter(|(master, _)| master.is_main && master.layout.is_installed);
    let listeners: Vec<(&str, &Listener)> =
        pools.filter_map(|(_, pool)| Some((pool.name.as_str(), pool.listener.as_ref()?))).collect();
    for (name, listener) in listeners {
        let Some((listen, address)) = clash(stack, &listener.bind) else { continue };
        let Some(directive) = listen.directive else { continue };
        let written = clip(&listener.address);
        let message = format!("pool `{}` and nginx cannot both listen on `{written}`", clip(name));
        let log = format!("bind() to {address} failed (98: Address already in use)");
        let refuses = Prediction::Refuses { program: Program::Nginx, stage: Stage::Start, at: None, log };
        out.push(
            Finding::new(&RULE, listener.span, message)
                .label("whichever of the two starts second does not start")
                .related(directive.value_span(), "nginx listens here")
                .note("predicted for PHP-FPM started first; else PHP-FPM fails to bind")
                .predict(refuses),
        );
    }
}

/// The first `listen` that cannot be bound beside the pool's socket, and its address as nginx prints it.
fn clash<'a>(stack: &'a Stack, pool: &Bind) -> Option<(Listen<'a>, String)> {
    match pool {
        Bind::Unix(path) => {
            let listen = stack.listens_behind(&Address::Unix(path.clone())).into_iter().next()?;
            let written = listen.directive?.arg(0)?.text().into_owned();
            Some((listen, written))
        }
        Bind::Any(port) | Bind::Ip(_, port) => stack.listens_on(*port).find_map(|listen| {
            let ip = bound(stack, &listen).into_iter().find(|ip| overlaps(pool, *ip, &listen))?;
            Some((listen, SocketAddr::new(ip, *port).to_string()))
        }),
        Bind::Name(..) => None,
    }
}

/// The addresses that a `listen` binds; a name that the tree does not resolve gives none.
fn bound(stack: &Stack, listen: &Listen<'_>) -> Vec<IpAddr> {
    match &listen.address {
        ListenAddress::Tcp(HostName::Ip(ip), _) => vec![*ip],
        ListenAddress::Tcp(HostName::Name(name), _) => match stack.host.addresses(name) {
            [] if name == "localhost" => vec![Ipv4Addr::LOCALHOST.into()],
            known => known.to_vec(),
        },
        ListenAddress::Unix(_) => Vec::new(),
    }
}

/// Whether both sockets, with equal ports, cannot be bound at once.
fn overlaps(pool: &Bind, other: IpAddr, listen: &Listen<'_>) -> bool {
    let is_dual = other.is_ipv6() && other.is_unspecified() && listen.has("ipv6only=off");
    match pool {
        Bind::Any(_) => true,
        Bind::Ip(ip, _) => {
            is_dual
                || ip.is_ipv4() == other.is_ipv4()
                    && (*ip == other || ip.is_unspecified() || other.is_unspecified())
        }
        Bind::Unix(_) | Bind::Name(..) => false,
    }
}
