//! Status codes without `=` at the end of `try_files`.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Safety, Stack};
use gatelint_model::nginx::Directive;
use gatelint_syntax::Span;

use crate::edit::{self, Mend};
use crate::say::{clip, requests};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "bare-status-fallback",
    summary: "`try_files` ends with a status code without `=`: it is taken for a URI",
    level: Level::Warning,
    covers: &["H24"],
    since: "0.1.0",
    page: include_str!("bare_status_fallback.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for tries in stack.directives("try_files") {
        out.extend(finding(tries));
    }
}

fn finding(tries: Directive<'_>) -> Option<Finding> {
    let last = tries.args().last().filter(|_| tries.args().len() > 1)?;
    let code = last.text().into_owned();
    let is_code = code.len() == 3 && matches!(code.as_bytes(), [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9']);
    if !is_code {
        return None;
    }
    let scope = tries.scope();
    // "404" begins with no `/`: no prefix takes it, and the file is looked for beside the root.
    let file = scope.file_of(b"/x").and_then(|path| Some(path.parent()?.display().to_string()));
    let log = file.map_or_else(String::new, |dir| {
        format!("open() \"{}{code}\" failed (2: No such file or directory)", clip(&dir))
    });
    let prediction = Prediction::answers(404, log);
    // `= 404`: a word too many.
    let apart = tries
        .args()
        .nth(tries.args().len().saturating_sub(2))
        .filter(|sign| *sign.value == *b"=" && sign.span.file == last.span.file);
    let place = apart.map_or(last.span, |sign| Span { start: sign.span.start, ..last.span });
    let finding = Finding::new(&RULE, last.span, format!("`{code}` is taken for a URI, not for a status"))
        .label(format!("{} that are no file are redirected to the URI `{code}`", requests(scope)))
        .level(if code == "404" { Level::Warning } else { Level::Error })
        .predict(prediction)
        .help(format!("`={code}`"))
        .mend(Safety::Safe, format!("write `={code}`"), edit::replace(place, format!("={code}")));
    Some(finding)
}
