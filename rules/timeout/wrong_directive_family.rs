//! Settings of one protocol in a block that speaks another.

use std::cell::LazyCell;
use std::collections::HashMap;

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextId, ContextKind, Family};

use super::idle::{Common, Idle, idle_lines, passes_below};
use crate::edit::{self, Mend};
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "wrong-directive-family",
    summary: "a location or server sets a directive of another protocol than the one it passes requests by",
    level: Level::Warning,
    covers: &["D8"],
    since: "0.1.0",
    page: include_str!("wrong_directive_family.md"),
    check,
};

/// Those whose loss is noticed most come first.
const SETTINGS: [Common; 9] = [
    Common { what: "buffer_size", default: "4k", end: Some((502, log::HEADER)) },
    Common { what: "read_timeout", default: "60s", end: Some((504, log::READ)) },
    Common { what: "connect_timeout", default: "60s", end: Some((504, log::CONNECT)) },
    Common { what: "send_timeout", default: "60s", end: Some((504, log::SEND)) },
    Common { what: "buffers", default: "8 4k", end: None },
    Common { what: "busy_buffers_size", default: "8k", end: None },
    Common { what: "buffering", default: "on", end: None },
    Common { what: "request_buffering", default: "on", end: None },
    Common { what: "max_temp_file_size", default: "1024m", end: None },
];

fn check(stack: &Stack, out: &mut Findings) {
    let below = LazyCell::new(|| passes_below(stack));
    let mut found: Vec<Vec<Idle<'_>>> = Vec::new();
    let mut by_location: HashMap<ContextId, usize> = HashMap::new();
    for setting in &SETTINGS {
        for family in Family::ALL {
            for idle in idle_lines(stack, &below, family, setting) {
                let location = idle.directive.scope().id();
                let at = *by_location.entry(location).or_insert(found.len());
                match found.get_mut(at) {
                    Some(lines) => lines.push(idle),
                    None => found.push(vec![idle]),
                }
            }
        }
    }
    for mut lines in found {
        // The line that changes something is the one that is missed, most of all where a smaller value holds.
        lines.sort_by_key(|line| (line.is_default(), line.held.is_none()));
        if let Some((first, rest)) = lines.split_first() {
            out.push(finding(first, rest));
        }
    }
}

fn finding(first: &Idle<'_>, rest: &[Idle<'_>]) -> Finding {
    let family = first.pass.family();
    let is_server = first.directive.scope().kind() == ContextKind::Server;
    let block = if is_server { "server" } else { "location" };
    let message =
        format!("`{}` stands in a {block} that uses `{}`", first.directive.name(), family.directive());
    let requests = say::passed_requests(first.pass);
    let Common { default, end, .. } = first.setting;
    let value = first.held.and_then(|held| held.arg(0));
    let label = match value {
        Some(value) => {
            format!("no effect: {requests} have `{}` at {}", first.twin(), say::clip(&value.text()))
        }
        None => format!("no effect: {requests} have `{}` at its default, {default}", first.twin()),
    };
    // All at once: buffers that are taken over one by one contradict each other.
    let lost = std::iter::once(first).chain(rest.iter().filter(|idle| !idle.is_default()));
    let help: Vec<String> = lost.map(Idle::meant).collect();
    let mut finding = Finding::new(&RULE, first.directive.name_span(), message)
        .label(label)
        .related(first.pass.directive().span(), "the handler")
        .suggest(
            help.join(" "),
            std::iter::once(first)
                .chain(rest)
                .flat_map(|idle| edit::statement(idle.directive, idle.meant()))
                .collect(),
        );
    if let Some(held) = first.held {
        finding = finding.related(held.span(), "this holds instead");
    }
    for idle in rest {
        finding = finding.related(idle.directive.name_span(), "no effect either");
    }
    if let Some((status, log)) = end {
        finding = finding.predict(Prediction::answers(*status, *log));
    }
    if first.is_included() || first.is_default() { finding.level(Level::Info) } else { finding }
}
