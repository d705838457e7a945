//! Connections that newer nginx keeps unasked, beyond the number that was allowed.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{Family, Pass};
use rustc_hash::FxHashSet;

use super::kept::kept;
use super::peers::parameter;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "implicit-keepalive",
    summary: "since nginx 1.29.7 a group keeps idle connections unasked: its servers may have more than `max_conns`",
    level: Level::Info,
    covers: &["I8"],
    since: "0.1.0",
    page: include_str!("implicit_keepalive.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    let is_proxy = |pass: &Pass<'_>| pass.family() == Family::Proxy;
    for pass in stack.passes().filter(is_proxy) {
        let Some(group) = pass.upstream() else { continue };
        if kept(stack, pass, group) != Some(None) || !seen.insert(group.scope.id()) {
            continue;
        }
        let limited = group.peers().find_map(|peer| {
            let limit = parameter(peer.directive, "max_conns").filter(|limit| limit != "0")?;
            Some((peer.directive, limit))
        });
        if let (Some((server, limit)), Some(at)) = (limited, group.name_span()) {
            let message =
                format!("group `{}` keeps idle connections without a `keepalive`", clip(&group.name()));
            out.push(
                Finding::new(&RULE, at, message)
                    .label(format!("each worker keeps up to 32 after {}", passed_requests(pass)))
                    .related(
                        server.span(),
                        format!("counts up to {} in use, and not the idle ones", clip(&limit)),
                    )
                    .note("this is the default since nginx 1.29.7")
                    .help("`keepalive 0;` in the group, or the number of its own"),
            );
        }
    }
}
