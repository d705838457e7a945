//! Settings that every family of passes has under its own prefix, with the passes that get them.

use gatelint_lint::Stack;
use gatelint_model::Address;
use gatelint_model::nginx::{Arg, Directive, Family, Pass};
use rustc_hash::FxHashMap;

use crate::say;

/// One line that sets `<family>_<what>`, however often it is read, and the passes for which it holds.
pub(crate) struct Setting<'a> {
    /// The family of the directive and of the passes.
    pub(crate) family: Family,
    /// Each pass with the directive that reaches it; never empty. All directives are one line of one file.
    pub(crate) uses: Vec<(Directive<'a>, Pass<'a>)>,
}

/// Every line that sets `<family>_<what>` for a pass of that family. A line that no pass gets is not among them:
/// nothing follows from it. Neither is one that nginx refuses for being there twice.
pub(crate) fn settings<'a>(stack: &'a Stack, what: &str) -> Vec<Setting<'a>> {
    let names = Family::ALL.map(|family| (family, format!("{}_{what}", family.prefix())));
    let names: Vec<_> = names.iter().filter(|(_, name)| stack.directives(name).next().is_some()).collect();
    let mut settings: Vec<Setting<'a>> = Vec::new();
    let mut lines = FxHashMap::default();
    for pass in stack.passes().filter(|_| !names.is_empty()) {
        let Some((family, name)) = names.iter().find(|(family, _)| *family == pass.family()) else {
            continue;
        };
        let Some(effective) = pass.scope().effective(name) else { continue };
        let [by] = effective.directives[..] else { continue };
        let at = *lines.entry(by.text_id()).or_insert(settings.len());
        match settings.get_mut(at) {
            Some(setting) => setting.uses.push((by, pass)),
            None => settings.push(Setting { family: *family, uses: vec![(by, pass)] }),
        }
    }
    settings
}

impl<'a> Setting<'a> {
    /// The directive's only argument, read by `parse`; `None` where nginx refuses it or a template fills it in.
    pub(crate) fn value<T>(&self, parse: fn(&[u8]) -> Option<T>) -> Option<T> {
        only_arg(self.directive()?).and_then(|arg| parse(&arg.value))
    }

    /// The directive, in the first place where it is read.
    pub(crate) fn directive(&self) -> Option<Directive<'a>> {
        self.uses.first().map(|(by, _)| *by)
    }

    /// Whether something is true of every pass.
    pub(crate) fn all(&self, is: impl FnMut(Pass<'a>) -> bool) -> bool {
        self.uses.iter().map(|(_, pass)| *pass).all(is)
    }

    /// "requests for `/api/` of `shop.example`", or how many places there are.
    pub(crate) fn requests(&self) -> String {
        match self.uses.as_slice() {
            [(_, pass)] => say::passed_requests(*pass),
            uses => format!("requests of {} locations", uses.len()),
        }
    }
}

/// The argument of a directive that takes exactly one.
pub(crate) fn only_arg(directive: Directive<'_>) -> Option<Arg<'_>> {
    let mut args = directive.args();
    args.next().filter(|_| args.len() == 0)
}

/// What a pass connects to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// TCP alone.
    Tcp,
    /// Unix sockets alone.
    Unix,
    /// Both, or it is not known.
    Open,
}

/// Over what a pass connects.
pub(crate) fn transport(pass: Pass<'_>) -> Transport {
    let targets = pass.targets();
    let unix = targets.iter().filter(|target| matches!(target.address, Address::Unix(_))).count();
    match unix {
        _ if targets.is_empty() || !pass.is_closed() => Transport::Open,
        0 => Transport::Tcp,
        unix if unix == targets.len() => Transport::Unix,
        _ => Transport::Open,
    }
}
