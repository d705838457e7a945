//! `localhost`, where only one of its two addresses is listened on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::links::Reached;
use gatelint_model::nginx::{Directive, Family, Pass, Target};
use gatelint_model::{Address, HostName};
use rustc_hash::FxHashMap;

use crate::edit::{self, Mend};
use crate::say::{connect_log, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "one-sided-localhost",
    summary: "a pass to `localhost` tries 127.0.0.1 and ::1 in turn, and only one of them is listened on",
    level: Level::Warning,
    covers: &["A6"],
    since: "0.1.0",
    page: include_str!("one_sided_localhost.md"),
    check,
};

const SIDES: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

fn check(stack: &Stack, out: &mut Findings) {
    let own = stack.host.addresses("localhost");
    let has_both = SIDES.iter().all(|side| own.contains(side));
    if !stack.world.is_one_machine() || stack.host.names.is_some() && !has_both {
        return;
    }
    // By place: the worst pass that leads there.
    let mut order = Vec::new();
    let mut found = FxHashMap::default();
    for pass in stack.passes().filter(|pass| !pass.is_variable()) {
        for target in pass.targets() {
            let Some((dead, port)) = dead_side(stack, &target) else { continue };
            let stays = stays(pass);
            let entry = found.entry(target.span).or_insert_with(|| {
                order.push(target.span);
                (pass, target.clone(), dead, port, stays)
            });
            if stays && !entry.4 {
                *entry = (pass, target, dead, port, true);
            }
        }
    }
    for (pass, target, dead, port, stays) in order.iter().filter_map(|span| found.get(span)) {
        out.push(finding(*pass, target, (*dead, *port), *stays, has_both));
    }
}

/// The address of `localhost` at which nobody listens, where somebody does at the other.
fn dead_side(stack: &Stack, target: &Target<'_>) -> Option<(IpAddr, u16)> {
    let is_down = target.server.is_some_and(|server| server.args().any(|arg| *arg.value == *b"down"));
    let Address::Tcp(HostName::Name(name), port) = target.address else { return None };
    if name != "localhost" || is_down {
        return None;
    }
    let is_served = |side: IpAddr| {
        let address = Address::Tcp(HostName::Ip(side), *port);
        let pools = stack.pools_behind(&address);
        match pools {
            Reached::Unknown => None,
            pools => Some(!pools.pools().is_empty() || !stack.listens_behind(&address).is_empty()),
        }
    };
    let [v4, v6] = SIDES;
    match (is_served(v4)?, is_served(v6)?) {
        (true, false) => Some((v6, *port)),
        (false, true) => Some((v4, *port)),
        _ => None,
    }
}

/// Whether a request ends where its first address refuses it.
fn stays(pass: Pass<'_>) -> bool {
    let name = format!("{}_next_upstream", pass.family().prefix());
    let last = |name: &str| pass.scope().effective_last(name);
    let has_error = |next: Directive<'_>| next.args().any(|arg| *arg.value == *b"error");
    let tries = last(&format!("{name}_tries")).and_then(|tries| tries.arg(0));
    last(&name).is_some_and(|next| !has_error(next)) || tries.is_some_and(|tries| *tries.value == *b"1")
}

fn finding(pass: Pass<'_>, target: &Target<'_>, dead: (IpAddr, u16), stays: bool, is_sure: bool) -> Finding {
    let (dead, port) = dead;
    let live = if dead.is_ipv4() { "[::1]" } else { "127.0.0.1" };
    let dead = HostName::Ip(dead);
    let requests = passed_requests(pass);
    // nginx logs the URI as well; of a pass by HTTP at least its `/`.
    let (scheme, uri) = match pass.family() {
        Family::Proxy => ("http", "/"),
        family => (family.prefix(), ""),
    };
    let log = connect_log(&format!("{dead}:{port}{uri}"), scheme, "111: Connection refused");
    let message = format!("`localhost` is `{dead}` too, where nobody listens on port {port}");
    let finding = Finding::new(&RULE, target.span, message).suggest(
        format!("write `{live}:{port}`"),
        edit::within(pass.directive().stack(), target.span, "localhost", live),
    );
    let finding = match stays {
        true => finding
            .label(format!("half of {requests} end as 502: they do not go on to `{live}`"))
            .predict(Prediction::answers(502, log)),
        false => finding
            .level(Level::Info)
            .label(format!("some {requests} are refused there first, and go on to `{live}`"))
            .predict(Prediction::answers(200, log)),
    };
    match is_sure {
        true => finding,
        false => finding
            .confidence(Confidence::Medium)
            .note("assumed that the hosts file gives `localhost` both addresses, as those of packages do"),
    }
}
