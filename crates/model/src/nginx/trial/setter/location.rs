//! Locations and what applies to them: `ngx_http_core_location()` and `ngx_http_core_limit_except()` of
//! `src/http/ngx_http_core_module.c`.

use crate::template::is_masked;
use std::borrow::Cow;

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Defect, Expected, Fault};
use super::{Setter, regex};

pub(super) const SETTERS: &[(&str, Setter)] = &[("location", location), ("limit_except", limit_except)];

/// `ngx_methods_names`, compared without regard to case.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "MKCOL",
    "COPY",
    "MOVE",
    "OPTIONS",
    "PROPFIND",
    "PROPPATCH",
    "LOCK",
    "UNLOCK",
    "PATCH",
];

/// How a location says which URIs it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `= /uri`
    Exact,
    /// `/uri` or `^~ /uri`
    Prefix,
    /// `~ pattern` or `~* pattern`
    Regex {
        /// Whether case is ignored.
        no_case: bool,
    },
    /// `@name`
    Named,
}

/// The arguments of a `location`.
#[derive(Clone, Debug)]
pub(crate) struct Location<'a> {
    pub(crate) way: Way,
    pub(crate) name: Cow<'a, [u8]>,
    /// The number of the word that holds the name.
    pub(crate) word: usize,
}

impl<'a> Location<'a> {
    /// Reads one argument or two; `None` for a modifier that nginx does not know.
    pub(crate) fn read(first: Cow<'a, [u8]>, second: Option<Cow<'a, [u8]>>) -> Option<Self> {
        if let Some(name) = second {
            let way = match &*first {
                b"=" => Way::Exact,
                b"^~" => Way::Prefix,
                b"~" => Way::Regex { no_case: false },
                b"~*" => Way::Regex { no_case: true },
                _ => return None,
            };
            return Some(Self { way, name, word: 2 });
        }
        // The modifier may be glued to the name.
        let (way, length) = match &*first {
            [b'=', ..] => (Way::Exact, 1),
            [b'^', b'~', ..] => (Way::Prefix, 2),
            [b'~', b'*', ..] => (Way::Regex { no_case: true }, 2),
            [b'~', ..] => (Way::Regex { no_case: false }, 1),
            [b'@', ..] => (Way::Named, 0),
            _ => (Way::Prefix, 0),
        };
        let name = match first {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(length..).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(length..).unwrap_or_default().to_vec()),
        };
        Some(Self { way, name, word: 1 })
    }

    /// What nginx says when it finds this location within `outer`.
    pub(crate) fn misnested(&self, outer: &Self) -> Option<Fault> {
        if is_masked(&self.name) || is_masked(&outer.name) {
            return None;
        }
        let (name, around) = (String::from_utf8_lossy(&self.name), String::from_utf8_lossy(&outer.name));
        let is_regex = matches!(self.way, Way::Regex { .. });
        let message = match (outer.way, self.way) {
            (Way::Exact, _) => {
                format!("location \"{name}\" cannot be inside the exact location \"{around}\"")
            }
            (Way::Named, _) => {
                format!("location \"{name}\" cannot be inside the named location \"{around}\"")
            }
            (_, Way::Named) => format!("named location \"{name}\" can be on the server level only"),
            // Also within a pattern, which is then taken by its letters.
            _ if !is_regex && !self.name.starts_with(&outer.name) => {
                format!("location \"{name}\" is outside location \"{around}\"")
            }
            _ => return None,
        };
        Some(Fault::new(Defect::Nesting, self.word, message))
    }
}

fn location(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let modifier = line.word(1)?;
    let Some(location) = Location::read(modifier.clone(), line.word(2)) else {
        let message = format!("invalid location modifier \"{}\"", String::from_utf8_lossy(&modifier));
        return Some(Fault::value(1, Expected::OneOf(&["=", "^~", "~", "~*"]), message));
    };
    let Way::Regex { no_case } = location.way else { return None };
    regex::judge(location.word, &location.name, no_case, &line.target)
}

fn limit_except(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let is_known = |word: &[u8]| METHODS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word));
    let (index, word) = line.words_from(1).find(|(_, word)| !is_known(word))?;
    let message = format!("invalid method \"{}\"", String::from_utf8_lossy(&word));
    Some(Fault::value(index, Expected::What("a method such as `GET` or `POST`"), message))
}
