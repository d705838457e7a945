//! What nginx does about a server that does not answer.

use gatelint_lint::{Finding, Level};
use gatelint_model::nginx::{Directive, Pass, Target};

/// Whether requests take it: it stands in a location. Those of stream may
/// speak UDP, of whose listeners nothing is known, and answer no request.
pub(super) fn is_in_use(pass: Pass<'_>) -> bool {
    pass.location().is_some()
}

/// Whether nginx never asks this one.
pub(super) fn is_off(target: &Target<'_>) -> bool {
    target.server.is_some_and(|server| has(server, b"down"))
}

/// Whether nginx does without this server: another of the group works, and nginx goes on to it.
pub(super) fn is_covered_for(
    pass: Pass<'_>,
    target: &Target<'_>,
    works: &dyn Fn(&Target<'_>) -> bool,
) -> bool {
    if target.upstream.is_none() {
        return false;
    }
    let prefix = pass.family().prefix();
    let last = |name: &str| {
        let all = pass.scope().effective(&format!("{prefix}_{name}"))?;
        all.last()
    };
    let goes_on = last("next_upstream").is_none_or(|next| next.args().any(|arg| *arg.value == *b"error"))
        && last("next_upstream_tries").and_then(|tries| tries.arg(0)).is_none_or(|arg| *arg.value != *b"1");
    let all = pass.targets();
    let others = all.iter().filter(|other| other.server != target.server && !is_off(other));
    goes_on && others.filter(|other| other.upstream == target.upstream).any(works)
}

/// What is said of a server that nginx does without.
pub(super) fn covered_for(mut finding: Finding) -> Finding {
    finding.prediction = None;
    finding.level(Level::Info).label("another server of the group answers in its place")
}

fn has(server: Directive<'_>, parameter: &[u8]) -> bool {
    server.args().any(|arg| *arg.value == *parameter)
}
