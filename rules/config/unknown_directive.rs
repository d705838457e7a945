//! Names that no nginx knows.

use gatelint_lint::{Findings, Level, Rule, Safety};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::Defect;

use super::emerg::{self, emergs, text};

use crate::edit::{self, Mend};

pub(crate) const RULE: Rule = Rule {
    name: "unknown-directive",
    summary: "no module of nginx has a directive of this name",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unknown_directive.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::UnknownDirective) {
        let name = text(stack, found.directive);
        let finding = emerg::finding(&RULE, found, format!("`{name}` is no directive of nginx"));
        out.push(match &found.meant {
            Some(meant) => {
                let edit = emerg::edited(stack, found, meant).unwrap_or_else(|| meant.to_string());
                let finding = finding.label(format!("close to `{meant}`")).help(edit);
                finding.mend(Safety::Unsafe, format!("write `{meant}`"), edit::word(found.place, meant))
            }
            None if is_plain(&name) => finding
                .level(Level::Warning)
                .label("no known module has it")
                .note("a module of your own may bring it"),
            None => finding.label("nginx takes it as the name of a directive"),
        });
    }
}

/// Whether a module could have a directive of this name.
fn is_plain(name: &str) -> bool {
    name.contains('_')
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}
