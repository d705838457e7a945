//! Queues before a pool that are soon full.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::fpm::Bind;

use super::served::{Served, served_pools};
use crate::edit::{self, Mend};
use crate::log;
use crate::say::{clip, connect_log, count, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "small-listen-backlog",
    summary: "few requests may wait for a free process of a pool, and further ones fail at once",
    level: Level::Warning,
    covers: &["F4"],
    since: "0.1.0",
    page: include_str!("small_listen_backlog.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let least = i32::try_from(out.thresholds().backlog_min).unwrap_or(i32::MAX);
    for way in served_pools(stack) {
        let Some(setting) = way.to.pool.get("listen.backlog") else { continue };
        // Below zero stands for as much as the kernel allows.
        let Some(backlog) = setting.integer().filter(|backlog| *backlog >= 0) else { continue };
        let children = way.to.pool.max_children().map(|(children, _)| children);
        if backlog < least {
            out.push(small(&way, setting.at(), backlog));
        } else if children.is_some_and(|children| backlog.unsigned_abs() < children) {
            let finding =
                small(&way, setting.at(), backlog).level(Level::Info).confidence(Confidence::Medium);
            out.push(
                finding.note("fewer than are served at a time: a short pause of all of them fills the queue"),
            );
        }
    }
}

fn small(way: &Served<'_>, at: gatelint_syntax::Span, backlog: i32) -> Finding {
    let pool = clip(&way.to.pool.name);
    let is_socket =
        way.to.pool.listener.as_ref().is_some_and(|listener| matches!(listener.bind, Bind::Unix(_)));
    let (status, log) = match is_socket {
        true => (502, connect_log(way.target.written, "fastcgi", "11: Resource temporarily unavailable")),
        false => (504, log::CONNECT.to_owned()),
    };
    // The kernel lets one more in than it is asked for.
    let finding = Finding::new(
        &RULE,
        at,
        format!(
            "no more than {} may wait for pool `{pool}`",
            count(u64::from(backlog.unsigned_abs()) + 1, "request")
        ),
    )
    .label(format!("further {} end as {status}", passed_requests(way.pass)))
    .predict(Prediction::answers(status, log))
    .suggest("listen.backlog = 511", edit::replace(at, "511"));
    let finding = finding.related(way.pass.span(), "nginx passes them here");
    match way.to.pool.max_children() {
        Some((children, setting)) => {
            finding.related(setting.at(), format!("so many are served at a time: {children}"))
        }
        None => finding,
    }
}
