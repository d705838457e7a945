//! Time limits that ordinary requests outlive.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::fpm::PhpOrigin;
use rustc_hash::FxHashSet;

use super::errors::reach_nginx;
use crate::edit::{self, Mend};
use crate::log;
use crate::pool::served::{Served, served};
use crate::say::{clip, one_line, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "tiny-execution-limit",
    summary: "a pool ends requests after so few seconds that ordinary ones are cut off",
    level: Level::Warning,
    covers: &["G4"],
    since: "0.1.0",
    page: include_str!("tiny_execution_limit.md"),
    check,
};

/// So few seconds end requests that are slow only now and then.
pub(crate) const EXTREME: u64 = 2;
/// So few seconds are worth knowing.
const LOW: i64 = 5;

fn check(stack: &Stack, out: &mut Findings) {
    let mut said = FxHashSet::default();
    for way in served(stack) {
        let found = [of_fpm(&way), of_php(&way)].into_iter().flatten();
        out.extend(found.filter(|finding| said.insert(finding.primary.span)));
    }
}

fn is_tiny(seconds: i64) -> bool {
    (1..=LOW).contains(&seconds)
}

fn level(seconds: i64) -> Level {
    if seconds.unsigned_abs() <= EXTREME { Level::Warning } else { Level::Info }
}

/// PHP-FPM ends the process: wall time.
fn of_fpm(way: &Served<'_>) -> Option<Finding> {
    let setting = way.to.pool.get("request_terminate_timeout")?;
    let seconds = i64::from(setting.seconds()?);
    is_tiny(seconds).then(|| {
        let pool = clip(&way.to.pool.name);
        Finding::new(&RULE, setting.at(), format!("pool `{pool}` kills a request after {seconds} s"))
            .level(level(seconds))
            .label(format!("{} that take longer end as 502", passed_requests(way.pass)))
            .related(way.pass.span(), "nginx passes them here")
            .predict(Prediction::answers(502, log::RESET))
            .suggest("request_terminate_timeout = 60s", edit::replace(setting.at(), "60s"))
    })
}

/// PHP ends the script: on Linux processor time.
fn of_php(way: &Served<'_>) -> Option<Finding> {
    let (stack, params) = (way.pass.directive().stack(), way.pass.php_params());
    let limit = way.to.php(params, "max_execution_time");
    let at = limit.origin.span().filter(|_| limit.origin != PhpOrigin::Default)?;
    let seconds = limit.quantity().filter(|seconds| is_tiny(*seconds))?;
    let is_on = |name: &str| way.to.php(params, name).flag();
    // A fatal error that is shown is an answer like any other.
    let status = if is_on("display_errors") == Some(true) { 200 } else { 500 };
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let log = match reach_nginx(way.to, params) {
        false => String::new(),
        true => format!(
            "FastCGI sent in stderr: \"PHP message: PHP Fatal error:  Maximum execution time of {seconds} {unit} exceeded in"
        ),
    };
    let pool = clip(&way.to.pool.name);
    let finding = Finding::new(
        &RULE,
        at,
        format!("PHP ends a script of pool `{pool}` after {seconds} s of processor time"),
    )
    .level(level(seconds))
    .label(format!("{} that compute longer end as {status}", passed_requests(way.pass)))
    .related(way.pass.span(), "nginx passes them here")
    .note("on Linux waiting does not count: not `sleep()`, no database, no other server")
    .predict(Prediction::answers(status, one_line(&log)));
    Some(match limit.origin {
        PhpOrigin::Ini(_) => finding.suggest("max_execution_time = 30", edit::php(stack, limit.origin, "30")),
        PhpOrigin::Pass(_) => finding,
        origin => finding.suggest("php_admin_value[max_execution_time] = 30", edit::php(stack, origin, "30")),
    })
}
