//! Lines of a block that speaks another protocol: they do nothing.

use std::collections::HashMap;
use std::ops::Deref;

use gatelint_lint::Stack;
use gatelint_model::nginx::{ContextId, ContextKind, Directive, Family, Pass, may_stand, number};
use gatelint_syntax::Span;

use crate::say;
use crate::setting::only_arg;

/// A setting that families have in common.
pub(super) struct Common {
    /// The directive without the family's prefix.
    pub(super) what: &'static str,
    /// What holds where the pass's own family does not set it.
    pub(super) default: &'static str,
    /// How requests end when that default bites.
    pub(super) end: Option<(u16, &'static str)>,
}

/// A line without effect.
pub(super) struct Idle<'a> {
    pub(super) setting: &'static Common,
    pub(super) directive: Directive<'a>,
    /// The pass of another family that it was meant for.
    pub(super) pass: Pass<'a>,
    /// The smaller value of an outer level that holds instead; `None` for the default.
    pub(super) held: Option<Directive<'a>>,
}

pub(super) type Below<'a> = HashMap<ContextId, Vec<Pass<'a>>>;

/// The passes in each server and location, in its `if`s and in the locations nested in it.
pub(super) fn passes_below(stack: &Stack) -> Below<'_> {
    let mut below = Below::new();
    for pass in stack.passes() {
        for scope in pass.scope().ancestors().filter(|scope| is_block(scope.kind())) {
            below.entry(scope.id()).or_default().push(pass);
        }
    }
    below
}

fn is_block(kind: ContextKind) -> bool {
    matches!(kind, ContextKind::Location | ContextKind::Server)
}

/// The lines `<family>_<what>` that do nothing in any place where they are read.
pub(super) fn idle_lines<'a>(
    stack: &'a Stack,
    below: &impl Deref<Target = Below<'a>>,
    family: Family,
    setting: &'static Common,
) -> Vec<Idle<'a>> {
    let mut lines: HashMap<Span, Option<Idle<'a>>> = HashMap::new();
    let mut order = Vec::new();
    for directive in stack.directives(&format!("{}_{}", family.prefix(), setting.what)) {
        let idle = Idle::read(directive, below, family, setting);
        // A shared snippet does its work in another place.
        let is_busy = idle.is_none();
        let line = lines.entry(directive.span()).or_insert_with(|| {
            order.push(directive.span());
            idle
        });
        if is_busy {
            *line = None;
        }
    }
    order.iter().filter_map(|span| lines.remove(span).flatten()).collect()
}

/// Whether a directive's only argument is a smaller time or size than another's.
fn is_below(one: Directive<'_>, other: Directive<'_>) -> bool {
    let read = |parse: fn(&[u8]) -> Option<u64>| {
        let one = only_arg(one).and_then(|arg| parse(&arg.value));
        one.zip(only_arg(other).and_then(|arg| parse(&arg.value)))
    };
    let (times, sizes) = (read(number::milliseconds), read(number::size));
    times.or(sizes).is_some_and(|(one, other)| one < other)
}

impl<'a> Idle<'a> {
    /// `None` where a line has an effect, or nothing is lost.
    fn read(
        directive: Directive<'a>,
        below: &impl Deref<Target = Below<'a>>,
        family: Family,
        setting: &'static Common,
    ) -> Option<Self> {
        let block = directive.scope();
        if !is_block(block.kind()) || block.own(family.directive()).len() > 0 {
            return None;
        }
        // What it takes in from elsewhere may have locations that pass by this family.
        if block.kind() == ContextKind::Server && !block.is_whole() {
            return None;
        }
        let passes = below.get(&block.id())?;
        let pass = *passes.first()?;
        let is_one_kind = passes.iter().all(|other| other.family() == pass.family());
        if passes.iter().any(|pass| pass.family() == family)
            || block.kind() == ContextKind::Server && !is_one_kind
        {
            return None;
        }
        let twin = format!("{}_{}", pass.family().prefix(), setting.what);
        let mut held = None;
        for pass in passes {
            let Some(effective) = pass.scope().effective(&twin) else { continue };
            // Whoever set both here knows of both.
            let is_outside = block.ancestors().skip(1).any(|outer| outer == effective.scope);
            held = Some(effective.last().filter(|twin| is_outside && is_below(*twin, directive))?);
        }
        may_stand(&twin, block.kind()).then_some(Self { setting, directive, pass, held })
    }

    /// Whether it merely repeats what holds anyway.
    pub(super) fn is_default(&self) -> bool {
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
    pub(super) fn twin(&self) -> String {
        format!("{}_{}", self.pass.family().prefix(), self.setting.what)
    }

    /// The line that would have had the effect.
    pub(super) fn meant(&self) -> String {
        let words: Vec<String> = self.directive.args().map(|arg| say::clip(&arg.text())).collect();
        format!("{} {};", self.twin(), words.join(" "))
    }

    /// Whether it stands in a file that blocks include, and may be written for more than this one.
    pub(super) fn is_included(&self) -> bool {
        let block = self.directive.scope().opener();
        block.is_none_or(|block| block.span().file != self.directive.span().file)
    }
}
