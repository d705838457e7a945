//! WebSocket connections that do not get through.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::Value;
use gatelint_model::nginx::{Directive, Effective, Family, Pass, Scope};
use gatelint_syntax::Span;

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "incomplete-websocket-upgrade",
    summary: "a pass sends a part of what a WebSocket handshake takes: `Upgrade`, `Connection`, HTTP/1.1",
    level: Level::Warning,
    covers: &["H18"],
    since: "0.1.0",
    page: include_str!("incomplete_websocket_upgrade.md"),
    check,
};

/// The release that speaks HTTP/1.1 to backends by default.
const HTTP11: (u16, u16, u16) = (1, 29, 7);

/// What lacks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lack {
    Version,
    Connection,
    Upgrade,
}

fn check(stack: &Stack, out: &mut Findings) {
    if stack.directives("proxy_set_header").next().is_none() {
        return;
    }
    let mut found: ByPlace<(Span, Lack, Pass<'_>)> = ByPlace::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Proxy) {
        if let Some((at, lack)) = lack(stack, pass) {
            found.add(at, (at, lack, pass));
        }
    }
    out.extend(found.iter().map(|((at, lack, pass), count)| report(stack, *at, *lack, *pass, count)));
}

fn lack(stack: &Stack, pass: Pass<'_>) -> Option<(Span, Lack)> {
    let list = pass.scope().effective("proxy_set_header")?;
    if !list.chain().all(Scope::is_whole) {
        return None;
    }
    let upgrade =
        line(&list, "upgrade").filter(|line| value(line).as_deref().is_some_and(|value| !value.is_empty()));
    let connection = line(&list, "connection");
    match (upgrade, connection) {
        (Some(upgrade), None) => Some((upgrade.span(), Lack::Connection)),
        (Some(upgrade), Some(connection)) if keeps_upgrade(pass.scope(), &connection) == Some(false) => {
            let _ = upgrade;
            Some((connection.span(), Lack::Connection))
        }
        (Some(upgrade), Some(_)) if !is_http11(stack, pass)? => {
            let set = pass.scope().effective_last("proxy_http_version");
            Some((set.unwrap_or(upgrade).span(), Lack::Version))
        }
        (None, Some(connection)) => {
            let says = value(&connection)?;
            says.eq_ignore_ascii_case("upgrade").then(|| (connection.span(), Lack::Upgrade))
        }
        _ => None,
    }
}

fn line<'a>(list: &Effective<'a>, name: &str) -> Option<Directive<'a>> {
    let is_it = |line: &&Directive<'a>| line.arg(0).is_some_and(|arg| arg.text().eq_ignore_ascii_case(name));
    list.directives.iter().rev().find(is_it).copied()
}

fn value(line: &Directive<'_>) -> Option<String> {
    line.arg(1).map(|arg| arg.text().into_owned())
}

/// Whether a `Connection` may say `upgrade`; `None` where a request decides.
fn keeps_upgrade(scope: Scope<'_>, line: &Directive<'_>) -> Option<bool> {
    let value = line.arg(1)?;
    let says = |value: &[u8]| String::from_utf8_lossy(value).to_ascii_lowercase().contains("upgrade");
    match scope.fold(&value.value) {
        Value::Known(one) => Some(says(&one.value)),
        Value::OneOf(all) if !all.iter().any(|one| says(&one.value)) => Some(false),
        _ => None,
    }
}

/// Whether HTTP/1.1 is spoken; `None` where a release that is not known decides and nobody says the version.
fn is_http11(stack: &Stack, pass: Pass<'_>) -> Option<bool> {
    match pass.scope().effective("proxy_http_version") {
        Some(set) => Some(set.last()?.arg(0)?.text() != "1.0"),
        None => Some(stack.target.is_at_least(HTTP11) == Some(true)),
    }
}

fn report(stack: &Stack, at: Span, lack: Lack, pass: Pass<'_>, count: usize) -> Finding {
    let requests = say::passed_requests(pass);
    let (message, help) = match lack {
        Lack::Version => {
            ("`Upgrade` is sent over HTTP/1.0, which knows no upgrade", "proxy_http_version 1.1;")
        }
        Lack::Connection => {
            ("`Upgrade` is sent without `Connection: upgrade`", "proxy_set_header Connection \"upgrade\";")
        }
        Lack::Upgrade => {
            ("`Connection: upgrade` is sent without `Upgrade`", "proxy_set_header Upgrade $http_upgrade;")
        }
    };
    let mut finding = Finding::new(&RULE, at, message)
        .label(format!("WebSockets of {requests} do not come about"))
        .suggest(help, {
            let list = pass.scope().effective("proxy_set_header").filter(|_| lack != Lack::Version);
            let set = pass.scope().effective_last("proxy_http_version");
            match set.filter(|_| lack == Lack::Version) {
                Some(set) => edit::statement(set, help),
                None => edit::put(list.map_or(pass.scope(), |list| list.scope), help),
            }
        })
        .predict(Prediction::answers(400, ""));
    let is_by_default = pass.scope().effective("proxy_http_version").is_none();
    if lack == Lack::Version && is_by_default {
        finding = finding.note("the default is 1.0 before nginx 1.29.7, 1.1 since");
        if stack.target.version.is_none() {
            finding = finding.confidence(Confidence::Medium);
        }
    } else if at != pass.directive().span() {
        finding = finding.related(pass.span(), "the pass");
    }
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}
