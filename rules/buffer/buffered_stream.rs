//! Events that wait in a buffer.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Family, Pass, Scope};

use crate::by_place::ByPlace;
use crate::say::{passed_requests, words};

pub(crate) const RULE: Rule = Rule {
    name: "buffered-stream",
    summary: "server-sent events are collected in a buffer before the visitor gets them",
    level: Level::Info,
    covers: &["E9"],
    since: "0.1.0",
    page: include_str!("buffered_stream.md"),
    check,
};

/// What locations of server-sent events are called.
const WORDS: [&str; 6] = ["sse", "eventsource", "eventstream", "mercure", "livestream", "subscribe"];
/// nginx's `*_read_timeout`, in milliseconds.
const READ: u64 = 60_000;

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    let can = |pass: &Pass<'_>| pass.family() != Family::Grpc;
    for pass in stack.passes().filter(can).filter(|pass| is_stream(*pass)) {
        if let Some(finding) = judge(pass) {
            found.add(finding.primary.span, finding);
        }
    }
    out.extend(found.iter().map(|(finding, _)| finding.clone()));
}

/// Whether the location is by its own words for server-sent events.
fn is_stream(pass: Pass<'_>) -> bool {
    let around = pass.scope().ancestors().filter(|scope| scope.kind() == ContextKind::Location);
    let mut names = around
        .filter_map(Scope::opener)
        .flat_map(|opener| opener.args().flat_map(|arg| words(&arg.text()).collect::<Vec<_>>()));
    let headers = pass.scope().effective("proxy_set_header").map(|all| all.directives).unwrap_or_default();
    let is_accept =
        headers.iter().any(|line| line.arg(1).is_some_and(|value| *value.value == *b"text/event-stream"));
    let upgrades = headers
        .iter()
        .any(|line| line.arg(0).is_some_and(|name| name.value.eq_ignore_ascii_case(b"upgrade")));
    !upgrades && (is_accept || names.any(|word| WORDS.contains(&word.as_str())))
}

fn judge(pass: Pass<'_>) -> Option<Finding> {
    let scope = pass.scope();
    let prefix = pass.family().prefix();
    let buffering = scope.flag(&format!("{prefix}_buffering"), true)?;
    let requests = passed_requests(pass);
    if buffering.value {
        let at = buffering.by.map_or(pass.span(), |by| by.span());
        let finding = Finding::new(&RULE, at, "events are collected in a buffer")
            .label(format!("{requests} get them late, and many at once"))
            .confidence(Confidence::Low)
            .note("an application can turn it off for an answer of its own with `X-Accel-Buffering: no`")
            .help(format!("{prefix}_buffering off;"));
        let read = scope.milliseconds(&format!("{prefix}_read_timeout"), READ)?;
        let is_short = read.value <= READ;
        return Some(if is_short { finding.help(format!("{prefix}_read_timeout 1h;")) } else { finding });
    }
    let gzip = scope.flag("gzip", false).filter(|gzip| gzip.value)?;
    let types = scope.effective_last("gzip_types")?;
    let packs = types.args().any(|kind| matches!(&*kind.value, b"*" | b"text/event-stream"));
    packs.then(|| {
        let finding = Finding::new(&RULE, types.span(), "events are collected until they can be compressed")
            .label(format!("{requests} get them late, and many at once"))
            .confidence(Confidence::Low)
            .help("in this location: `gzip off;`");
        match gzip.by {
            Some(by) => finding.related(by.span(), "compresses"),
            None => finding,
        }
    })
}
