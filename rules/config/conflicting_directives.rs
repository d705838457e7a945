//! Directives that exclude each other.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "conflicting-directives",
    summary: "directives exclude each other or come in the wrong order",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("conflicting_directives.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Conflict) {
        let message = format!("`{}` contradicts another directive", text(stack, found.place));
        out.push(emerg::finding(&RULE, found, message).label("nginx refuses the two together"));
    }
}
