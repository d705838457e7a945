//! Locations inside locations that do not take them.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

pub(crate) const RULE: Rule = Rule {
    name: "misnested-location",
    summary: "a location stands in one that does not take it",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("misnested_location.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Nesting) {
        let message =
            format!("the location `{}` stands in one that does not take it", text(stack, found.place));
        out.push(emerg::finding(&RULE, found, message).label("nginx refuses it here"));
    }
}
