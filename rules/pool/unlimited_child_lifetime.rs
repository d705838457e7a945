//! Processes that are never replaced.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};

use super::served::served_pools;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unlimited-child-lifetime",
    summary: "a pool's processes are never replaced, so that what leaks in them adds up",
    level: Level::Info,
    covers: &["F7"],
    since: "0.1.0",
    page: include_str!("unlimited_child_lifetime.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for way in served_pools(stack) {
        let pool = way.to.pool;
        // Those made on demand end when nobody asks.
        let is_on_demand = pool.process_manager().as_deref() == Some("ondemand");
        if is_on_demand || pool.settings.integer("pm.max_requests", 0) != Some(0) || !way.to.master.is_whole {
            continue;
        }
        let set = pool.get("pm.max_requests");
        let finding = Finding::new(
            &RULE,
            set.map_or(pool.header, gatelint_model::fpm::Setting::at),
            format!("the processes of pool `{}` are never replaced", clip(&pool.name)),
        )
        .confidence(Confidence::Low)
        .label(match set {
            Some(_) => "what an extension leaks stays until PHP-FPM is restarted",
            None => "`pm.max_requests` is not set: the default is 0, for ever",
        })
        .help("pm.max_requests = 500");
        out.push(match pool.max_children() {
            Some((children, by)) => finding.related(by.at(), format!("processes that may grow: {children}")),
            None => finding,
        });
    }
}
