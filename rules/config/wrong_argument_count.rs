//! Directives with too many or too few arguments.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, text};

pub(crate) const RULE: Rule = Rule {
    name: "wrong-argument-count",
    summary: "a directive has too many or too few arguments",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("wrong_argument_count.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in stack.emergs().iter().filter(|found| found.lack.is_none()) {
        let Defect::Count { min, max } = found.defect else { continue };
        let name = text(stack, found.directive);
        let takes = match (min, max) {
            (0, 0) => "takes no arguments".to_owned(),
            (1, 1) => "takes one argument".to_owned(),
            (min, max) if min == max => format!("takes {min} arguments"),
            (min, u16::MAX) => format!("takes at least {min} argument{}", if min == 1 { "" } else { "s" }),
            (min, max) => format!("takes {min} to {max} arguments"),
        };
        out.push(
            emerg::finding(&RULE, found, format!("`{name}` has a wrong number of arguments")).label(takes),
        );
    }
}
