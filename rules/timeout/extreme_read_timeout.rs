//! Read timeouts that turn a slow backend into a site that hangs.

use gatelint_lint::settings::Thresholds;
use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Family, Pass, Scope, number};

use super::unit::milliseconds_meant;
use crate::edit::{self, Mend};
use crate::setting::{Setting, settings};
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "extreme-read-timeout",
    summary: "a read timeout is so long that a backend that hangs takes nginx and its workers with it",
    level: Level::Warning,
    covers: &["D3"],
    since: "0.1.0",
    page: include_str!("extreme_read_timeout.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let limits = out.thresholds();
    out.extend(settings(stack, "read_timeout").iter().filter_map(|setting| judge(setting, &limits)));
}

fn judge(setting: &Setting<'_>, limits: &Thresholds) -> Option<Finding> {
    let first = setting.directive()?;
    let ms = setting.value(number::milliseconds).filter(|ms| *ms > limits.read_http_max.ms)?;
    let is_too_long = |(by, pass): &&(Directive<'_>, Pass<'_>)| level(*by, *pass, ms, limits).is_some();
    let uses = setting.uses.iter().filter(is_too_long).copied().collect();
    let long = Setting { family: setting.family, uses };
    let levels = long.uses.iter().filter_map(|(by, pass)| Some((level(*by, *pass, ms, limits)?, *by)));
    let (level, by) = levels.max_by_key(|(level, _)| *level)?;
    if milliseconds_meant(first).is_some() && !setting.all(streams) {
        // Another rule says what this number means.
        return None;
    }
    let (name, time) = (by.name(), say::time(ms));
    let message = match by.scope().kind() {
        ContextKind::Http => format!("`{name}` is {time} for all of `http`"),
        ContextKind::Server => format!("`{name}` is {time} for a whole server"),
        _ => format!("`{name}` is {time}"),
    };
    let (help, meant) = match by.scope().kind() {
        ContextKind::Http | ContextKind::Server => {
            (format!("{name} 60s; here, and the long one only in the location that needs it"), "60s")
        }
        _ => (format!("{name} 300s;"), "300s"),
    };
    Some(
        Finding::new(&RULE, by.value_span(), message)
            .level(level)
            .label(format!(
                "{} hang this long when the backend does, and only then end as 504",
                long.requests()
            ))
            .suggest(help, edit::statement(by, format!("{name} {meant}")))
            .predict(Prediction::answers(504, log::READ)),
    )
}

/// How bad a wait of `ms` is for one pass; `None` where it is fair.
fn level(by: Directive<'_>, pass: Pass<'_>, ms: u64, limits: &Thresholds) -> Option<Level> {
    let is_general = matches!(by.scope().kind(), ContextKind::Http | ContextKind::Server);
    match ms {
        ms if streams(pass) => (ms > limits.read_stream_max.ms).then_some(Level::Warning),
        ms if ms > limits.read_loc_max.ms || is_general => Some(Level::Warning),
        _ => Some(Level::Info),
    }
}

/// Whether a pass by all evidence answers with streams (WebSocket, server-sent events, long polls, gRPC), where
/// nothing is read for hours and nothing is wrong.
pub(crate) fn streams(pass: Pass<'_>) -> bool {
    let scope = pass.scope();
    let family = pass.family();
    let is_unbuffered = || {
        let buffering = scope.flag(&format!("{}_buffering", family.prefix()), true);
        buffering.is_some_and(|setting| !setting.value)
    };
    family == Family::Grpc || upgrades(scope) || is_unbuffered() || is_named_so(pass)
}

fn upgrades(scope: Scope<'_>) -> bool {
    let headers =
        scope.effective("proxy_set_header").map(|effective| effective.directives).unwrap_or_default();
    let mut names = headers.iter().filter_map(|header| header.arg(0));
    names.any(|name| name.value.eq_ignore_ascii_case(b"upgrade"))
}

/// Whether the location, the server or what it passes to is called after streams.
fn is_named_so(pass: Pass<'_>) -> bool {
    const WORDS: [&str; 24] = [
        "ws",
        "wss",
        "socket",
        "sockets",
        "websocket",
        "websockets",
        "sockjs",
        "socketio",
        "event",
        "events",
        "eventsource",
        "stream",
        "streams",
        "streaming",
        "sse",
        "poll",
        "polling",
        "longpoll",
        "longpolling",
        "comet",
        "cable",
        "mercure",
        "signalr",
        "hubs",
    ];
    let is_so = |text: &str| say::words(text).any(|word| WORDS.contains(&word.as_str()));
    let around = pass.scope().ancestors();
    let mut args = around.filter(|scope| scope.kind() == ContextKind::Location).filter_map(Scope::opener);
    let mut hosts = pass.server().into_iter().flat_map(|server| server.own("server_name"));
    args.any(|opener| opener.args().any(|arg| is_so(&arg.text())))
        || hosts.any(|names| names.args().any(|arg| is_so(&arg.text())))
        // The path of a unix socket names the socket.
        || pass.directive().arg(0).is_some_and(|arg| !arg.text().contains("unix:") && is_so(&arg.text()))
}
