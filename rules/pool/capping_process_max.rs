//! A limit of the master that a pool cannot get past.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::fpm::{Pool, Setting};
use gatelint_syntax::Span;

use super::served::served_pools;
use crate::edit::{self, Mend};
use crate::log;
use crate::say::{clip, count, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "capping-process-max",
    summary: "`process.max` lets a pool have fewer processes than its `pm.max_children` says",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("capping_process_max.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut said: Vec<Span> = Vec::new();
    for way in served_pools(stack) {
        let Some(max) = way.to.master.global.get("process.max") else { continue };
        let Some(cap) = max.integer().and_then(|cap| u32::try_from(cap).ok()).filter(|cap| *cap > 0) else {
            continue;
        };
        let Some((children, setting)) = way.to.pool.max_children() else { continue };
        if children > cap {
            let message = format!(
                "pool `{}` never gets its {}: all pools together have {cap}",
                clip(&way.to.pool.name),
                count(children.into(), "process")
            );
            out.push(
                Finding::new(&RULE, max.at(), message)
                    .label(format!("{} wait for one of them, and end as 504", passed_requests(way.pass)))
                    .related(setting.at(), "what the pool asks for")
                    .predict(Prediction::answers(504, log::READ))
                    .note("PHP-FPM logs: The maximum number of processes has been reached")
                    .suggest(
                        format!("process.max = {}", sum(&way.to.master.pools)),
                        edit::replace(max.at(), sum(&way.to.master.pools).to_string()),
                    ),
            );
        } else if sum(&way.to.master.pools) > u64::from(cap) && !said.contains(&max.span) {
            said.push(max.span);
            out.push(together(max, &way.to.master.pools, cap));
        }
    }
}

/// A cap that only all pools together reach: that is what it is for.
fn together(max: &Setting, pools: &[Pool], cap: u32) -> Finding {
    let message =
        format!("all pools together have {} and ask for {}", count(cap.into(), "process"), sum(pools));
    Finding::new(&RULE, max.at(), message)
        .level(Level::Info)
        .label("a busy pool takes processes from the others")
}

fn sum(pools: &[Pool]) -> u64 {
    pools.iter().filter_map(Pool::max_children).map(|(children, _)| u64::from(children)).sum()
}
