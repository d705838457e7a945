//! Limits that all visitors of a site share.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};

use super::limit::{Limit, limits};
use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "shared-limit-key",
    summary: "a small `limit_conn` or `limit_req` counts all visitors of a site together",
    level: Level::Warning,
    covers: &["K6"],
    since: "0.1.0",
    page: include_str!("shared_limit_key.md"),
    check,
};

/// Connections for a whole site from which on a limit may be meant for it: nginx's manual has 100.
const CONNECTIONS_MIN: u64 = 50;

/// Requests in a thousand seconds for a whole site from which on a limit may be meant for it: nginx's manual
/// has 10 in a second.
const RATE_MIN: u64 = 10_000;

fn check(stack: &Stack, out: &mut Findings) {
    for kind in ["limit_conn", "limit_req"] {
        let mut found = ByPlace::default();
        for limit in
            limits(stack, kind).into_iter().filter(|limit| limit.zone.is_shared() && !limit.is_dry(kind))
        {
            found.add(limit.by.span(), limit);
        }
        out.extend(found.iter().filter_map(|(limit, _)| judge(limit, kind)));
    }
}

fn judge(limit: &Limit<'_>, kind: &'static str) -> Option<Finding> {
    let status = limit.status(kind)?;
    let name = say::clip(&limit.name);
    let key = say::clip(&limit.zone.by.arg(0)?.text());
    let (much, log, is_small) = if kind == "limit_conn" {
        let connections = limit.connections()?;
        let log = format!("limiting connections by zone \"{name}\"");
        let plural = if connections == 1 { "" } else { "s" };
        (format!("{connections} connection{plural}"), log, connections < CONNECTIONS_MIN)
    } else {
        let rate = limit.zone.rate()?;
        let log = format!("limiting requests, excess: 1.000 by zone \"{name}\"");
        (format!("`{}`", say::clip(&limit.zone.rate_text())), log, rate < RATE_MIN)
    };
    if !is_small || !limit.is_wide() {
        return None;
    }
    let finding = Finding::new(&RULE, limit.by.span(), format!("all visitors together get {much}"))
        .label(format!("{} beyond that end as {status}, whoever sends them", say::requests(limit.by.scope())))
        .related(limit.zone.by.value_span(), format!("`{key}` is the same for every visitor"))
        .suggest(format!("{kind}_zone $binary_remote_addr ...; counts each visitor alone"), {
            let key = edit::replace(limit.zone.by.value_span(), "$binary_remote_addr");
            // What was meant for all is little for one.
            let count = limit.by.arg(1).filter(|_| kind == "limit_conn");
            [key, count.map(|arg| edit::replace(arg.span, "20")).unwrap_or_default()].concat()
        })
        .confidence(Confidence::Medium)
        .predict(Prediction::answers(status, log));
    Some(finding)
}
