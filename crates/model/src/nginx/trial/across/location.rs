//! Locations within locations (`ngx_http_core_location()` of `src/http/ngx_http_core_module.c`), and those that a
//! level has twice (`ngx_http_join_exact_locations()` of `src/http/ngx_http.c`).

use std::borrow::Cow;

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::location::{LocationName, Way};
use crate::nginx::trial::setter::location::misnested;
use crate::nginx::trial::{Defect, Evidence, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope};

pub(super) struct Locations;

/// How a `location` directive is read; `None` where nginx refuses it, and for any other directive.
pub(super) fn location_of(directive: Directive<'_>) -> Option<LocationName<'_>> {
    if directive.name() != "location" {
        return None;
    }
    LocationName::read(directive.arg(0)?.value, directive.arg(1).map(|arg| arg.value))
}

impl<'a> Check<'a> for Locations {
    fn names(&self) -> &'static [&'static str] {
        &["location", "limit_except"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let scope = directive.scope();
        if name.text() == "limit_except" {
            return single(directive, log);
        }
        let outer = scope.opener().filter(|_| scope.kind() == ContextKind::Location);
        let fault = outer.and_then(|outer| misnested(&location_of(directive)?, &location_of(outer)?));
        let Some((outer, fault)) = outer.zip(fault) else { return };
        let takes_any =
            location_of(outer).is_some_and(|outer| matches!(outer.way, Way::Prefix | Way::PrefixOnly));
        let Some(emerg) = log.refuse(directive, fault) else { return };
        if takes_any {
            emerg.show(outer.span(), Evidence::Around);
        } else {
            // Whatever stands in such a location, its modifier is what keeps it out.
            emerg.place = outer.args().map(|arg| arg.span).next().unwrap_or_else(|| outer.name_span());
            emerg.show(directive.span(), Evidence::Inside);
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        match scope.kind() {
            ContextKind::Http => {
                scope.blocks_of(ContextKind::Server).for_each(|server| repeated(server, log))
            }
            ContextKind::Server if scope.opener().is_none() => repeated(scope, log),
            _ => {}
        }
    }
}

/// A location has one `limit_except`.
fn single(directive: Directive<'_>, log: &mut Log) {
    let mut all = directive.scope().blocks_of(ContextKind::LimitExcept).filter_map(Scope::opener);
    let Some(first) = all.next().filter(|first| first.id() < directive.id()) else { return };
    let fault = Fault::new(Defect::Duplicate, 0, "\"limit_except\" directive is duplicate");
    if let Some(emerg) = log.refuse(directive, fault) {
        emerg.show(first.span(), Evidence::First);
    }
}

/// A location that is found by its name.
struct Entry<'a> {
    name: Cow<'a, [u8]>,
    is_exact: bool,
    word: usize,
    directive: Directive<'a>,
}

impl<'a> Entry<'a> {
    fn read(directive: Directive<'a>) -> Option<Self> {
        let LocationName { way, name, word } = location_of(directive)?;
        let is_exact = way == Way::Exact;
        (is_exact || matches!(way, Way::Prefix | Way::PrefixOnly)).then_some(Self {
            name,
            is_exact,
            word,
            directive,
        })
    }
}

/// The locations of one block that are found by name, in the order of nginx's list: an exact one comes before the
/// prefix of the same name.
fn sorted(scope: Scope<'_>) -> Vec<Entry<'_>> {
    let locations = scope.blocks_of(ContextKind::Location).filter_map(Scope::opener);
    let mut entries: Vec<_> = locations.filter_map(Entry::read).collect();
    // ngx_filename_cmp(): `/` comes before every other byte.
    let rank = |byte: &u8| if *byte == b'/' { 0 } else { u16::from(*byte) + 1 };
    entries.sort_by(|one, two| {
        let names = one.name.iter().map(rank).cmp(two.name.iter().map(rank));
        names.then(two.is_exact.cmp(&one.is_exact))
    });
    entries
}

/// Tells of the locations that a server has twice: nginx goes through each level after the levels within it. What
/// stands within a pattern it does not look at.
fn repeated<'a>(server: Scope<'a>, log: &mut Log) {
    let mut open = vec![(sorted(server), 0)];
    while let Some((entries, next)) = open.last_mut() {
        if let Some(entry) = entries.get(*next) {
            *next += 1;
            let inner = entry.directive.block().map(sorted).unwrap_or_default();
            if !inner.is_empty() {
                open.push((inner, 0));
            }
            continue;
        }
        for pair in entries.windows(2) {
            let [first, second] = pair else { continue };
            if first.name != second.name || first.is_exact != second.is_exact {
                continue;
            }
            let message = format!("duplicate location \"{}\"", String::from_utf8_lossy(&second.name));
            let fault = Fault::new(Defect::Redefined(Thing::Location), second.word, message);
            let at = second.directive.end_span();
            let emerg = log.refuse_at(second.directive, Some(at), fault);
            let is_same_text = first.directive.text_id() == second.directive.text_id();
            if let Some(emerg) = emerg.filter(|_| !is_same_text) {
                emerg.show(first.directive.span(), Evidence::First);
            }
        }
        open.pop();
    }
}
