//! Response headers of an outer level that an inner level's own list replaces.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Scope};
use rustc_hash::FxHashSet;

use crate::by_place::ByPlace;
use crate::say::{clip, requests};

pub(crate) const RULE: Rule = Rule {
    name: "dropped-response-headers",
    summary: "`Strict-Transport-Security` and others are lost: a level with an `add_header` of its own inherits none",
    level: Level::Info,
    covers: &["L6"],
    since: "0.1.0",
    page: include_str!("dropped_response_headers.md"),
    check,
};

/// Headers that browsers act on, page by page.
const TELLING: [&str; 7] = [
    "strict-transport-security",
    "content-security-policy",
    "x-frame-options",
    "x-content-type-options",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "referrer-policy",
];

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    let mut found = ByPlace::default();
    for first in stack.directives("add_header") {
        let scope = first.scope();
        let is_inner = matches!(scope.kind(), ContextKind::Location | ContextKind::IfInLocation);
        if !is_inner || !seen.insert(scope.id()) || !scope.is_whole() || answers_alone(scope) {
            continue;
        }
        // `merge` of nginx 1.29.3 adds the outer list.
        if scope.effective("add_header_inherit").is_some() {
            continue;
        }
        let Some(outer) = scope.parent().and_then(|parent| parent.effective("add_header")) else { continue };
        let own: FxHashSet<String> = scope.own("add_header").map(name).collect();
        let lost: Vec<Directive<'_>> = outer
            .directives
            .into_iter()
            .filter(|line| TELLING.contains(&name(*line).as_str()) && !own.contains(&name(*line)))
            .collect();
        if !lost.is_empty() {
            found.add(first.span(), (first, lost));
        }
    }
    out.extend(found.iter().filter_map(|((first, lost), count)| finding(stack, *first, lost, count)));
}

/// Whether the block only redirects or refuses.
fn answers_alone(scope: Scope<'_>) -> bool {
    scope.own("return").next().is_some()
}

fn name(line: Directive<'_>) -> String {
    line.arg(0).map(|arg| arg.text().to_ascii_lowercase()).unwrap_or_default()
}

fn finding(stack: &Stack, first: Directive<'_>, lost: &[Directive<'_>], count: usize) -> Option<Finding> {
    let outer = lost.first()?;
    let names: Vec<String> = lost
        .iter()
        .take(2)
        .filter_map(|line| line.arg(0))
        .map(|arg| format!("`{}`", clip(&arg.text())))
        .collect();
    let more = if lost.len() > 2 { format!(" and {} more", lost.len() - 2) } else { String::new() };
    let lines: Vec<String> = lost
        .iter()
        .take(3)
        .map(|line| String::from_utf8_lossy(stack.sources.text(line.span())).into_owned() + ";")
        .collect();
    let message =
        format!("answers are without {}{more}: this level has headers of its own", names.join(", "));
    let finding = Finding::new(&RULE, first.span(), message)
        .label(format!("holds alone for {}", requests(first.scope())))
        .related(outer.span(), "replaced, with the whole list that it belongs to")
        .help(format!("repeat here: {}", lines.join(" ").chars().take(300).collect::<String>()));
    Some(if count > 1 { finding.note(format!("{count} places are affected")) } else { finding })
}
