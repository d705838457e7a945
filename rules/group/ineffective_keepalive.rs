//! Groups with `keepalive` whose connections are closed after each request all the same.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextId, Directive, Family, Pass, Scope};
use gatelint_syntax::Span;
use rustc_hash::FxHashMap;

use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "ineffective-keepalive",
    summary: "a group has `keepalive`, and every pass to it closes its connections",
    level: Level::Warning,
    covers: &["I5"],
    since: "0.1.0",
    page: include_str!("ineffective_keepalive.md"),
    check,
};

/// The release from which HTTP/1.1 without `Connection: close` is the default.
const BY_DEFAULT: (u16, u16, u16) = (1, 29, 7);

/// Why the connections of a pass are closed.
struct Why {
    text: String,
    at: Option<Span>,
    help: &'static str,
    /// Whether a default says so, which newer releases have otherwise.
    is_default: bool,
}

/// What is known of a group with `keepalive`.
struct Use<'a> {
    keepalive: Directive<'a>,
    scope: Scope<'a>,
    closed: Option<(Pass<'a>, Why)>,
    is_kept: bool,
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut order: Vec<ContextId> = Vec::new();
    let mut groups: FxHashMap<ContextId, Use<'_>> = FxHashMap::default();
    for keepalive in stack.directives("keepalive") {
        let is_off = keepalive.arg(0).is_none_or(|count| *count.value == *b"0");
        let scope = keepalive.scope();
        if !is_off {
            order.push(scope.id());
            groups.entry(scope.id()).or_insert(Use { keepalive, scope, closed: None, is_kept: false });
        }
    }
    if groups.is_empty() {
        return;
    }
    for pass in stack.passes() {
        for group in pass.targets().iter().filter_map(|target| target.upstream) {
            let Some(one) = groups.get_mut(&group.scope.id()) else { continue };
            match closed(stack, pass) {
                Some(why) => one.closed = one.closed.take().or(Some((pass, why))),
                None => one.is_kept = true,
            }
        }
    }
    for one in order.iter().filter_map(|id| groups.remove(id)) {
        if let (Some((pass, why)), false) = (&one.closed, one.is_kept) {
            out.push(finding(stack, &one, *pass, why));
        }
    }
}

/// Why a pass closes its connections; `None` where it keeps them, or a request decides.
fn closed(stack: &Stack, pass: Pass<'_>) -> Option<Why> {
    let scope = pass.scope();
    if !scope.ancestors().all(Scope::is_whole) {
        return None;
    }
    match pass.family() {
        Family::Fastcgi => {
            let keep = scope.flag("fastcgi_keep_conn", false)?;
            let text = "`fastcgi_keep_conn` is off".to_owned();
            let help = "fastcgi_keep_conn on;";
            (!keep.value).then(|| Why { text, at: keep.by.map(Directive::span), help, is_default: false })
        }
        Family::Proxy => proxied(stack, scope),
        Family::Uwsgi | Family::Scgi | Family::Grpc => None,
    }
}

fn proxied(stack: &Stack, scope: Scope<'_>) -> Option<Why> {
    let help = "proxy_http_version 1.1; proxy_set_header Connection \"\";";
    let headers = scope.effective("proxy_set_header");
    let connection = headers
        .iter()
        .flat_map(|headers| headers.directives.iter())
        .rfind(|header| header.arg(0).is_some_and(|name| name.value.eq_ignore_ascii_case(b"connection")));
    if let Some(header) = connection {
        let value = header.arg(1)?;
        let folded = scope.fold(&value.value);
        let values = folded.candidates()?;
        let is_close =
            !values.is_empty() && values.iter().all(|one| one.value.eq_ignore_ascii_case(b"close"));
        if is_close {
            let text = "`Connection: close` is sent".to_owned();
            return Some(Why { text, at: Some(header.span()), help, is_default: false });
        }
        if values.iter().any(|one| one.value.eq_ignore_ascii_case(b"keep-alive")) {
            return None;
        }
    }
    let is_new = stack.target.is_at_least(BY_DEFAULT);
    let version = scope.effective_last("proxy_http_version");
    let number = version.and_then(|version| version.arg(0));
    match number {
        Some(number) if *number.value == *b"1.0" => {
            let text = "HTTP/1.0 is spoken".to_owned();
            return Some(Why { text, at: version.map(Directive::span), help, is_default: false });
        }
        Some(number) if *number.value != *b"1.1" => return None,
        None if is_new != Some(true) => {
            let text = "HTTP/1.0 is spoken, the default".to_owned();
            return Some(Why { text, at: None, help, is_default: true });
        }
        _ => {}
    }
    let is_closed = connection.is_none() && is_new != Some(true);
    let help = "proxy_set_header Connection \"\";";
    is_closed.then(|| Why {
        text: "`Connection: close` is sent, the default".to_owned(),
        at: None,
        help,
        is_default: true,
    })
}

fn finding(stack: &Stack, one: &Use<'_>, pass: Pass<'_>, why: &Why) -> Finding {
    let name = one.scope.opener().and_then(|opener| opener.arg(0)).map(|name| clip(&name.text()));
    let message = format!("no connection to group `{}` is kept alive", name.unwrap_or_default());
    let is_known = !why.is_default || stack.target.version.is_some();
    // PHP-FPM serves as well without: a kept connection holds one of its workers.
    let level = if is_known && pass.family() == Family::Proxy { Level::Warning } else { Level::Info };
    let finding = Finding::new(&RULE, one.keepalive.span(), message)
        .label("without effect: each request opens a connection of its own")
        .related(
            why.at.unwrap_or_else(|| pass.span()),
            format!("for {}: {}", passed_requests(pass), why.text),
        )
        .level(level)
        .cure(format!("beside the pass: `{}`", why.help), {
            // A header set beside the pass alone would take the place of all that stand further out.
            let list = pass.scope().effective("proxy_set_header").filter(|_| pass.family() == Family::Proxy);
            edit::put(list.map_or(pass.scope(), |list| list.scope), why.help)
        });
    match (why.is_default, is_known) {
        (true, false) => finding
            .confidence(Confidence::Medium)
            .note("assumed an nginx before 1.29.7: from then on connections are kept by default"),
        _ => finding,
    }
}
