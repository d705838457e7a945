//! Groups whose members are tried one after the other, each for minutes.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Pass, number};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "unbounded-failover",
    summary: "every member of a group is waited for in turn, and nothing bounds the sum",
    level: Level::Warning,
    covers: &["D7"],
    since: "0.1.0",
    page: include_str!("unbounded_failover.md"),
    check,
};

/// The default of `*_connect_timeout` and `*_read_timeout`, in milliseconds.
const DEFAULT: u64 = 60_000;

/// More servers are not counted.
const MAX_PEERS: usize = 1000;

fn check(stack: &Stack, out: &mut Findings) {
    let most = out.thresholds().failover_max.ms;
    let mut found = ByPlace::default();
    for pass in stack.passes().filter(|pass| pass.upstream().is_some()) {
        if let Some(wait) = wait(pass, most) {
            found.add(wait.at.span(), wait);
        }
    }
    out.extend(found.iter().map(|(wait, count)| report(wait, count, most)));
}

/// How long a request may take.
struct Wait<'a> {
    pass: Pass<'a>,
    /// The timeout that was set.
    at: Directive<'a>,
    members: u64,
    each: u64,
}

fn wait(pass: Pass<'_>, most: u64) -> Option<Wait<'_>> {
    let scope = pass.scope();
    let name = |what: &str| format!("{}_{what}", pass.family().prefix());
    let read = scope.milliseconds(&name("read_timeout"), DEFAULT)?;
    let connect = scope.milliseconds(&name("connect_timeout"), DEFAULT)?;
    let longest = if read.value >= connect.value { read } else { connect };
    // What nobody set is nobody's mistake.
    let at = longest.by?;
    let members = pass.upstream()?.peers().take(MAX_PEERS).filter(|peer| !peer.has("down")).count() as u64;
    let goes_on = match scope.effective(&name("next_upstream")) {
        None => true,
        Some(set) => {
            let words: Vec<_> = set.last()?.args().map(|arg| arg.text().into_owned()).collect();
            words.iter().any(|word| word == "timeout")
        }
    };
    let is_bounded = scope.milliseconds(&name("next_upstream_timeout"), 0)?.value > 0;
    let tries = match scope.effective(&name("next_upstream_tries")) {
        None => 0,
        Some(set) => number::integer(&set.last()?.arg(0)?.value)?,
    };
    let tried = if tries == 0 { members } else { members.min(tries) };
    let is_long = tried > 1 && longest.value.saturating_mul(tried) > most;
    (goes_on && !is_bounded && is_long).then_some(Wait { pass, at, members: tried, each: longest.value })
}

fn report(wait: &Wait<'_>, count: usize, most: u64) -> Finding {
    let Wait { pass, at, members, each } = wait;
    let sum = say::time(each.saturating_mul(*members));
    let name = at.name();
    let message = format!("`{name}` holds for each of {members} servers in turn: up to {sum}");
    let prefix = pass.family().prefix();
    let mut finding = Finding::new(&RULE, at.value_span(), message)
        .label(format!("while all of them hang, {} end as 504 only then", say::passed_requests(*pass)))
        .related(pass.span(), "to a group")
        .suggest(
            format!("{prefix}_next_upstream_timeout {};", say::time(*each)),
            edit::put(at.scope(), &format!("{prefix}_next_upstream_timeout {};", say::time(*each))),
        )
        .confidence(Confidence::Medium)
        .predict(Prediction::answers(504, log::READ));
    // The time that one server may take is the greater part of it.
    if *each > most / 2 {
        finding = finding.level(Level::Info);
    }
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}
