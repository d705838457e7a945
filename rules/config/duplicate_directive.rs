//! Directives that stand twice in one block.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "duplicate-directive",
    summary: "a directive stands twice in a block that takes it once",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("duplicate_directive.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Duplicate) {
        let name = text(stack, found.directive);
        let finding = emerg::finding(&RULE, found, format!("`{name}` stands twice in one block"));
        out.push(finding.label("nginx takes it once"));
    }
}
