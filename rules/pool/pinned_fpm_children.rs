//! Idle connections that hold every process of a pool.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Pass, Upstream, number};
use rustc_hash::{FxHashMap, FxHashSet};

use super::served::served;
use crate::edit::{self, Mend};
use crate::log;
use crate::say::{clip, count, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "pinned-fpm-children",
    summary: "nginx may keep so many idle connections to a pool that no process is left for other requests",
    level: Level::Warning,
    covers: &["F5"],
    since: "0.1.0",
    page: include_str!("pinned_fpm_children.md"),
    check,
};

/// Connections that each worker may keep to a group.
struct Kept<'a> {
    group: Upstream<'a>,
    pass: Pass<'a>,
    by: Directive<'a>,
    keepalive: Directive<'a>,
    connections: u64,
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    let mut children: FxHashMap<_, FxHashMap<_, u32>> = FxHashMap::default();
    let mut all = Vec::new();
    for way in served(stack) {
        let Some(kept) = kept(way.pass) else { continue };
        let Some((number, setting)) = way.to.pool.max_children() else { continue };
        children.entry(kept.group.scope.id()).or_default().insert(setting.at(), number);
        if seen.insert(kept.group.scope.id()) {
            all.push((kept, way.to.pool, setting.at()));
        }
    }
    for (kept, pool, at) in all {
        let total: u32 = children.get(&kept.group.scope.id()).map_or(0, |all| all.values().sum());
        // A server of the group that is no pool of the tree has processes of its own.
        let is_known = kept
            .group
            .peers()
            .all(|peer| peer.address.is_some_and(|address| !stack.pools_behind(&address).pools().is_empty()));
        let workers = workers(kept.pass);
        let held = kept.connections.saturating_mul(workers);
        if !is_known || held < u64::from(total) {
            continue;
        }
        let message = format!(
            "nginx may keep {} to pool `{}`, which has {}",
            count(held, "idle connection"),
            clip(&pool.name),
            count(total.into(), "process")
        );
        let finding = Finding::new(&RULE, kept.keepalive.value_span(), message)
            .label(format!("each holds a process; other {} wait and end as 504", passed_requests(kept.pass)))
            .related(kept.by.span(), "asks PHP-FPM to keep connections open")
            .related(at, "the processes of the pool")
            .predict(Prediction::answers(504, log::READ))
            .suggest("fastcgi_keep_conn off;", edit::statement(kept.by, "fastcgi_keep_conn off;"));
        out.push(if workers > 1 {
            finding.note(format!("`keepalive` counts for each of the {workers} workers"))
        } else {
            finding
        });
    }
}

/// What the group of a pass keeps, where the pass lets it.
fn kept(pass: Pass<'_>) -> Option<Kept<'_>> {
    let by = pass.scope().flag("fastcgi_keep_conn", false).filter(|setting| setting.value)?.by?;
    let group = pass.upstream()?;
    let keepalive = group.scope.own("keepalive").last()?;
    let connections = number::integer(&keepalive.arg(0)?.value)?;
    Some(Kept { group, pass, by, keepalive, connections })
}

/// How many workers there surely are: `auto` is at least one.
fn workers(pass: Pass<'_>) -> u64 {
    let workers =
        pass.scope().ancestors().last().and_then(|main| main.own("worker_processes").last()?.arg(0));
    workers.and_then(|workers| number::integer(&workers.value)).map_or(1, |workers| workers.max(1))
}
