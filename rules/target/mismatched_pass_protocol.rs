//! Passes that speak another protocol than who listens.

use std::cell::LazyCell;
use std::ops::Deref;

use gatelint_lint::{Edit, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{Directive, Family, Listen, Pass, Target};
use gatelint_syntax::Span;

use super::http::HttpTargets;
use super::invalid_pass_address::text;
use super::scheme::{by_port, tls};
use crate::edit::{self, Mend};
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "mismatched-pass-protocol",
    summary: "a pass speaks another protocol than the program that listens",
    level: Level::Error,
    covers: &["A8"],
    since: "0.1.0",
    page: include_str!("mismatched_pass_protocol.md"),
    check,
};

pub(super) const NOT_FASTCGI: &str =
    "upstream sent unsupported FastCGI protocol version: 72 while reading response header from upstream";
const NOT_HTTP2: &str =
    "upstream sent too large http2 frame: 4740180 while reading response header from upstream";
const CLOSED: &str = "upstream prematurely closed connection while reading response header from upstream";
const CLOSED_TLS: &str = "peer closed connection in SSL handshake (104: Connection reset by peer) while SSL handshaking to upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let http = LazyCell::new(|| HttpTargets::of(stack));
    for pass in stack.passes() {
        let targets = pass.targets();
        // One pool says it all: the pass is what is wrong.
        if let Some(finding) = targets.iter().find_map(|target| to_pool(stack, pass, target)) {
            out.push(finding);
            continue;
        }
        for target in &targets {
            let finding = to_nginx(stack, &http, pass, target);
            let finding = finding.or_else(|| by_port(stack, pass, target));
            out.extend(finding.or_else(|| match pass.family() {
                Family::Fastcgi if stack.pools_behind(target.address).pools().is_empty() => {
                    http.finding(stack, pass, target)
                }
                _ => None,
            }));
        }
    }
}

/// HTTP (or uwsgi, SCGI, gRPC) spoken to a FastCGI pool.
fn to_pool(stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
    if pass.family() == Family::Fastcgi {
        return None;
    }
    let reached = stack.pools_behind(target.address);
    let pool = reached.pools().first().filter(|reached| reached.master.starts())?.pool;
    let listener = pool.listener.as_ref()?;
    if !listeners(stack, target).is_empty() {
        // Both cannot listen there: another rule's defect.
        return None;
    }
    let directive = pass.family().directive();
    let name = say::clip(&pool.name);
    let finding = Finding::new(
        &RULE,
        pass.span(),
        format!("`{directive}` leads to PHP-FPM pool `{name}`, which speaks FastCGI only"),
    );
    let meant = target.upstream.map_or(target.written.to_string(), |upstream| say::clip(&upstream.name()));
    let finding = match target.span {
        span if span == pass.span() => finding,
        span => finding.related(span, "the address comes from here"),
    };
    let finding = finding
        .label(format!("{} end as 502", say::passed_requests(pass)))
        .related(listener.span, format!("pool `{name}` listens here"))
        .suggest(
            format!("fastcgi_pass {meant}; with `include fastcgi_params;` and SCRIPT_FILENAME"),
            as_fastcgi(pass, &meant),
        )
        .predict(Prediction::answers(502, log::RESET));
    Some(finding)
}

/// The pass as one by FastCGI, with what PHP has to be told; settings of the other protocol go.
fn as_fastcgi(pass: Pass<'_>, address: &str) -> Vec<Edit> {
    let (scope, directive) = (pass.scope(), pass.directive());
    let prefix = format!("{}_", pass.family().prefix());
    let idle = scope.directives().filter(|one| *one != directive && one.name().starts_with(&prefix));
    let mut edits = edit::statement(directive, format!("fastcgi_pass {address}"));
    let params =
        ["include fastcgi_params;", "fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;"];
    let has_params = scope.own("fastcgi_param").len() > 0;
    if !edits.is_empty() && !has_params {
        // A URI that ends with `/` is a directory to PHP.
        let is_regex = scope.location_match().is_some_and(|way| way.is_regex());
        let index =
            (!is_regex && scope.own("fastcgi_index").len() == 0).then_some("fastcgi_index index.php;");
        let lines: Vec<&str> = params.into_iter().chain(index).collect();
        edits.extend(edit::after(directive, &lines));
    }
    let is_here = |one: &Directive<'_>| one.span().file == directive.span().file;
    edits.extend(idle.filter(is_here).flat_map(edit::remove));
    edits
}

/// Another protocol spoken to a server of this nginx than it listens for.
fn to_nginx(
    stack: &Stack,
    http: &impl Deref<Target = HttpTargets>,
    pass: Pass<'_>,
    target: &Target<'_>,
) -> Option<Finding> {
    let listens = listeners(stack, target);
    let listen = listens.first()?;
    if !stack.pools_behind(target.address).pools().is_empty() {
        return None;
    }
    // The servers of one socket share its options.
    let with_tls = listens.iter().find(|listen| listen.is_tls());
    let with_proxy = listens.iter().find(|listen| listen.has("proxy_protocol"));
    let directive = pass.family().directive();
    let (spoken, status, log) = match (pass.family(), with_proxy, with_tls) {
        (_, Some(listen), _) => return Some(to_proxy_protocol(pass, target, listen)),
        (Family::Fastcgi, ..) => ("HTTP", 502, NOT_FASTCGI),
        // nginx answers in HTTP that this is no request, and both protocols take an HTTP header for an answer.
        (Family::Uwsgi | Family::Scgi, _, None) => ("HTTP", 400, ""),
        (Family::Uwsgi | Family::Scgi, ..) => return None,
        (Family::Grpc, _, None) if !target.tls => match listens.iter().any(Listen::is_http2) {
            true => return None,
            false => ("HTTP without `http2`", 502, NOT_HTTP2),
        },
        (Family::Proxy | Family::Grpc, ..) => return tls(pass, target, with_tls, listen),
    };
    let message = format!("`{directive}` leads to `{}`, where this nginx speaks {spoken}", target.address);
    // A group that others take for HTTP is right.
    let is_right = target.server.is_some() && http.has(target.address);
    let at = if is_right { pass.span() } else { target.span };
    let finding = Finding::new(&RULE, at, message)
        .label(format!("{} end as {status}", say::passed_requests(pass)))
        .related(place(listen), "this server listens there")
        .suggest(
            format!("proxy_pass http://{};", target.address),
            edit::statement(pass.directive(), format!("proxy_pass http://{}", text(pass))),
        )
        .predict(Prediction::answers(status, log));
    Some(match is_right {
        true => finding.related(target.span, "the address comes from here"),
        false => with_pass(finding, pass, target),
    })
}

/// A request spoken to a listener that waits for the PROXY protocol's line, which no pass of http sends.
fn to_proxy_protocol(pass: Pass<'_>, target: &Target<'_>, listen: &Listen<'_>) -> Finding {
    let directive = pass.family().directive();
    let message = format!("`{directive}` leads to `{}`, which expects the PROXY protocol", target.address);
    let finding = Finding::new(&RULE, target.span, message)
        .label(format!("{} end as 502", say::passed_requests(pass)))
        .related(place(listen), "`proxy_protocol` is on here, and no pass of http sends it")
        .predict(Prediction::answers(502, if target.tls { CLOSED_TLS } else { CLOSED }));
    with_pass(finding, pass, target)
}

pub(super) fn with_pass(finding: Finding, pass: Pass<'_>, target: &Target<'_>) -> Finding {
    if target.span == pass.span() { finding } else { finding.related(pass.span(), "this pass leads there") }
}

pub(super) fn place(listen: &Listen<'_>) -> Span {
    let opener = listen.server.opener().map(|opener| opener.name_span());
    let own = listen.directive.map(|directive| directive.value_span());
    own.or(opener).unwrap_or(Span { file: gatelint_syntax::FileId(0), start: 0, end: 0 })
}

/// The `listen`s of this nginx whose socket surely takes a connection to `target`.
pub(super) fn listeners<'a>(stack: &'a Stack, target: &Target<'_>) -> Vec<Listen<'a>> {
    if stack.world.is_one_machine() { stack.listens_behind(target.address) } else { Vec::new() }
}
