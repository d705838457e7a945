//! Connections that nginx keeps for longer than the backend does.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextId, Directive, Family, Pass, Upstream, number};
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use super::kept::kept;
use crate::log;
use crate::say::{clip, passed_requests, time, words};

pub(crate) const RULE: Rule = Rule {
    name: "outliving-keepalive",
    summary: "nginx keeps connections to a group for longer than its servers do: some requests meet a closed one",
    level: Level::Warning,
    covers: &["I6"],
    since: "0.1.0",
    page: include_str!("outliving_keepalive.md"),
    check,
};

/// nginx's `keepalive_timeout` of a group, in milliseconds.
const KEPT: u64 = 60_000;
/// nginx's `keepalive_timeout` of a server, in milliseconds.
const SERVED: u64 = 75_000;

/// How long servers keep an idle connection if nobody says otherwise, in milliseconds: Node's
/// `server.keepAliveTimeout`, `--timeout-keep-alive` of uvicorn and hypercorn, `--keep-alive` of gunicorn, Jetty's
/// `idleTimeout`, Tomcat's `connectionTimeout`, Apache's `KeepAliveTimeout`.
const KNOWN: [(&str, &str, u64); 10] = [
    ("node", "Node", 5_000),
    ("nodejs", "Node", 5_000),
    ("express", "Node", 5_000),
    ("gunicorn", "gunicorn", 2_000),
    ("uvicorn", "uvicorn", 5_000),
    ("hypercorn", "hypercorn", 5_000),
    ("jetty", "Jetty", 30_000),
    ("tomcat", "Tomcat", 20_000),
    ("apache", "Apache", 5_000),
    ("httpd", "Apache", 5_000),
];

/// Who closes first, and when.
struct Closer {
    milliseconds: u64,
    at: Option<Span>,
    who: String,
    level: Level,
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen: FxHashSet<ContextId> = FxHashSet::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Proxy) {
        let Some(group) = pass.upstream() else { continue };
        let Some(keepalive) = kept(stack, pass, group) else { continue };
        if !seen.insert(group.scope.id()) {
            continue;
        }
        let Some((kept, by)) = timeout(group) else { continue };
        let closer = own(stack, group).or_else(|| by_name(group));
        if let Some(closer) = closer.filter(|closer| closer.milliseconds <= kept) {
            let at = by.or(keepalive).map(Directive::span).or(group.name_span());
            out.extend(at.map(|at| finding(pass, kept, at, &closer)));
        }
    }
}

fn timeout(group: Upstream<'_>) -> Option<(u64, Option<Directive<'_>>)> {
    match group.scope.own("keepalive_timeout").last() {
        None => Some((KEPT, None)),
        Some(by) => Some((number::milliseconds(&by.arg(0)?.value)?, Some(by))),
    }
}

/// A server of this nginx.
fn own(stack: &Stack, group: Upstream<'_>) -> Option<Closer> {
    if !stack.world.is_one_machine() {
        return None;
    }
    let addresses = group.peers().filter_map(|peer| peer.address);
    let servers = addresses.flat_map(|address| stack.listens_behind(&address)).map(|listen| listen.server);
    let times = servers.filter_map(|server| server.milliseconds("keepalive_timeout", SERVED));
    // 0 closes each connection at once, and says so in the answer.
    let least = times.filter(|time| time.value > 0).min_by_key(|time| time.value)?;
    let at = least.by.map(Directive::span);
    Some(Closer {
        milliseconds: least.value,
        at,
        who: "this server of the group".into(),
        level: Level::Warning,
    })
}

/// A program that the group or one of its servers is called after.
fn by_name(group: Upstream<'_>) -> Option<Closer> {
    let hosts = group.peers().filter_map(|peer| peer.directive.arg(0)).map(|arg| arg.text().into_owned());
    let names: Vec<String> = std::iter::once(group.name().into_owned()).chain(hosts).collect();
    let (_, who, milliseconds) =
        KNOWN.iter().find(|(word, ..)| names.iter().flat_map(|name| words(name)).any(|one| one == *word))?;
    Some(Closer {
        milliseconds: *milliseconds,
        at: None,
        who: format!("{who} by default"),
        level: Level::Info,
    })
}

fn finding(pass: Pass<'_>, kept: u64, at: Span, closer: &Closer) -> Finding {
    let (kept, closed) = (time(kept), time(closer.milliseconds));
    let group = pass.upstream().map(|group| clip(&group.name())).unwrap_or_default();
    let message = format!(
        "connections to group `{group}` are kept for {kept}, and its server closes them after {closed}"
    );
    let finding = Finding::new(&RULE, at, message)
        .level(closer.level)
        .confidence(if closer.at.is_some() { Confidence::High } else { Confidence::Low })
        .label(format!(
            "{} end as 502 now and then: those that meet a connection as it is closed",
            passed_requests(pass)
        ))
        .note("nginx sends GET and HEAD once more over another connection, POST it does not")
        .predict(Prediction::answers(502, log::RESET))
        .help(format!(
            "in the group: `keepalive_timeout {};`",
            time(closer.milliseconds.saturating_sub(1_000).max(1_000))
        ));
    match closer.at {
        Some(at) => finding.related(at, format!("{} closes after {closed}", closer.who)),
        None => finding.note(format!("assumed: {} closes after {closed}", closer.who)),
    }
}
