//! Reloads that end the requests in progress.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use rustc_hash::FxHashSet;

use super::served::served;
use crate::edit::{self, Mend};
use crate::say::passed_requests;
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "abrupt-fpm-reload",
    summary: "a reload of PHP-FPM ends the requests that are in progress",
    level: Level::Info,
    covers: &["F6"],
    since: "0.1.0",
    page: include_str!("abrupt_fpm_reload.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let least = out.thresholds().process_control_timeout_min.ms / 1000;
    let mut seen = FxHashSet::default();
    for way in served(stack) {
        let master = way.to.master;
        let is_known = master.is_main && master.is_whole;
        let waits = master.global.seconds("process_control_timeout", 0);
        let waits = waits.and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds < least);
        let Some(waits) = waits.filter(|_| is_known) else { continue };
        if !seen.insert(master.files.first()) {
            continue;
        }
        // Where the key is missing, beside what `[global]` has.
        let beside = master.global.all.last().map(|setting| setting.span);
        let own = master.global.get("process_control_timeout").map(gatelint_model::fpm::Setting::at);
        let Some(at) = own.or(beside).or_else(|| master.pools.first().map(|pool| pool.header)) else {
            continue;
        };
        let message = match own {
            Some(_) if waits > 0 => {
                format!("a reload of PHP-FPM waits {} for requests", say::time(waits * 1000))
            }
            Some(_) => "a reload of PHP-FPM waits for no request".to_owned(),
            None => {
                "`process_control_timeout` is not set: a reload of PHP-FPM waits for no request".to_owned()
            }
        };
        out.push(
            Finding::new(&RULE, at, message)
                .label(format!("{} in progress at a reload end as 502", passed_requests(way.pass)))
                .predict(Prediction::answers(502, log::RESET))
                .suggest(
                    "in `[global]`: process_control_timeout = 30s",
                    match (own, beside) {
                        (Some(own), _) => edit::replace(own, "30s"),
                        (None, Some(beside)) => {
                            edit::below(stack, beside, &["process_control_timeout = 30s"])
                        }
                        (None, None) => Vec::new(),
                    },
                ),
        );
    }
}
