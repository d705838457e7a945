//! Patterns that PCRE refuses.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "invalid-regex",
    summary: "PCRE cannot compile a regular expression",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("invalid_regex.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Regex) {
        let message = format!("`{}` is no valid regular expression", text(stack, found.place));
        out.push(emerg::finding(&RULE, found, message).label("PCRE refuses it"));
    }
}
