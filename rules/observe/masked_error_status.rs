//! Failures that are answered with a status of success.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Pass};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "masked-error-status",
    summary: "`error_page` gives a failing backend's answer a status of success: caches keep it, monitors are content",
    level: Level::Warning,
    covers: &["L5"],
    since: "0.1.0",
    page: include_str!("masked_error_status.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.directives("error_page").next().is_none() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        let Some(pages) = pass.scope().effective("error_page") else { continue };
        for page in pages.directives {
            if let Some((code, status)) = masked(page) {
                found.add(page.span(), (page, code, status, pass));
            }
        }
    }
    out.extend(found.iter().map(|((page, code, status, pass), _)| report(*page, *code, *status, *pass)));
}

/// The code of a failing backend and the success that is said instead.
fn masked(page: Directive<'_>) -> Option<(u16, u16)> {
    let words: Vec<String> = page.args().map(|arg| arg.text().into_owned()).collect();
    let status = words.iter().find_map(|word| word.strip_prefix('=')?.parse::<u16>().ok())?;
    let codes = words.iter().filter_map(|word| word.parse::<u16>().ok());
    let code = codes.into_iter().find(|code| matches!(code, 502 | 504))?;
    (200..300).contains(&status).then_some((code, status))
}

fn report(page: Directive<'_>, code: u16, status: u16, pass: Pass<'_>) -> Finding {
    let kept = std::iter::once("error_page".to_owned());
    let kept =
        kept.chain(page.args().map(|arg| arg.text().into_owned()).filter(|word| !word.starts_with('=')));
    let kept: Vec<String> = kept.collect();
    // A named location may be another backend, which answers for itself.
    let uri = page.args().last().map(|arg| arg.text().into_owned()).unwrap_or_default();
    let level = if uri.starts_with('@') { Level::Info } else { Level::Warning };
    let log = "connect() failed (111: Connection refused) while connecting to upstream";
    Finding::new(&RULE, page.span(), format!("{code} of a failing backend is answered with {status}"))
        .level(level)
        .label(format!(
            "while the backend is down, {} end as {status}, which caches keep",
            say::passed_requests(pass)
        ))
        .suggest(format!("{};", say::clip(&kept.join(" "))), edit::statement(page, kept.join(" ")))
        .predict(Prediction::answers(status, log))
}
