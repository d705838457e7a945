//! Servers with `resolve` in groups that lack what it takes.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Peer, Scope, Upstream};
use gatelint_model::target::Flavour;
use gatelint_model::{Address, HostName};

use crate::edit::{self, Mend};
use crate::say::{clip, one_line};

pub(crate) const RULE: Rule = Rule {
    name: "unprepared-resolve",
    summary: "a `server` has `resolve`, and its group has no `zone` or nobody to ask",
    level: Level::Error,
    covers: &["C7"],
    since: "0.1.0",
    page: include_str!("unprepared_resolve.md"),
    check,
};

/// The first free release with `resolve`; earlier ones refuse the word, and a rule of its own says so where the
/// version is known.
const SINCE: (u16, u16, u16) = (1, 27, 3);

fn check(stack: &Stack, out: &mut Findings) {
    let is_old = stack.target.is_at_least(SINCE) == Some(false) && stack.target.is_plus() != Some(true);
    if is_old || stack.target.flavour == Some(Flavour::Fork) {
        return;
    }
    for group in stack.upstreams().filter(|group| group.scope.is_whole()) {
        let is_named = |peer: &Peer<'_>| matches!(peer.address, Some(Address::Tcp(HostName::Name(_), _)));
        if let Some(peer) = group.peers().find(|peer| peer.has("resolve") && is_named(peer)) {
            out.extend(finding(stack, group, &peer));
        }
    }
}

/// `ngx_http_upstream_init_round_robin()` of `src/http/ngx_http_upstream_round_robin.c`.
fn finding(stack: &Stack, group: Upstream<'_>, peer: &Peer<'_>) -> Option<Finding> {
    let word = peer.directive.args().find(|arg| *arg.value == *b"resolve")?;
    let name = clip(&group.name());
    let (message, log, help, line) = if group.scope.own("zone").len() == 0 {
        (
            format!("`resolve` without a `zone` in group `{name}`"),
            format!("resolving names at run time requires upstream \"{name}\""),
            format!("add `zone {name} 64k;` to the group"),
            Some(format!("zone {} 64k;", group.name())),
        )
    } else if group.scope.effective("resolver").is_none() && group.scope.ancestors().all(Scope::is_whole) {
        (
            format!("`resolve` in group `{name}`, and no `resolver` to ask"),
            format!("no resolver defined to resolve names at run time in upstream \"{name}\""),
            "add `resolver ADDRESS;` to the group or to `http`".to_owned(),
            None,
        )
    } else {
        return None;
    };
    let finding = Finding::new(&RULE, word.span, message).label("nginx does not load this");
    let edits = line.map(|line| edit::put(group.scope, &line)).unwrap_or_default();
    let finding = finding.cure(help, edits);
    Some(match stack.target.version {
        Some(_) => finding.predict(Prediction::nginx_refuses(None, one_line(&log))),
        None => finding.note(format!("so says nginx from 1.27.3 on: {}", one_line(&log))).predict(
            Prediction::nginx_refuses(Some(peer.directive.end_span()), "invalid parameter \"resolve\""),
        ),
    })
}
