//! Settings of one protocol in a location that speaks another.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Deref;

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextId, ContextKind, Directive, Family, Pass, may_stand, number};
use gatelint_syntax::Span;

use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "wrong-directive-family",
    summary: "a location sets a directive of another protocol than the one it passes requests by",
    level: Level::Warning,
    covers: &["D8"],
    since: "0.1.0",
    page: include_str!("wrong_directive_family.md"),
    check,
};

/// A setting that families have in common.
struct Common {
    /// The directive without the family's prefix.
    what: &'static str,
    /// What holds where the pass's own family does not set it.
    default: &'static str,
    /// How requests end when that default bites.
    end: Option<(u16, &'static str)>,
}

/// Those whose loss is noticed most come first.
const SETTINGS: [Common; 9] = [
    Common { what: "read_timeout", default: "60s", end: Some((504, log::READ)) },
    Common { what: "buffer_size", default: "4k", end: Some((502, log::HEADER)) },
    Common { what: "connect_timeout", default: "60s", end: Some((504, log::CONNECT)) },
    Common { what: "send_timeout", default: "60s", end: Some((504, log::SEND)) },
    Common { what: "buffers", default: "8 4k", end: None },
    Common { what: "busy_buffers_size", default: "8k", end: None },
    Common { what: "buffering", default: "on", end: None },
    Common { what: "request_buffering", default: "on", end: None },
    Common { what: "max_temp_file_size", default: "1024m", end: None },
];

/// A line without effect.
struct Idle<'a> {
    setting: &'static Common,
    directive: Directive<'a>,
    pass: Pass<'a>,
}

fn check(stack: &Stack, out: &mut Findings) {
    let below = LazyCell::new(|| passes_below_locations(stack));
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
        // The line that changes something is the one that is missed.
        lines.sort_by_key(Idle::is_default);
        if let Some((first, rest)) = lines.split_first() {
            out.push(finding(first, rest));
        }
    }
}

type Below<'a> = HashMap<ContextId, Vec<Pass<'a>>>;

/// The passes in each location, in its `if`s and in the locations nested in it.
fn passes_below_locations(stack: &Stack) -> Below<'_> {
    let mut below = Below::new();
    for pass in stack.passes().filter(|pass| !pass.is_overruled()) {
        for scope in pass.scope().ancestors().filter(|scope| scope.kind() == ContextKind::Location) {
            below.entry(scope.id()).or_default().push(pass);
        }
    }
    below
}

/// The lines `<family>_<what>` of locations that do nothing in any place where they are read.
fn idle_lines<'a>(
    stack: &'a Stack,
    below: &impl Deref<Target = Below<'a>>,
    family: Family,
    setting: &'static Common,
) -> Vec<Idle<'a>> {
    let what = setting.what;
    let mut lines: HashMap<Span, Option<Idle<'a>>> = HashMap::new();
    let mut order = Vec::new();
    for directive in stack.directives(&format!("{}_{what}", family.prefix())) {
        let pass = idle_pass(directive, below, family, what);
        let line = lines.entry(directive.span()).or_insert_with(|| {
            order.push(directive.span());
            pass.map(|pass| Idle { setting, directive, pass })
        });
        if pass.is_none() {
            // A shared snippet that does its work in another place.
            *line = None;
        }
    }
    order.iter().filter_map(|span| lines.remove(span).flatten()).collect()
}

/// The pass of another family that a line was meant for; `None` where it has an effect or nothing is lost.
fn idle_pass<'a>(
    directive: Directive<'a>,
    below: &impl Deref<Target = Below<'a>>,
    family: Family,
    what: &str,
) -> Option<Pass<'a>> {
    let location = directive.scope();
    if location.kind() != ContextKind::Location || location.own(family.directive()).len() > 0 {
        return None;
    }
    let passes = below.get(&location.id())?;
    let has_effect = passes.iter().any(|pass| pass.family() == family);
    let first = *passes.first()?;
    let twin = format!("{}_{what}", first.family().prefix());
    let is_set = |pass: &Pass<'a>| pass.scope().effective(&twin).is_some();
    let is_lost = may_stand(&twin, ContextKind::Location) && !passes.iter().any(is_set);
    (!has_effect && is_lost).then_some(first)
}

impl Idle<'_> {
    /// Whether it merely repeats what holds anyway.
    fn is_default(&self) -> bool {
        let same = |given: &[u8], default: &str| {
            let default = default.as_bytes();
            let times = number::milliseconds(given).zip(number::milliseconds(default));
            let sizes = number::size(given).zip(number::size(default));
            given == default || times.or(sizes).is_some_and(|(given, default)| given == default)
        };
        let args = self.directive.args();
        let defaults = self.setting.default.split(' ');
        args.len() == defaults.clone().count()
            && args.zip(defaults).all(|(arg, default)| same(&arg.value, default))
    }

    /// The directive of the family that the location uses.
    fn twin(&self) -> String {
        format!("{}_{}", self.pass.family().prefix(), self.setting.what)
    }

    /// The line that would have had the effect.
    fn meant(&self) -> String {
        let words: Vec<String> = self.directive.args().map(|arg| say::clip(&arg.text())).collect();
        format!("{} {};", self.twin(), words.join(" "))
    }

    /// Whether it stands in a file that locations include, and may be written for more than this one.
    fn is_included(&self) -> bool {
        let location = self.directive.scope().opener();
        location.is_none_or(|location| location.span().file != self.directive.span().file)
    }
}

fn finding(first: &Idle<'_>, rest: &[Idle<'_>]) -> Finding {
    let family = first.pass.family();
    let message =
        format!("`{}` stands in a location that uses `{}`", first.directive.name(), family.directive());
    let requests = say::passed_requests(first.pass);
    let Common { default, end, .. } = first.setting;
    let label = format!("no effect: {requests} have `{}` at its default, {default}", first.twin());
    // All at once: buffers that are taken over one by one contradict each other.
    let lost = std::iter::once(first).chain(rest.iter().filter(|idle| !idle.is_default()));
    let help: Vec<String> = lost.map(Idle::meant).collect();
    let mut finding = Finding::new(&RULE, first.directive.name_span(), message)
        .label(label)
        .related(first.pass.directive().span(), "the handler")
        .help(help.join(" "));
    for idle in rest {
        finding = finding.related(idle.directive.name_span(), "no effect either");
    }
    if let Some((status, log)) = end {
        finding = finding.predict(Prediction::answers(*status, *log));
    }
    if first.is_included() || first.is_default() { finding.level(Level::Info) } else { finding }
}
