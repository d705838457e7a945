//! Passes that lead back to themselves.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Family, Pass, Scope, Target, number};
use gatelint_model::{Address, HostName};
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use super::hop::{Hop, passes_all, sample};
use crate::by_place::ByPlace;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "proxy-loop",
    summary: "a proxied request comes back to the location that passes it on",
    level: Level::Error,
    covers: &["A11"],
    since: "0.1.0",
    page: include_str!("proxy_loop.md"),
    check,
};

/// The longest circle that is followed, in hops.
const MAX_HOPS: usize = 8;

/// The most names of a server that are tried.
const MAX_NAMES: usize = 16;

/// nginx's default for `worker_connections`.
const CONNECTIONS: u64 = 512;

/// A circle that was followed.
struct Circle<'a> {
    pass: Pass<'a>,
    host: String,
    at: Span,
    /// The passes further on in the circle.
    others: Vec<Span>,
}

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.world.is_one_machine() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes().filter(|pass| matches!(pass.family(), Family::Proxy | Family::Grpc)) {
        let Some((target, _)) = own_target(stack, pass) else { continue };
        if let Some(circle) = circle(stack, pass, &target) {
            found.add(circle.at, circle);
        }
    }
    out.extend(found.iter().map(|(circle, count)| report(circle, count)));
}

/// Where the pass leads, where all that it may choose from is this nginx.
fn own_target<'a>(stack: &'a Stack, pass: Pass<'a>) -> Option<(Target<'a>, Address)> {
    let targets = pass.targets();
    let address = resolved(stack, targets.first()?.address);
    let is_own = |target: &Target<'_>| {
        let listens = stack.listens_behind(&resolved(stack, target.address));
        let speaks = |tls| tls == target.tls;
        !listens.is_empty()
            && listens.iter().all(|listen| !listen.has("proxy_protocol"))
            && speaks(listens.iter().any(gatelint_model::nginx::Listen::is_tls))
    };
    let are_own = pass.is_closed() && targets.iter().all(is_own);
    let first = targets.first()?.address;
    let is_one = targets.iter().all(|target| target.address == first);
    if are_own && is_one { targets.into_iter().next().map(|target| (target, address)) } else { None }
}

/// The address that the hosts file gives a name.
fn resolved(stack: &Stack, address: &Address) -> Address {
    match address {
        Address::Tcp(HostName::Name(name), port) => match stack.host.addresses(name).first() {
            Some(ip) => Address::Tcp(HostName::Ip(*ip), *port),
            None => address.clone(),
        },
        _ => address.clone(),
    }
}

/// Follows a request from the pass until it is back there.
fn circle<'a>(stack: &'a Stack, pass: Pass<'a>, target: &Target<'a>) -> Option<Circle<'a>> {
    let location = pass.location().filter(|location| *location == pass.scope())?;
    if !passes_all(location) {
        return None;
    }
    let uri = sample(location)?;
    let names = hosts(pass.server()?);
    let mut starts = names.into_iter().map(|host| Hop { location, host, uri: uri.clone() });
    starts.find_map(|start| {
        let others = follow(stack, &start)?;
        Some(Circle { pass, host: start.host, at: target.span, others })
    })
}

/// The names by which a server may be asked for; a name that nobody has where it has none.
fn hosts(server: Scope<'_>) -> Vec<String> {
    let names = server.own("server_name").flat_map(gatelint_model::nginx::Directive::args);
    let names = names.filter(|name| !name.value.starts_with(b"~") && *name.value != *b"_");
    let mut names: Vec<String> = names
        .map(|name| name.text().to_ascii_lowercase().replace('*', "any"))
        .map(|name| name.trim_start_matches('.').to_owned())
        .filter(|name| !name.is_empty())
        .take(MAX_NAMES)
        .collect();
    names.push("any-host.invalid".to_owned());
    names
}

/// The passes after the first one, where the last of them leads back to it.
fn follow<'a>(stack: &'a Stack, start: &Hop<'a>) -> Option<Vec<Span>> {
    let mut hop = start.clone();
    let mut others = Vec::new();
    // Back once may be a path that shrinks or grows: only a second time round, with the same host, proves it.
    let mut rounds = 0;
    for _ in 0..2 * MAX_HOPS {
        let pass = hop.location.pass()?;
        let (_, address) = own_target(stack, pass).filter(|_| passes_all(hop.location))?;
        hop = hop.next(stack, pass, &address)?;
        if hop.location == start.location {
            rounds += 1;
            if rounds == 2 {
                return Some(others);
            }
        } else if rounds == 0 {
            others.push(hop.location.pass()?.span());
        }
    }
    None
}

fn report(circle: &Circle<'_>, count: usize) -> Finding {
    let Circle { pass, host, at, others } = circle;
    let host = if host.ends_with(".invalid") { "any host" } else { host };
    let message = "the request comes back to the location that passes it on".to_owned();
    let (status, log) = end(*pass);
    let mut finding = Finding::new(&RULE, *at, message)
        .label(format!("{} go round until the connections are used up", say::passed_requests(*pass)))
        .predict(Prediction::answers(status, log));
    if let Some(opener) = pass.location().and_then(Scope::opener) {
        let text = format!("for `{}` this location takes the request again", say::clip(host));
        finding = finding.related(opener.span(), text);
    }
    if let Some(other) = others.first() {
        finding = finding.related(*other, "on its way it is passed on here");
    }
    if *at != pass.span() {
        finding = finding.related(pass.span(), "this pass leads there");
    }
    if count > 1 {
        finding = finding.note(format!("{count} passes lead back to themselves this way"));
    }
    finding.help("write the address of the backend, not one that this nginx listens on")
}

/// How the circle ends. Every round takes a connection to send and one to accept: with one worker it is known which
/// of them is the first that is not there, with several the kernel deals them out.
fn end(pass: Pass<'_>) -> (u16, String) {
    let main = pass.scope().ancestors().last();
    let events = main.and_then(|main| main.blocks().find(|block| block.own("worker_connections").len() > 0));
    let set = events.and_then(|events| events.own("worker_connections").last());
    let set = set.and_then(|by| number::integer(&by.arg(0)?.value));
    let connections = set.unwrap_or(CONNECTIONS);
    let workers = main.and_then(|main| main.own("worker_processes").last()).and_then(|by| by.arg(0));
    let is_one = workers.is_none_or(|workers| workers.value.as_ref() == b"1");
    let http = pass.scope().enclosing(ContextKind::Http);
    let servers = http.into_iter().flat_map(|http| http.blocks_of(ContextKind::Server));
    let sockets: FxHashSet<_> =
        servers.flat_map(|server| server.listens().into_iter().map(|listen| listen.address)).collect();
    // Listening sockets and the channel to the master take connections too. Who is not accepted is reset.
    let left = connections.saturating_sub(sockets.len() as u64 + 1);
    let status = if is_one && left.is_multiple_of(2) { 502 } else { 500 };
    (status, format!("{connections} worker_connections are not enough"))
}
