//! Conditions that `if` does not understand.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "invalid-condition",
    summary: "`if` has a condition that nginx does not understand",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("invalid_condition.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Condition) {
        let message = format!("`{}` is no condition", text(stack, found.place));
        out.push(
            emerg::finding(&RULE, found, message)
                .label("nginx tests a variable, `=`, `~`, `-f` and their like"),
        );
    }
}
