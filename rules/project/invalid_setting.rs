//! Values in gatelint.toml that mean nothing.

use gatelint_lint::settings::{FILE_NAME, ProblemKind};
use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "invalid-setting",
    summary: "`gatelint.toml` holds what is no TOML, or a value that means nothing for its key",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("invalid_setting.md"),
    check,
};

fn check(_: &Stack, out: &mut Findings) {
    for problem in out.problems().iter() {
        let finding = |message: String| Finding::new(&RULE, problem.span, message);
        out.extend(match &problem.kind {
            ProblemKind::Syntax(words) => Some(
                finding(format!("`{FILE_NAME}` is no TOML here"))
                    .label(clip(words))
                    .note("what cannot be read is not set: everything else in the file holds"),
            ),
            ProblemKind::WrongValue { key, expected } => Some(
                finding(format!("the value of `{}` means nothing", clip(key)))
                    .label(format!("expected {expected}"))
                    .note("it is left out, and the default holds"),
            ),
            ProblemKind::MissingKey { key } => {
                Some(finding(format!("`{}` is missing", clip(key))).label("means nothing without it"))
            }
            ProblemKind::UnknownKey { .. } | ProblemKind::UnknownRule { .. } => None,
        });
    }
}
