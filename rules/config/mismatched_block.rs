//! Directives with a block that they do not take, or without the one that they need.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "mismatched-block",
    summary: "a directive has a block that it does not take, or lacks the one that it needs",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("mismatched_block.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| matches!(defect, Defect::NoOpening | Defect::NotTerminated)) {
        let name = text(stack, found.directive);
        let (message, label) = match found.defect {
            Defect::NoOpening => (format!("`{name}` has no block"), "a `{` follows its arguments"),
            _ => (format!("`{name}` has a block that it does not take"), "a `;` follows its arguments"),
        };
        out.push(emerg::finding(&RULE, found, message).label(label));
    }
}
