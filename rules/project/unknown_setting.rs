//! Names in gatelint.toml that no setting and no rule has.

use gatelint_lint::settings::ProblemKind;
use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unknown-setting",
    summary: "`gatelint.toml` names a setting or a rule that does not exist",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unknown_setting.md"),
    check,
};

fn check(_: &Stack, out: &mut Findings) {
    for problem in out.problems().iter() {
        let (message, nearest, other) = match &problem.kind {
            ProblemKind::UnknownKey { key, table, nearest } if table.is_empty() => {
                (format!("there is no setting `{}`", clip(key)), nearest, "`gatelint config` lists them all")
            }
            ProblemKind::UnknownKey { key, table, nearest } => (
                format!("there is no setting `{}` in `{}`", clip(key), clip(table)),
                nearest,
                "`gatelint config` lists them all",
            ),
            ProblemKind::UnknownRule { name, nearest } => {
                (format!("there is no rule `{}`", clip(name)), nearest, "`gatelint rule` lists them all")
            }
            _ => continue,
        };
        let help = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => other.to_owned(),
        };
        out.push(Finding::new(&RULE, problem.span, message).label("has no effect").help(help));
    }
}
