//! Certificates that a pass checks and that cannot pass.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Listen, Scope};
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use super::settings::{Name, TlsPass, is_address, passes, servers};
use crate::edit::{self, Mend};
use crate::say::{clip, one_line, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "failing-certificate-check",
    summary: "the certificate of a server behind nginx is checked by a name or a file that it does not match",
    level: Level::Warning,
    covers: &["J3"],
    since: "0.1.0",
    page: include_str!("failing_certificate_check.md"),
    check,
};

const SELF_SIGNED: &str =
    "upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking to upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let names = ["proxy_ssl_verify", "uwsgi_ssl_verify", "grpc_ssl_verify"];
    if names.iter().all(|name| stack.directives(name).next().is_none()) {
        return;
    }
    let mut seen = FxHashSet::default();
    for pass in passes(stack).filter(|pass| pass.is_on("verify") == Some(true) && pass.is_whole()) {
        // Without the file nginx refuses the configuration.
        let Some(trusted) = pass.effective("trusted_certificate") else { continue };
        let finding = by_name(pass).or_else(|| by_file(stack, pass, trusted));
        if let Some(finding) = finding
            && seen.insert(finding.primary.span)
        {
            out.push(finding);
        }
    }
}

/// A name that no certificate carries: an address, or what a group is called.
fn by_name(pass: TlsPass<'_>) -> Option<Finding> {
    let name = pass.name()?;
    let why = match &name {
        name if is_address(&name.text) => "an address, and a certificate is checked by its names",
        name if name.is_group && !name.text.contains('.') => "what the group is called, not its servers",
        _ => return None,
    };
    let Name { text, at, .. } = name;
    let shown = clip(&text);
    let verify = pass.effective("verify").map(Directive::span);
    let set = pass.directive("name");
    let log = format!("upstream SSL certificate does not match \"{text}\" while SSL handshaking to upstream");
    let finding = Finding::new(&RULE, at, format!("the certificate is checked for the name `{shown}`"))
        .label(format!("{} end as 502 unless the certificate names it so", passed_requests(pass.pass)))
        .confidence(Confidence::Medium)
        .note(format!("this is {why}"))
        .help(format!("name what the certificate is for: `{set} HOST;`"))
        .predict(Prediction::answers(502, one_line(&log)));
    Some(with(finding, verify, "checked because of this"))
}

/// A server of this nginx whose certificate comes from another file than the trusted ones.
fn by_file(stack: &Stack, pass: TlsPass<'_>, trusted: Directive<'_>) -> Option<Finding> {
    let file = trusted.arg(0)?;
    let targets = pass.pass.targets();
    let target = targets.first().filter(|_| targets.len() == 1)?;
    let servers = servers(stack, target);
    let server = answering(&servers, pass)?;
    let certificate = server.server.effective_last("ssl_certificate")?;
    let own = certificate.arg(0)?;
    let is_issued = ["letsencrypt", "acme", "/live/", "/pki/"].iter().any(|part| own.text().contains(part));
    if own.value == file.value || own.value.contains(&b'$') || is_issued {
        return None;
    }
    let message = format!("the server's certificate is not the trusted `{}`", clip(&file.text()));
    let finding = Finding::new(&RULE, file.span, message)
        .level(Level::Info)
        .confidence(Confidence::Low)
        .label(format!("{} end as 502 unless this file issued it", passed_requests(pass.pass)))
        .related(own.span, "the certificate that is sent")
        .note("a self-signed certificate is trusted only by itself")
        .suggest(
            format!("{} {};", pass.directive("trusted_certificate"), clip(&own.text())),
            edit::word(file.span, &own.text()),
        )
        .predict(Prediction::answers(502, SELF_SIGNED));
    Some(finding)
}

/// The server that answers: the one that SNI names, else the default.
fn answering<'l, 'a>(servers: &'l [Listen<'a>], pass: TlsPass<'_>) -> Option<&'l Listen<'a>> {
    let first = servers.first()?;
    if servers.len() == 1 || pass.is_on("server_name") == Some(false) {
        return Some(first);
    }
    let name = pass.name()?.text;
    let is_named = |server: Scope<'_>| {
        server
            .own("server_name")
            .any(|names| names.args().any(|arg| arg.value.eq_ignore_ascii_case(name.as_bytes())))
    };
    servers.iter().find(|listen| is_named(listen.server))
}

fn with(finding: Finding, span: Option<Span>, text: &str) -> Finding {
    match span {
        Some(span) => finding.related(span, text),
        None => finding,
    }
}
