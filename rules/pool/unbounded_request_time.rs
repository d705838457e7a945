//! Pools in which a request that waits is never ended.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::fpm::Setting;

use super::low_max_children::is_spare;
use super::served::served_pools;
use crate::log;
use crate::say::{clip, count, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "unbounded-request-time",
    summary: "nothing ends a request that waits for something, so that hung ones take all processes of a pool",
    level: Level::Info,
    covers: &["D6"],
    since: "0.1.0",
    page: include_str!("unbounded_request_time.md"),
    check,
};

/// The default of `fastcgi_read_timeout`, in milliseconds.
const READ: u64 = 60_000;

fn check(stack: &Stack, out: &mut Findings) {
    for way in served_pools(stack) {
        let pool = way.to.pool;
        let is_off = pool.settings.seconds("request_terminate_timeout", 0) == Some(0);
        if !is_off || !way.to.master.is_whole || is_spare(pool) {
            continue;
        }
        let Some((children, by)) = pool.max_children() else { continue };
        let set = pool.get("request_terminate_timeout");
        // Longer than nginx waits is a defect of its own.
        let wait =
            way.pass.scope().milliseconds("fastcgi_read_timeout", READ).map_or(READ, |wait| wait.value);
        let at = set.map_or(pool.header, Setting::at);
        let finding = Finding::new(
            &RULE,
            at,
            format!("no request to pool `{}` is ended while it waits", clip(&pool.name)),
        )
        .confidence(Confidence::Medium)
        .label(match set {
            Some(_) => "without a limit of PHP-FPM's own",
            None => "`request_terminate_timeout` is not set: the default is 0, no limit",
        })
        .related(by.at(), format!("{} that hang take the whole pool", count(children.into(), "request")))
        .related(way.pass.span(), format!("further {} end as 504", passed_requests(way.pass)))
        .note("`max_execution_time` counts the processor's time: waiting for a database or a remote host is none")
        .help(format!("as long as nginx waits: request_terminate_timeout = {}s", wait.div_ceil(1000).max(1)))
        .predict(Prediction::answers(504, log::READ));
        out.push(finding);
    }
}
