//! TLS or not: what a scheme says against what listens.

use gatelint_lint::{Finding, Level, Prediction};
use gatelint_model::nginx::{Family, Listen, Pass, Target};
use gatelint_model::{Address, Stack};

use super::mismatched_pass_protocol::{RULE, listeners, place, with_pass};
use crate::edit::{self, Mend};
use crate::say;

const NOT_TLS: &str = "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream";
const NOT_PLAIN: &str = "client sent plain HTTP request to HTTPS port while reading client request headers";

/// TLS spoken to a plain listener of this nginx, or the reverse.
pub(super) fn tls(
    pass: Pass<'_>,
    target: &Target<'_>,
    with_tls: Option<&Listen<'_>>,
    first: &Listen<'_>,
) -> Option<Finding> {
    if with_tls.is_some() == target.tls {
        return None;
    }
    let (message, help, end, answer) = match target.tls {
        true => ("the plain listener", "http", 502, Prediction::answers(502, NOT_TLS)),
        false => ("the TLS listener", "https", 400, Prediction::answers(400, NOT_PLAIN)),
    };
    let scheme = if target.tls { "https" } else { "http" };
    let message = format!("`{scheme}` is spoken to {message} `{}` of this nginx", target.address);
    let listen = with_tls.unwrap_or(first);
    let finding = Finding::new(&RULE, pass.span(), message)
        .label(format!("{} end as {end}", say::passed_requests(pass)))
        .related(place(listen), if target.tls { "no `ssl` here" } else { "`ssl` is on here" })
        .suggest(
            format!("{} {help}://{};", pass.family().directive(), target.written),
            edit::within(
                pass.directive().stack(),
                pass.span(),
                &format!("{scheme}://"),
                &format!("{help}://"),
            ),
        )
        .predict(answer);
    Some(finding)
}

/// `http://host:443` and `https://host:80`: the ports say otherwise.
pub(super) fn by_port(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
    if pass.family() != Family::Proxy || !listeners(stack, target).is_empty() {
        return None;
    }
    let Address::Tcp(_, port) = target.address else { return None };
    // A group's server without a port gets 80 whatever the scheme.
    let is_written = target.server.is_none() || target.written.rsplit(':').next() == Some(&port.to_string());
    let (scheme, other, answer) = match (target.tls, port) {
        (false, 443) => ("http", "https", Prediction::answers(400, NOT_PLAIN)),
        (true, 80) => ("https", "http", Prediction::answers(502, NOT_TLS)),
        _ => return None,
    };
    let end = if target.tls { 502 } else { 400 };
    let note = if is_written { "" } else { ": a group's server without a port gets 80" };
    let finding = Finding::new(&RULE, target.span, format!("`{scheme}` is spoken to port {port}{note}"))
        .level(Level::Warning)
        .label(format!("{} likely end as {end}", say::passed_requests(pass)))
        .suggest(
            match target.server {
                Some(_) if target.tls => format!("server {}:443;", host(target.address)),
                _ => format!("proxy_pass {other}://{};", host(target.address)),
            },
            match target.server {
                Some(_) if target.tls => edit::word(target.span, &format!("{}:443", host(target.address))),
                _ => edit::within(stack, pass.span(), &format!("{scheme}://"), &format!("{other}://")),
            },
        )
        .predict(answer);
    Some(with_pass(finding, pass, target))
}

fn host(address: &Address) -> String {
    match address {
        Address::Tcp(host, _) => host.to_string(),
        Address::Unix(_) => address.to_string(),
    }
}
