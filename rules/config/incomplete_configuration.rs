//! What a configuration lacks to start.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, text};

pub(crate) const RULE: Rule = Rule {
    name: "incomplete-configuration",
    summary: "a block lacks something that nginx needs",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("incomplete_configuration.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in stack.emergs().iter().filter(|found| found.lack.is_none()) {
        let Defect::Missing(expected) = found.defect else { continue };
        let (name, what) = (text(stack, found.directive), emerg::expected(expected));
        let message = match found.at {
            None => format!("the configuration lacks {what}"),
            _ => format!("`{name}` lacks {what}"),
        };
        out.push(emerg::finding(&RULE, found, message).label("nginx does not start without it"));
    }
}
