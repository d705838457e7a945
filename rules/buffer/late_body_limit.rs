//! A body limit that is raised only where a request is sent on to: the first location refuses it before.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{ContextKind, Directive, Redirect};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "late-body-limit",
    summary: "`client_max_body_size` is raised only in the location that requests are sent on to",
    level: Level::Warning,
    covers: &["E6"],
    since: "0.1.0",
    page: include_str!("late_body_limit.md"),
    check,
};

/// nginx's default of `client_max_body_size`, in bytes.
const DEFAULT: u64 = 1 << 20;

/// A location with a limit that requests do not get to.
struct Late<'a> {
    by: Directive<'a>,
    raised: u64,
    redirect: Redirect<'a>,
    /// The limit of the location before, in bytes.
    first: u64,
    first_by: Option<Directive<'a>>,
}

fn check(stack: &Stack, out: &mut Findings) {
    let is_inner = |one: Directive<'_>| one.scope().kind() == ContextKind::Location;
    if !stack.directives("client_max_body_size").any(is_inner) {
        return;
    }
    let mut found = ByPlace::default();
    for by in ["try_files", "rewrite"].iter().flat_map(|name| stack.directives(name)) {
        let Some(redirect) = by.redirect() else { continue };
        let (Some(raised), Some(first)) = (
            redirect.to.size("client_max_body_size", DEFAULT),
            redirect.from.size("client_max_body_size", DEFAULT),
        ) else {
            continue;
        };
        let is_raised = first.value != 0 && (raised.value == 0 || raised.value > first.value);
        let Some(by) = raised.by.filter(|by| is_raised && is_inner(*by)) else { continue };
        // A location nested in the one that has the limit gets it too.
        if redirect.from.ancestors().any(|scope| scope == by.scope()) {
            continue;
        }
        let late = Late { by, raised: raised.value, redirect, first: first.value, first_by: first.by };
        found.add(by.value_span(), late);
    }
    out.extend(found.iter().map(|(late, count)| finding(late, count)));
}

fn finding(late: &Late<'_>, count: usize) -> Finding {
    let first = say::size(late.first);
    let raised = match late.raised {
        0 => "the lifting of the limit".to_owned(),
        raised => format!("the limit of {}", say::size(raised)),
    };
    let message = format!("{raised} comes too late: requests come through a location that takes {first}");
    let log = format!("client intended to send too large body: {} bytes", late.first.saturating_add(1));
    let from = say::requests(late.redirect.from);
    let finding = Finding::new(&RULE, late.by.value_span(), message)
        .label("asked only after nginx has sent the request on")
        .related(
            late.redirect.by.span(),
            format!("{from} with more than {first} end as 413 before they are sent on"),
        );
    let finding = match late.first_by {
        Some(by) => finding.related(by.value_span(), "this limit is asked first"),
        None => finding.note("where it is not set, the limit is 1m"),
    };
    let value = late.by.arg(0).map(|arg| say::clip(&arg.text())).unwrap_or_default();
    let line = format!("client_max_body_size {value};");
    let edits = match (late.first_by, late.redirect.from.enclosing(ContextKind::Server)) {
        (Some(by), _) => edit::statement(by, &line),
        (None, Some(server)) => edit::put(server, &line),
        (None, None) => Vec::new(),
    };
    let finding = finding
        .suggest(format!("in the server block: client_max_body_size {value};"), edits)
        .predict(Prediction::answers(413, log));
    if count > 1 { finding.note(format!("{count} lines send requests there")) } else { finding }
}
