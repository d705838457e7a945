//! TLS to servers that need to hear a name, without one.

use gatelint_lint::{Confidence, Edit, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::Target;
use gatelint_model::{Address, HostName};
use rustc_hash::FxHashSet;

use super::settings::{TlsPass, is_address, passes, servers};
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "missing-upstream-sni",
    summary: "a TLS connection to a server with many names says none, or the wrong one",
    level: Level::Error,
    covers: &["J1"],
    since: "0.1.0",
    page: include_str!("missing_upstream_sni.md"),
    check,
};

/// Endings of names behind which one address serves many sites, told apart by SNI alone.
const SHARED: &[&str] = &[
    ".cloudfront.net",
    ".herokuapp.com",
    ".herokudns.com",
    ".vercel.app",
    ".netlify.app",
    ".azurewebsites.net",
    ".azurefd.net",
    ".azureedge.net",
    ".run.app",
    ".workers.dev",
    ".pages.dev",
    ".github.io",
    ".fly.dev",
    ".onrender.com",
    ".firebaseapp.com",
    ".web.app",
    ".ngrok.io",
    ".ngrok.app",
    ".ngrok-free.app",
];

const REFUSED: &str = "SSL_do_handshake() failed (SSL: error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40) while SSL handshaking to upstream";
const REJECTED: &str = "SSL_do_handshake() failed (SSL: error:0A000458:SSL routines::tlsv1 unrecognized name:SSL alert number 112) while SSL handshaking to upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for pass in passes(stack).filter(|pass| pass.is_whole()) {
        let found = pass
            .pass
            .targets()
            .iter()
            .find_map(|target| to_own(stack, pass, target).or_else(|| to_shared(pass, target)));
        if let Some(finding) = found
            && seen.insert(finding.primary.span)
        {
            out.push(finding);
        }
    }
}

/// The name that SNI says: `None` where a request decides, an empty one where none is said.
fn said(pass: TlsPass<'_>) -> Option<String> {
    if !pass.is_on("server_name")? {
        return Some(String::new());
    }
    let name = pass.name()?.text;
    Some(if is_address(&name) { String::new() } else { name })
}

/// A socket of this nginx whose default server turns away who names no other.
fn to_own(stack: &Stack, pass: TlsPass<'_>, target: &Target<'_>) -> Option<Finding> {
    let name = said(pass)?;
    let servers = servers(stack, target);
    let default = servers.first()?;
    let reject = default.server.flag("ssl_reject_handshake", false)?;
    let by = reject.by.filter(|_| reject.value)?;
    let mut names = servers.iter().skip(1).flat_map(|listen| {
        listen.server.own("server_name").flat_map(|names| names.args().map(|arg| arg.text().into_owned()))
    });
    if !name.is_empty() && names.any(|known| takes(&known, &name)) {
        return None;
    }
    let host = servers.iter().skip(1).find_map(|listen| {
        listen.server.own("server_name").find_map(|names| names.arg(0)).map(|arg| clip(&arg.text()))
    });
    let message = match name.is_empty() {
        true => format!("the TLS connection to `{}` names no server", target.address),
        false => format!(
            "the TLS connection to `{}` names `{}`, which no server is called",
            target.address,
            clip(&name)
        ),
    };
    let finding = Finding::new(&RULE, pass.pass.span(), message)
        .label(format!("{} end as 502", passed_requests(pass.pass)))
        .related(by.span(), "who names no other server is turned away here")
        .cure(
            fix(pass, host.as_deref().unwrap_or("HOST")),
            host.as_deref().map(|host| edits(pass, host)).unwrap_or_default(),
        )
        .predict(Prediction::answers(502, REJECTED));
    Some(finding)
}

/// Whether a name of `server_name` may take `name`; what a pattern takes is not asked.
fn takes(known: &str, name: &str) -> bool {
    let (known, name) = (known.to_ascii_lowercase(), name.to_ascii_lowercase());
    let is_below = |ending: &str| name.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.'));
    match (known.strip_prefix("*.").or(known.strip_prefix('.')), known.strip_suffix(".*")) {
        (Some(ending), _) => is_below(ending) || known.starts_with('.') && name == ending,
        (None, Some(start)) => name.strip_prefix(start).is_some_and(|rest| rest.starts_with('.')),
        (None, None) => known == name || known.starts_with('~'),
    }
}

fn to_shared(pass: TlsPass<'_>, target: &Target<'_>) -> Option<Finding> {
    let Address::Tcp(HostName::Name(host), _) = target.address else { return None };
    let bare = host.strip_suffix('.').unwrap_or(host);
    let name = said(pass)?;
    let is_right = name.contains('.');
    let is_shared = SHARED.iter().any(|ending| bare.ends_with(ending)) || bare.contains(".execute-api.");
    if is_right || !is_shared {
        return None;
    }
    let shown = clip(bare);
    let message = match name.is_empty() {
        true => format!("the TLS connection to `{shown}` does not say its name"),
        false => format!("the TLS connection to `{shown}` says the group's name, `{}`", clip(&name)),
    };
    let finding = Finding::new(&RULE, pass.pass.span(), message)
        .level(Level::Warning)
        .confidence(Confidence::Medium)
        .label(format!("{} end as 502, or get another site", passed_requests(pass.pass)))
        .note("one address serves many sites there, told apart by the name alone")
        .cure(fix(pass, &shown), edits(pass, bare))
        .predict(Prediction::answers(502, REFUSED));
    Some(match target.span {
        span if span == pass.pass.span() => finding,
        span => finding.related(span, "the server is named here"),
    })
}

/// The help as edits, beside the pass.
fn edits(pass: TlsPass<'_>, host: &str) -> Vec<Edit> {
    edit::put(pass.pass.scope(), fix(pass, host).trim_matches('`'))
}

fn fix(pass: TlsPass<'_>, host: &str) -> String {
    let (on, name) = (pass.directive("server_name"), pass.directive("name"));
    let is_own = pass.name().is_some_and(|name| name.text.eq_ignore_ascii_case(host));
    if is_own { format!("{on} on;") } else { format!("`{on} on; {name} {host};`") }
}
