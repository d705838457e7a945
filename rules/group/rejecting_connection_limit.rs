//! Servers with a limit of connections and nobody to take the rest.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use rustc_hash::FxHashSet;

use super::peers::{Peers, parameter};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "rejecting-connection-limit",
    summary: "requests beyond `max_conns` of a group's only server end as 502 at once",
    level: Level::Info,
    covers: &["I9"],
    since: "0.1.0",
    page: include_str!("rejecting_connection_limit.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    // NGINX Plus lets them wait in a `queue`.
    if stack.target.is_plus() == Some(true) {
        return;
    }
    let mut seen = FxHashSet::default();
    for pass in stack.passes() {
        let Some(group) = pass.upstream().filter(|group| seen.insert(group.scope.id())) else { continue };
        let peers = Peers::of(group);
        let [only] = peers.live.as_slice() else { continue };
        let limit = parameter(only.directive, "max_conns").filter(|limit| limit != "0");
        let Some(limit) = limit.filter(|_| peers.is_single() && group.scope.own("queue").len() == 0) else {
            continue;
        };
        let limit = clip(&limit);
        let name = clip(&group.name());
        let message =
            format!("requests beyond {limit} at once are turned away: group `{name}` has one server");
        let finding = Finding::new(&RULE, only.directive.span(), message)
            .label(format!("further {} end as 502: no other server takes them", passed_requests(pass)))
            .predict(Prediction::answers(502, "no live upstreams while connecting to upstream"));
        out.push(match group.scope.own("zone").len() {
            0 => finding.note("without `zone` each worker process counts for itself"),
            _ => finding,
        });
    }
}
