//! Fewer connections for a visitor than a browser opens.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};

use super::limit::{Limit, limits};
use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "tight-connection-limit",
    summary: "a whole site gives each visitor fewer connections than a browser opens",
    level: Level::Warning,
    covers: &["K5"],
    since: "0.1.0",
    page: include_str!("tight_connection_limit.md"),
    check,
};

/// What a browser opens to one host over HTTP/1.1; each stream of HTTP/2 counts as one.
const BROWSER: u64 = 6;

/// Below this the second file of a page is refused.
const CONNECTIONS_MIN: u64 = 3;

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for limit in limits(stack, "limit_conn") {
        if !limit.is_dry("limit_conn") && !limit.zone.is_shared() && limit.is_wide() {
            found.add(limit.by.span(), limit);
        }
    }
    out.extend(found.iter().filter_map(|(limit, _)| judge(limit)));
}

fn judge(limit: &Limit<'_>) -> Option<Finding> {
    let connections = limit.connections().filter(|connections| *connections < BROWSER)?;
    let status = limit.status("limit_conn")?;
    let name = say::clip(&limit.name);
    let plural = if connections == 1 { "" } else { "s" };
    let message = format!("each visitor gets {connections} connection{plural} of a whole site");
    let log = format!("limiting connections by zone \"{name}\"");
    let level = if connections < CONNECTIONS_MIN { Level::Warning } else { Level::Info };
    Some(
        Finding::new(&RULE, limit.by.span(), message)
            .level(level)
            .label(format!(
                "of {} whatever a page asks for beyond that ends as {status}",
                say::requests(limit.by.scope())
            ))
            .related(limit.zone.by.value_span(), "each value of this is counted")
            .suggest(
                format!("limit_conn {name} 20;"),
                limit.by.arg(1).map(|arg| edit::replace(arg.span, "20")).unwrap_or_default(),
            )
            .confidence(Confidence::Medium)
            .predict(Prediction::answers(status, log)),
    )
}
