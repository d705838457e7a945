//! Groups whose servers are all marked `down`.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextId, Pass, Peer, Upstream};
use gatelint_syntax::Span;
use rustc_hash::FxHashMap;

use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "disabled-upstream",
    summary: "every server of a group is marked `down`",
    level: Level::Error,
    covers: &["I2"],
    since: "0.1.0",
    page: include_str!("disabled_upstream.md"),
    check,
};

const LOG: &str = "no live upstreams while connecting to upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let disabled: Vec<(Upstream<'_>, Vec<Peer<'_>>)> = stack.upstreams().filter_map(disabled).collect();
    if disabled.is_empty() {
        return;
    }
    // The first pass that leads to each group, and whether it leads nowhere else.
    let mut passes: FxHashMap<ContextId, (Pass<'_>, bool)> = FxHashMap::default();
    for pass in stack.passes() {
        let groups = pass.targets();
        let is_only = pass.upstream().is_some();
        for group in groups.iter().filter_map(|target| target.upstream) {
            let first = passes.entry(group.scope.id()).or_insert((pass, is_only));
            if is_only && !first.1 {
                *first = (pass, true);
            }
        }
    }
    for (group, peers) in &disabled {
        if let (Some((pass, is_only)), [first, rest @ ..]) = (passes.get(&group.scope.id()), peers.as_slice())
        {
            out.push(finding(*group, (first, rest.len()), *pass, *is_only));
        }
    }
}

/// The servers of a group of which none is asked. `upstream {}` blocks that may hold more are left out.
fn disabled(group: Upstream<'_>) -> Option<(Upstream<'_>, Vec<Peer<'_>>)> {
    let peers: Vec<_> = group.peers().collect();
    let is_off = |peer: &Peer<'_>| peer.has("down");
    (!peers.is_empty() && peers.iter().all(is_off) && group.scope.is_whole()).then_some((group, peers))
}

fn finding(
    group: Upstream<'_>,
    (first, others): (&Peer<'_>, usize),
    pass: Pass<'_>,
    is_only: bool,
) -> Finding {
    let down = first.directive.args().find(|arg| *arg.value == *b"down");
    let at = down.as_ref().map_or_else(|| first.directive.span(), |arg| arg.span);
    let name = clip(&group.name());
    let message = match others {
        0 => format!("the only server of group `{name}` is marked `down`"),
        others => format!("all {} servers of group `{name}` are marked `down`", others + 1),
    };
    let finding = Finding::new(&RULE, at, message).predict(Prediction::answers(502, LOG));
    let finding = match is_only {
        true => finding.label(format!("{} end as 502", passed_requests(pass))),
        false => finding.label("requests that a variable sends here end as 502").level(Level::Warning),
    };
    let finding = finding.related(pass.directive().value_span(), format!("this leads to `{name}`"));
    let address = first.directive.arg(0).map(|arg| clip(&arg.text())).unwrap_or_default();
    let edits = match (down, first.directive.args().filter(|arg| *arg.value != *b"down").last()) {
        (Some(down), Some(last)) if last.span.end < down.span.end => {
            edit::replace(Span { start: last.span.end, ..down.span }, "")
        }
        (Some(down), Some(_)) => edit::replace(down.span, ""),
        _ => Vec::new(),
    };
    finding.suggest(format!("take `down` away from a server that runs: `server {address};`"), edits)
}
