//! Rates that one visitor's page exceeds.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};

use super::limit::{Limit, limits};
use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "tight-rate-limit",
    summary: "a whole site has a low `limit_req` rate and next to no `burst`: the files of a page are refused",
    level: Level::Warning,
    covers: &["K5"],
    since: "0.1.0",
    page: include_str!("tight_rate_limit.md"),
    check,
};

/// Requests in a thousand seconds below which a page with its images does not get through without `burst`.
const RATE_MIN: u64 = 10_000;

/// A page and a few of its files.
const BURST_MIN: u64 = 4;

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for limit in limits(stack, "limit_req") {
        let place = limit.by.span();
        if !limit.is_dry("limit_req") && !limit.zone.is_shared() {
            found.add(place, limit);
        }
    }
    out.extend(found.iter().filter_map(|(limit, _)| judge(limit)));
}

fn judge(limit: &Limit<'_>) -> Option<Finding> {
    let rate = limit.zone.rate()?;
    let status = limit.status("limit_req")?;
    let is_tight = rate < RATE_MIN && limit.burst()? < BURST_MIN && limit.is_wide();
    let name = say::clip(&limit.name);
    if !is_tight {
        let is_default = limit.by.scope().effective("limit_req_status").is_none();
        return is_default.then(|| {
            Finding::new(
                &RULE,
                limit.by.span(),
                "requests beyond this limit are answered with 503, as an outage is",
            )
            .level(Level::Info)
            .label(format!("{} get 503 when they come too fast", say::requests(limit.by.scope())))
            .cure("limit_req_status 429;", edit::put(limit.by.scope(), "limit_req_status 429;"))
        });
    }
    let rate = say::clip(&limit.zone.rate_text());
    let burst = limit.burst()?;
    let beyond = if burst == 0 { "without `burst`".to_owned() } else { format!("with `burst={burst}`") };
    let which = match burst {
        0 => format!("a second one within {}", gap(limit.zone.rate()?)),
        burst => format!("number {} at once", burst + 2),
    };
    let log = format!("limiting requests, excess: {}.000 by zone \"{name}\"", burst + 1);
    let mut finding =
        Finding::new(&RULE, limit.by.span(), format!("`{rate}` {beyond} is the limit of a whole site"))
            .label(format!("of {} {which} ends as {status}", say::requests(limit.by.scope())))
            .related(limit.zone.by.span(), "the rate")
            .suggest(
                format!("limit_req zone={name} burst=20 nodelay;"),
                edit::statement(limit.by, format!("limit_req zone={name} burst=20 nodelay")),
            )
            .confidence(Confidence::Medium)
            .predict(Prediction::answers(status, log));
    if status == 503 {
        finding = finding.note("503 reads as an outage: `limit_req_status 429;` says what it is");
    }
    Some(finding)
}

/// The time between two requests at a rate in a thousand seconds.
fn gap(rate: u64) -> String {
    say::time(1_000_000_u64.checked_div(rate).unwrap_or(0))
}
