//! Arguments that a directive's own parser reads, by the module that brings it.

mod access;
pub(super) mod address;
mod bounds;
mod cache;
mod core;
mod events;
mod files;
mod filter;
mod headers;
mod image;
mod limit;
mod listen;
pub(crate) mod location;
mod log;
mod mail;
mod misc;
pub(super) mod pass;
mod process;
mod redirect;
pub(super) mod referer;
pub(super) mod regex;
mod rewrite;
mod ssl;
mod table;
mod upstream;
mod userid;
pub(super) mod variable;
pub(super) mod zone;

use std::sync::LazyLock;

use gatelint_catalog::nginx::{Directive, Name};

use super::Fault;
use super::line::Line;

/// What a directive's own parser refuses; the number of arguments is right.
type Setter = fn(&Line<'_>, &'static Directive) -> Option<Fault>;

/// The parsers of each group, by the name of the directive.
const GROUPS: &[&[(&str, Setter)]] = &[
    access::SETTERS,
    address::SETTERS,
    bounds::SETTERS,
    cache::SETTERS,
    core::SETTERS,
    events::SETTERS,
    files::SETTERS,
    filter::SETTERS,
    headers::SETTERS,
    image::SETTERS,
    limit::SETTERS,
    listen::SETTERS,
    location::SETTERS,
    log::SETTERS,
    mail::SETTERS,
    misc::SETTERS,
    pass::SETTERS,
    process::SETTERS,
    redirect::SETTERS,
    referer::SETTERS,
    regex::SETTERS,
    rewrite::SETTERS,
    ssl::SETTERS,
    table::SETTERS,
    upstream::SETTERS,
    userid::SETTERS,
    zone::SETTERS,
];

/// By number of a name.
static SETTERS: LazyLock<Vec<Option<Setter>>> = LazyLock::new(|| {
    let mut table: Vec<Option<Setter>> = vec![None; Name::count()];
    for (name, setter) in GROUPS.iter().copied().flatten() {
        let slot = Name::find(name.as_bytes()).and_then(|name| table.get_mut(name.index()));
        if let Some(slot) = slot {
            *slot = Some(*setter);
        }
    }
    table
});

/// The first argument that the directive's own parser refuses.
pub(super) fn judge(line: &Line<'_>, name: Name, directive: &'static Directive) -> Option<Fault> {
    let setter = SETTERS.get(name.index()).copied().flatten();
    setter.and_then(|setter| setter(line, directive)).or_else(|| variable::judge(line, name))
}

/// The first word from `first` on that is none of the known ones; a known one that ends in `=` takes a value.
fn stranger<'a>(
    line: &Line<'a>,
    first: usize,
    known: &[&str],
) -> Option<(usize, std::borrow::Cow<'a, [u8]>)> {
    let fits = |word: &[u8], known: &str| match known.strip_suffix('=') {
        Some(_) => word.starts_with(known.as_bytes()),
        None => word == known.as_bytes(),
    };
    line.words_from(first).find(|(_, word)| !known.iter().any(|known| fits(word, known)))
}

/// `invalid parameter "x"`, as most parsers print it.
fn invalid_parameter(line: &Line<'_>, first: usize, known: &'static [&'static str]) -> Option<Fault> {
    let (index, word) = stranger(line, first, known)?;
    let message = format!("invalid parameter \"{}\"", String::from_utf8_lossy(&word));
    Some(Fault::value(index, super::Expected::OneOf(known), message))
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, Name};

    #[test]
    fn every_directive_has_one_parser() {
        let mut seen = std::collections::HashSet::new();
        for (name, _) in GROUPS.iter().copied().flatten() {
            assert!(seen.insert(*name) && Name::find(name.as_bytes()).is_some(), "{name}");
        }
    }
}
