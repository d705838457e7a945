//! Nested locations that a pass does not reach.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, DocumentRoot, Pass, Scope, Serving};

use crate::edit::{self, Mend};
use crate::say::{clip, requests};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "unpassed-nested-location",
    summary: "a nested location sets up a pass that it does not have: passes are not inherited",
    level: Level::Error,
    covers: &["H10"],
    since: "0.1.0",
    page: include_str!("unpassed_nested_location.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for pass in stack.passes().filter(|pass| pass.scope().kind() == ContextKind::Location) {
        for inner in pass.scope().blocks_of(ContextKind::Location) {
            out.extend(finding(pass, inner));
        }
    }
}

fn finding(pass: Pass<'_>, inner: Scope<'_>) -> Option<Finding> {
    let prefix = format!("{}_", pass.family().prefix());
    let sets: Directive<'_> = inner.directives().find(|one| one.name().starts_with(&prefix))?;
    let finds_files = inner.document_root() != DocumentRoot::Default;
    let acts = ["rewrite", "try_files", "alias", "root"].iter().any(|name| inner.own(name).len() > 0);
    let is_silent =
        acts || inner.blocks().next().is_some() || inner.serving(b"/x") != Serving::File || finds_files;
    if is_silent || !inner.is_whole_to_server() {
        return None;
    }
    let opener = inner.opener()?;
    let argument = pass.directive().arg(0)?;
    let again = format!("{} {};", pass.directive().name(), clip(&argument.text()));
    Some(
        Finding::new(&RULE, opener.span(), "this nested location has no pass of its own and inherits none")
            .confidence(Confidence::High)
            .label(format!("{} are looked for as files and end as 404", requests(inner)))
            .related(pass.directive().span(), "holds for the outer location alone")
            .related(sets.span(), "without a pass this has no effect")
            .predict(Prediction::answers(404, "failed (2: No such file or directory)"))
            .suggest(format!("add `{again}` to it"), edit::put(inner, &again)),
    )
}
