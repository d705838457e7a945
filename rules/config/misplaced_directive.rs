//! Directives in a block that does not take them.

use std::collections::HashSet;

use gatelint_catalog::nginx::{Context, Name};
use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "misplaced-directive",
    summary: "a directive stands in a block that does not take it",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("misplaced_directive.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Misplaced) {
        let name = text(stack, found.directive);
        let label = format!("allowed in {}", places(&name));
        out.push(
            emerg::finding(&RULE, found, format!("`{name}` stands where nginx does not take it"))
                .label(label),
        );
    }
}

/// The blocks that take a directive, as a phrase.
fn places(name: &str) -> String {
    let known = Name::find(name.as_bytes()).map(Name::directives).unwrap_or_default();
    let mut seen = HashSet::new();
    let contexts = known.iter().flat_map(|one| one.contexts).filter(|context| seen.insert(**context));
    let mut names: Vec<String> = contexts
        .map(|context| match context {
            Context::Main => "the main level".to_owned(),
            other => format!("`{}`", other.text()),
        })
        .collect();
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}
