//! Passes that speak another protocol than who listens.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::nginx::{Family, Listen, Pass, Target};
use gatelint_model::{Address, Stack};
use gatelint_syntax::Span;

use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "mismatched-pass-protocol",
    summary: "a pass speaks another protocol than the program that listens",
    level: Level::Error,
    covers: &["A8"],
    since: "0.1.0",
    page: include_str!("mismatched_pass_protocol.md"),
    check,
};

const RESET: &str =
    "recv() failed (104: Connection reset by peer) while reading response header from upstream";
const NOT_FASTCGI: &str =
    "upstream sent unsupported FastCGI protocol version: 72 while reading response header from upstream";
const NOT_TLS: &str = "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream";
const NOT_PLAIN: &str = "client sent plain HTTP request to HTTPS port while reading client request headers";

fn check(stack: &Stack, out: &mut Findings) {
    for pass in stack.passes() {
        for target in pass.targets() {
            let finding = match pass.family() {
                Family::Fastcgi => fastcgi_to_http(stack, pass, &target),
                _ => to_pool(stack, pass, &target).or_else(|| tls(stack, pass, &target)),
            };
            out.extend(finding);
        }
    }
}

/// HTTP (or uwsgi, SCGI, gRPC) spoken to a FastCGI pool.
fn to_pool(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
    let reached = stack.pools_behind(target.address);
    let pool = reached.pools().first().filter(|reached| reached.master.starts())?.pool;
    let listener = pool.listener.as_ref()?;
    let directive = pass.family().directive();
    let name = say::clip(&pool.name);
    let finding = Finding::new(
        &RULE,
        target.span,
        format!("`{directive}` leads to PHP-FPM pool `{name}`, which speaks FastCGI only"),
    );
    let finding = finding
        .label(format!("{} end as 502", say::passed_requests(pass)))
        .related(listener.span, format!("pool `{name}` listens here"))
        .help(format!("fastcgi_pass {}; with `include fastcgi_params;` and SCRIPT_FILENAME", target.written))
        .predict(Prediction::answers(502, RESET));
    Some(with_pass(finding, pass, target))
}

/// FastCGI spoken to a server of this nginx.
fn fastcgi_to_http(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
    let listen = listener(stack, target)?;
    if !stack.pools_behind(target.address).pools().is_empty() {
        return None;
    }
    let finding = Finding::new(
        &RULE,
        target.span,
        format!("`fastcgi_pass` leads to `{}`, where this nginx speaks HTTP", target.address),
    );
    let finding = finding
        .label(format!("{} end as 502", say::passed_requests(pass)))
        .related(place(&listen), "this server listens there")
        .help(format!("proxy_pass http://{};", target.address))
        .predict(Prediction::answers(502, NOT_FASTCGI));
    Some(with_pass(finding, pass, target))
}

/// TLS spoken to a plain listener of this nginx, or the reverse.
fn tls(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
    if !matches!(pass.family(), Family::Proxy | Family::Grpc) {
        return None;
    }
    let Some(listen) = listener(stack, target) else { return by_port(pass, target) };
    if listen.has("proxy_protocol") || listen.is_tls() == target.tls {
        return None;
    }
    let (message, help, end, answer) = match target.tls {
        true => ("the plain listener", "http", 502, Prediction::answers(502, NOT_TLS)),
        false => ("the TLS listener", "https", 400, Prediction::answers(400, NOT_PLAIN)),
    };
    let scheme = if target.tls { "https" } else { "http" };
    let message = format!("`{scheme}` is spoken to {message} `{}` of this nginx", target.address);
    let finding = Finding::new(&RULE, pass.span(), message)
        .label(format!("{} end as {end}", say::passed_requests(pass)))
        .related(place(&listen), if target.tls { "no `ssl` here" } else { "`ssl` is on here" })
        .help(format!("{} {help}://{};", pass.family().directive(), target.written))
        .predict(answer);
    Some(finding)
}

/// `http://host:443` and `https://host:80`: the ports say otherwise.
fn by_port(pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
    let Address::Tcp(_, port) = target.address else { return None };
    // A group's server without a port gets 80 whatever the scheme.
    let is_written = target.server.is_none() || target.written.rsplit(':').next() == Some(&port.to_string());
    let (scheme, other, answer) = match (target.tls, port) {
        (false, 443) => ("http", "https", Prediction::answers(400, NOT_PLAIN)),
        (true, 80) => ("https", "http", Prediction::answers(502, NOT_TLS)),
        _ => return None,
    };
    if pass.family() != Family::Proxy {
        return None;
    }
    let end = if target.tls { 502 } else { 400 };
    let note = if is_written { "" } else { ": a group's server without a port gets 80" };
    let finding = Finding::new(&RULE, target.span, format!("`{scheme}` is spoken to port {port}{note}"))
        .level(Level::Warning)
        .label(format!("{} likely end as {end}", say::passed_requests(pass)))
        .help(match target.server {
            Some(_) if target.tls => format!("server {}:443;", host(target.address)),
            _ => format!("proxy_pass {other}://{};", host(target.address)),
        })
        .predict(answer);
    Some(with_pass(finding, pass, target))
}

fn host(address: &Address) -> String {
    match address {
        Address::Tcp(host, _) => host.to_string(),
        Address::Unix(_) => address.to_string(),
    }
}

fn with_pass(finding: Finding, pass: Pass<'_>, target: &Target<'_>) -> Finding {
    if target.span == pass.span() { finding } else { finding.related(pass.span(), "this pass leads there") }
}

fn place(listen: &Listen<'_>) -> Span {
    let opener = listen.server.opener().map(|opener| opener.name_span());
    let own = listen.directive.map(|directive| directive.value_span());
    own.or(opener).unwrap_or(Span { file: gatelint_syntax::FileId(0), start: 0, end: 0 })
}

/// The `listen` of this nginx that surely takes a connection to `target`.
fn listener<'a>(stack: &'a Stack, target: &Target<'_>) -> Option<Listen<'a>> {
    stack.listen_behind(target.address).filter(|_| stack.world.is_one_machine())
}
