//! Directives whose argument names a new variable: the modules map, geo, split_clients, auth_request and perl.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("map", second),
    ("split_clients", second),
    ("geo", geo),
    ("auth_request_set", first),
    ("perl_set", first),
];

fn first(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    variable(line, 1)
}

fn second(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    variable(line, 2)
}

/// Every argument is a variable: the source, where there is one, and the new one.
fn geo(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    (1..=line.count()).find_map(|index| variable(line, index))
}

fn variable(line: &Line<'_>, index: usize) -> Option<Fault> {
    let word = line.word(index)?;
    let is_variable = word.strip_prefix(b"$").is_some_and(|name| !name.is_empty());
    (!is_variable).then(|| {
        let message = format!("invalid variable name \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(index, Expected::What("`$` and a name"), message)
    })
}
