//! TLS versions that nginx offers and nobody takes.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Listen, Scope};
use rustc_hash::FxHashSet;

use super::settings::{TlsPass, passes, servers};
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "disjoint-tls-protocols",
    summary: "a pass offers versions of TLS that the server behind it does not take",
    level: Level::Error,
    covers: &["J4"],
    since: "0.1.0",
    page: include_str!("disjoint_tls_protocols.md"),
    check,
};

/// From here on TLS 1.3 is among the defaults of servers and of passes.
const TLS_1_3: (u16, u16, u16) = (1, 23, 4);
const OLD: [&str; 4] = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"];
const DEFAULT: [&str; 3] = ["TLSv1", "TLSv1.1", "TLSv1.2"];

const NO_COMMON: &str = "SSL_do_handshake() failed (SSL: error:0A00042E:SSL routines::tlsv1 alert protocol version:SSL alert number 70) while SSL handshaking to upstream";
const OLD_ONLY: &str = "SSL_do_handshake() failed (SSL: error:0A000438:SSL routines::tlsv1 alert internal error:SSL alert number 80) while SSL handshaking to upstream";

/// The versions of one side.
struct Versions<'a> {
    words: Vec<String>,
    by: Option<Directive<'a>>,
    /// Whether they hold in every release that the target may be.
    is_sure: bool,
}

fn check(stack: &Stack, out: &mut Findings) {
    let names = ["proxy_ssl_protocols", "uwsgi_ssl_protocols", "grpc_ssl_protocols", "ssl_protocols"];
    if names.iter().all(|name| stack.directives(name).next().is_none()) {
        return;
    }
    let mut seen = FxHashSet::default();
    for pass in passes(stack).filter(|pass| pass.is_whole()) {
        let Some(offered) = versions(stack, pass.pass.scope(), &pass.directive("protocols")) else {
            continue;
        };
        let found = to_own(stack, pass, &offered).or_else(|| only_old(pass, &offered));
        if let Some(finding) = found
            && seen.insert(finding.primary.span)
        {
            out.push(finding);
        }
    }
}

fn versions<'a>(stack: &Stack, scope: Scope<'a>, name: &str) -> Option<Versions<'a>> {
    let by = scope.effective_last(name);
    let Some(directive) = by else {
        let mut words: Vec<String> = DEFAULT.map(str::to_owned).into();
        let has_new = stack.target.is_at_least(TLS_1_3);
        if has_new == Some(true) {
            words.push("TLSv1.3".to_owned());
        }
        return Some(Versions { words, by, is_sure: has_new.is_some() });
    };
    let words: Vec<String> = directive.args().map(|arg| arg.text().into_owned()).collect();
    let is_plain = words.iter().all(|word| !word.contains('$'));
    is_plain.then_some(Versions { words, by, is_sure: true })
}

/// A server of this nginx that takes none of them.
fn to_own(stack: &Stack, pass: TlsPass<'_>, offered: &Versions<'_>) -> Option<Finding> {
    let targets = pass.pass.targets();
    let behind = targets.iter().map(|target| servers(stack, target)).find(|servers| !servers.is_empty())?;
    let of = |listen: &Listen<'_>| versions(stack, listen.server, "ssl_protocols").map(|own| own.words);
    let default = behind.first()?;
    let taken = versions(stack, default.server, "ssl_protocols")?;
    let is_disjoint = |words: &[String]| !words.iter().any(|word| offered.words.contains(word));
    // The server of a name may have versions of its own.
    if !behind.iter().all(|listen| of(listen).is_some_and(|words| is_disjoint(&words))) {
        return None;
    }
    let list = |words: &[String]| clip(&words.join(" "));
    let address = targets.first().map(|target| target.address.to_string()).unwrap_or_default();
    let message = format!(
        "the pass to `{address}` offers `{}` only, and the server takes none of it",
        list(&offered.words)
    );
    let at = offered.by.map_or_else(|| pass.pass.span(), Directive::span);
    let place = taken.by.map(Directive::span).or_else(|| default.directive.map(Directive::span));
    let help = format!("{} {};", pass.directive("protocols"), list(&taken.words));
    let edits = match offered.by {
        Some(by) => edit::statement(by, &help),
        None => edit::put(pass.pass.scope(), &help),
    };
    let mut finding = Finding::new(&RULE, at, message)
        .label(format!("{} end as 502", passed_requests(pass.pass)))
        .suggest(help, edits)
        .predict(Prediction::answers(502, NO_COMMON));
    if let Some(place) = place {
        finding = finding.related(place, format!("this server takes `{}`", list(&taken.words)));
    }
    if !offered.is_sure || !taken.is_sure {
        finding = finding
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .note("assumed an nginx before 1.23.4: from then on TLS 1.3 is among the defaults");
    }
    Some(finding)
}

/// Versions that current servers refuse, and OpenSSL 3 as well.
fn only_old(pass: TlsPass<'_>, offered: &Versions<'_>) -> Option<Finding> {
    let by = offered.by.filter(|_| offered.words.iter().all(|word| OLD.contains(&word.as_str())))?;
    let list = clip(&offered.words.join(" "));
    let finding = Finding::new(&RULE, by.span(), format!("the pass offers `{list}` only"))
        .level(Level::Warning)
        .confidence(Confidence::Medium)
        .label(format!("{} likely end as 502", passed_requests(pass.pass)))
        .note("OpenSSL 3 refuses these versions at its default security level, and so do most servers")
        .suggest(
            format!("{} TLSv1.2 TLSv1.3;", pass.directive("protocols")),
            edit::statement(by, format!("{} TLSv1.2 TLSv1.3", pass.directive("protocols"))),
        )
        .predict(Prediction::answers(502, OLD_ONLY));
    Some(finding)
}
