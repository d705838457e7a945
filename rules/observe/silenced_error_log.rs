//! Error logs that hold nothing of a failing backend.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{Directive, Pass};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "silenced-error-log",
    summary: "`error_log` goes to `/dev/null`, or leaves out the level at which backends fail",
    level: Level::Warning,
    covers: &["L3"],
    since: "0.1.0",
    page: include_str!("silenced_error_log.md"),
    check,
};

/// Levels above `error`, at which nginx logs refused connections and timeouts.
const ABOVE_ERROR: [&[u8]; 3] = [b"crit", b"alert", b"emerg"];

/// Why a log holds nothing.
#[derive(Clone, Copy)]
enum Silence {
    Nowhere,
    Level,
}

fn check(stack: &Stack, out: &mut Findings) {
    if stack.directives("error_log").next().is_none() {
        return;
    }
    let mut found: ByPlace<(Directive<'_>, Silence, Pass<'_>)> = ByPlace::default();
    for pass in stack.passes() {
        let Some(logs) = pass.scope().effective("error_log") else { continue };
        // Several logs of one level: one that tells is enough.
        let silences: Option<Vec<_>> =
            logs.directives.iter().map(|log| silence(stack, *log).map(|why| (*log, why))).collect();
        if let Some((log, why)) = silences.and_then(|all| all.last().copied()) {
            found.add(log.span(), (log, why, pass));
        }
    }
    out.extend(found.iter().map(|((log, why, pass), count)| report(*log, *why, *pass, count)));
}

fn silence(stack: &Stack, log: Directive<'_>) -> Option<Silence> {
    let target = log.arg(0).filter(|arg| !stack.sources.is_filled_in(arg.span))?;
    if *target.value == *b"/dev/null" {
        return Some(Silence::Nowhere);
    }
    let level = log.arg(1)?;
    ABOVE_ERROR.contains(&level.value.as_ref()).then_some(Silence::Level)
}

fn report(log: Directive<'_>, why: Silence, pass: Pass<'_>, count: usize) -> Finding {
    let requests = match count {
        1 => say::passed_requests(pass),
        count => format!("the requests of {count} passes"),
    };
    let path = log.arg(0).map(|arg| say::clip(&arg.text())).unwrap_or_default();
    let level = log.arg(1).map(|arg| say::clip(&arg.text())).unwrap_or_default();
    match why {
        Silence::Nowhere => Finding::new(&RULE, log.span(), "`error_log` throws everything away")
            .label(format!("when {requests} end as 502 or 504, no line says why"))
            .suggest(
                "error_log /var/log/nginx/error.log;",
                edit::statement(log, "error_log /var/log/nginx/error.log"),
            ),
        Silence::Level => {
            Finding::new(&RULE, log.span(), format!("`{level}` leaves out what a failing backend causes"))
                .label(format!("when {requests} end as 502 or 504, no line says why"))
                .note("nginx logs refused connections and timeouts at `error`")
                .suggest(
                    format!("error_log {path} error;"),
                    log.arg(1).map(|level| edit::replace(level.span, "error")).unwrap_or_default(),
                )
        }
    }
}
