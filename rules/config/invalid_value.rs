//! Arguments that nginx cannot read.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, text};

pub(crate) const RULE: Rule = Rule {
    name: "invalid-value",
    summary: "an argument is not what the directive reads",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("invalid_value.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in stack.emergs().iter().filter(|found| found.lack.is_none()) {
        let Defect::Value(expected) = found.defect else { continue };
        let (name, value) = (text(stack, found.directive), text(stack, found.place));
        let finding = emerg::finding(&RULE, found, format!("`{name}` does not take `{value}`"));
        out.push(finding.label(format!("nginx expects {}", emerg::expected(expected))));
    }
}
