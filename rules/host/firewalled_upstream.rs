//! Connections that the machine's own packet filter stops.

use std::net::{IpAddr, Ipv4Addr};

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::host::Verdict;
use gatelint_model::nginx::{Pass, Target};
use gatelint_model::{Address, HostName, Stack};
use gatelint_syntax::Span;

use super::dead_socket::scheme;
use super::peer;
use crate::by_place::ByPlace;
use crate::log;
use crate::say::{clip, connect_log, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "firewalled-upstream",
    summary: "the packet filter of the machine stops nginx's connections to what stands behind it",
    level: Level::Warning,
    covers: &["N4"],
    since: "0.1.0",
    page: include_str!("firewalled_upstream.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.world.is_one_machine() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        for target in pass.targets().into_iter().filter(|target| !peer::is_off(target)) {
            if let Some(stopped) = stopped(stack, target.address) {
                found.add(target.span, (pass, target.clone(), stopped));
            }
        }
    }
    out.extend(found.iter().map(|((pass, target, stopped), _)| finding(*pass, target, *stopped)));
}

/// What becomes of a connection, by the rule that is in its way; a name that has several addresses must be stopped at each.
fn stopped(stack: &Stack, address: &Address) -> Option<(Verdict, Span)> {
    let Address::Tcp(host, port) = address else { return None };
    let ips: Vec<IpAddr> = match host {
        HostName::Ip(ip) => vec![*ip],
        HostName::Name(name) => match stack.host.addresses(name) {
            [] if name == "localhost" => vec![Ipv4Addr::LOCALHOST.into()],
            ips => ips.to_vec(),
        },
    };
    let is_local = stack.is_this_machine(address);
    let all: Option<Vec<_>> = ips.iter().map(|ip| stack.host.firewall.stops(*ip, *port, is_local)).collect();
    all?.into_iter().next()
}

fn finding(pass: Pass<'_>, target: &Target<'_>, (verdict, by): (Verdict, Span)) -> Finding {
    let to = target.address.to_string();
    let refused = |why: &str| (502, connect_log(&to, scheme(pass), why));
    let (status, log, what) = match verdict {
        Verdict::Drop => (504, log::CONNECT.to_owned(), "packets to it are dropped here"),
        Verdict::Refuse => {
            let (status, log) = refused("111: Connection refused");
            (status, log, "connections to it are refused here")
        }
        Verdict::Unreachable => {
            let (status, log) = refused("113: No route to host");
            (status, log, "packets to it are sent back here")
        }
    };
    let shown = clip(&to);
    Finding::new(&RULE, target.span, format!("the packet filter lets nobody connect to `{shown}`"))
        .confidence(Confidence::Medium)
        .label(format!("{} end as {status}", passed_requests(pass)))
        .related(by, what)
        .note("whether these rules are loaded is not in the tree")
        .predict(Prediction::answers(status, log))
}
