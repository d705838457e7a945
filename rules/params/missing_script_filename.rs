//! PHP that is not told which script to run.

use std::collections::HashSet;

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};

use super::list::{List, lists};
use crate::edit::{self, Mend};
use crate::say::passed_requests;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "missing-script-filename",
    summary: "a pass to PHP does not say which script to run: `SCRIPT_FILENAME` is not passed",
    level: Level::Error,
    covers: &["H1"],
    since: "0.1.0",
    page: include_str!("missing_script_filename.md"),
    check,
};

const LOG: &str =
    "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = HashSet::new();
    for list in lists(stack) {
        // Without REQUEST_METHOD PHP does not get as far as looking for a script: another rule's defect.
        // PHP falls back to PATH_TRANSLATED (init_request_info() of sapi/fpm/fpm/fpm_main.c).
        let is_told = list.get("SCRIPT_FILENAME").or_else(|| list.get("PATH_TRANSLATED")).is_some();
        if !is_told && list.get("REQUEST_METHOD").is_some() && seen.insert(list.scope.id()) {
            out.push(finding(stack, &list));
        }
    }
}

fn finding(stack: &Stack, list: &List<'_>) -> Finding {
    let hidden = list.hidden("SCRIPT_FILENAME");
    let hides = hidden.and_then(|_| list.written_here());
    let at = hides.map_or(list.pass.directive().span(), |line| line.span());
    let message = match hidden {
        Some(_) => "`SCRIPT_FILENAME` of the outer level is not passed to PHP",
        None => "`SCRIPT_FILENAME` is not among the parameters passed to PHP",
    };
    let mut finding = Finding::new(&RULE, at, message)
        .label(format!("{} end as 404 `File not found.`", passed_requests(list.pass)))
        .predict(Prediction::answers(404, LOG));
    if let Some(hidden) = hidden {
        finding = finding.related(
            hidden.span(),
            "replaced: an inner level with a `fastcgi_param` of its own inherits none",
        );
    } else if let Some(first) = list.lines().next() {
        finding = finding.related(first.span(), "the list of parameters begins here");
    }
    finding = list.assumed(stack, finding);
    let value = match hidden.and_then(|line| line.arg(1)) {
        Some(value) => value.text().into_owned(),
        None if list.pass.location().is_some_and(|location| location.own("alias").len() > 0) => {
            "$request_filename".to_owned()
        }
        None => "$document_root$fastcgi_script_name".to_owned(),
    };
    let line = format!("fastcgi_param SCRIPT_FILENAME {value};");
    let edits = match hides {
        Some(hides) => edit::after(hides, &[&line]),
        None => edit::append(list.scope, &[&line]),
    };
    finding.cure(format!("add `{line}` beside the other parameters"), edits)
}
