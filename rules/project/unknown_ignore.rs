//! Ignore comments that ignore nothing, because of how they are written.

use gatelint_lint::ignore::{State, Why};
use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unknown-ignore",
    summary: "an ignore comment names no rule, or one that does not exist",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unknown_ignore.md"),
    check,
};

fn check(_: &Stack, out: &mut Findings) {
    let ignores = out.ignores();
    for name in ignores.names() {
        let State::Unknown(nearest) = &name.state else { continue };
        let help = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`gatelint rule` lists them all".to_owned(),
        };
        let message = format!("there is no rule `{}`", clip(&name.text));
        out.push(Finding::new(&RULE, name.span, message).label("ignores nothing").help(help));
    }
    for malformed in ignores.malformed() {
        let (message, help) = match malformed.why {
            Why::UnknownWord => {
                ("neither `ignore` nor `ignore-file` follows `gatelint:`", "gatelint: ignore[RULE] reason")
            }
            Why::NoRules => ("an ignore comment without rules in brackets", "gatelint: ignore[RULE] reason"),
            Why::NotAtTheTop => (
                "`ignore-file` below the first line that says something",
                "move it to the top of the file, or ignore lines: gatelint: ignore[RULE] reason",
            ),
        };
        out.push(Finding::new(&RULE, malformed.span, message).label("ignores nothing").help(help));
    }
}
