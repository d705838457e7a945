//! Failures that a cache keeps.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::Directive;

use super::cached::{Cached, passes};
use crate::by_place::ByPlace;
use crate::say::{passed_requests, time};

pub(crate) const RULE: Rule = Rule {
    name: "cached-failure",
    summary: "a failure of the backend is kept in the cache and outlives it",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("cached_failure.md"),
    check,
};

/// Statuses of a backend that fails.
const FAILURES: [u16; 4] = [500, 502, 504, 503];
/// A failure that is kept for so many seconds shields the backend; longer ones keep visitors from a healthy one.
const SHIELD: u64 = 10;
/// From so many seconds on people notice that the backend is back and the site is not.
const LONG: u64 = 120;

fn check(stack: &Stack, out: &mut Findings) {
    let mut found: ByPlace<(Cached<'_>, u16, u64, Directive<'_>)> = ByPlace::default();
    for cached in passes(stack) {
        let kept = FAILURES.iter().find_map(|status| {
            cached.valid(*status).filter(|(seconds, _)| *seconds > SHIELD).map(|kept| (*status, kept))
        });
        if let Some((status, (seconds, line))) = kept {
            found.add(line.span(), (cached, status, seconds, line));
        }
    }
    out.extend(found.iter().map(|((cached, status, seconds, line), _)| {
        let kept = time(seconds.saturating_mul(1000));
        let name = line.name();
        Finding::new(&RULE, line.span(), format!("a {status} is kept in the cache for {kept}"))
            .level(if *seconds > LONG { Level::Warning } else { Level::Info })
            .label(format!(
                "{} go on ending as {status} for {kept} after the backend is back",
                passed_requests(cached.pass)
            ))
            .related(cached.by.span(), "the cache")
            .predict(Prediction::answers(*status, ""))
            .help(format!("before it: `{name} 500 502 503 504 5s;`"))
    }));
}
