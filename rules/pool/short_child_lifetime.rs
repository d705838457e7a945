//! Processes that end after a few requests.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use super::served::served_pools;
use crate::say::{clip, count, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "short-child-lifetime",
    summary: "a pool's processes are replaced after a few requests",
    level: Level::Info,
    covers: &["F7"],
    since: "0.1.0",
    page: include_str!("short_child_lifetime.md"),
    check,
};

/// Fewer requests than this hardly pay for starting a process.
const FEW: u32 = 50;

fn check(stack: &Stack, out: &mut Findings) {
    for way in served_pools(stack) {
        let Some(setting) = way.to.pool.get("pm.max_requests") else { continue };
        let Some(requests) = setting.integer().and_then(|number| u32::try_from(number).ok()) else {
            continue;
        };
        if !(1..FEW).contains(&requests) {
            continue;
        }
        let (pool, number) = (clip(&way.to.pool.name), count(requests.into(), "request"));
        out.push(
            Finding::new(
                &RULE,
                setting.at(),
                format!("a process of pool `{pool}` is replaced after {number}"),
            )
            .label("under load PHP-FPM starts processes all the time, each with empty caches of its own")
            .related(way.pass.span(), passed_requests(way.pass))
            .help("pm.max_requests = 500"),
        );
    }
}
