//! Addresses that servers cannot share.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "conflicting-listen",
    summary: "`listen` directives contradict each other",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("conflicting_listen.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Listen) {
        let message = format!("`{}` contradicts another `listen`", text(stack, found.place));
        out.push(emerg::finding(&RULE, found, message).label("nginx refuses this address or its options"));
    }
}
