//! Answers of DNS that nginx keeps for longer than DNS says.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{Pass, number};

use crate::by_place::ByPlace;
use crate::say::{passed_requests, time};

pub(crate) const RULE: Rule = Rule {
    name: "stale-resolver-answers",
    summary: "`valid` of the `resolver` keeps addresses that may long be another's",
    level: Level::Warning,
    covers: &["C6"],
    since: "0.1.0",
    page: include_str!("stale_resolver_answers.md"),
    check,
};

/// The longest time that is ordinary, in seconds.
const ORDINARY: u64 = 300;
/// From here on it is an extreme, in seconds.
const EXTREME: u64 = 3600;

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for pass in stack.passes().filter(|pass| asks(*pass)) {
        let Some(resolver) = pass.scope().effective_last("resolver") else { continue };
        let valid = resolver.args().find(|arg| arg.value.starts_with(b"valid="));
        let Some(valid) = valid else { continue };
        let seconds = valid.value.strip_prefix(b"valid=").and_then(number::seconds);
        if let Some(seconds) = seconds.filter(|seconds| *seconds > ORDINARY) {
            found.add(valid.span, (valid.span, seconds, pass));
        }
    }
    out.extend(found.iter().map(|((at, seconds, pass), _)| {
        let kept = time(seconds.saturating_mul(1000));
        Finding::new(&RULE, *at, format!("addresses are kept for {kept}, whatever DNS says"))
            .level(if *seconds >= EXTREME { Level::Warning } else { Level::Info })
            .label(format!("{} go to the old address for up to {kept} after a move", passed_requests(*pass)))
            .related(pass.span(), "resolved while nginx runs")
            .help("without `valid` the answer's own time holds; else `valid=30s`")
    }));
}

/// Whether the pass asks DNS while nginx runs.
fn asks(pass: Pass<'_>) -> bool {
    let resolves = |server: gatelint_model::nginx::Directive<'_>| {
        server.args().skip(1).any(|arg| *arg.value == *b"resolve")
    };
    let is_moving = pass.targets().iter().any(|target| target.server.is_some_and(resolves));
    pass.is_variable() || is_moving
}
