//! Locations and what applies to them: `ngx_http_core_location()` and `ngx_http_core_limit_except()` of
//! `src/http/ngx_http_core_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Defect, Expected, Fault};
use super::{Setter, regex};
use crate::nginx::location::{LocationName, Way};
use crate::template::is_masked;

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

/// What nginx says when it finds the location `inner` within `outer`.
pub(crate) fn misnested(inner: &LocationName<'_>, outer: &LocationName<'_>) -> Option<Fault> {
    if is_masked(&inner.name) || is_masked(&outer.name) {
        return None;
    }
    let (name, around) = (String::from_utf8_lossy(&inner.name), String::from_utf8_lossy(&outer.name));
    let is_regex = matches!(inner.way, Way::Regex { .. });
    let message = match (outer.way, inner.way) {
        (Way::Exact, _) => {
            format!("location \"{name}\" cannot be inside the exact location \"{around}\"")
        }
        (Way::Named, _) => {
            format!("location \"{name}\" cannot be inside the named location \"{around}\"")
        }
        (_, Way::Named) => format!("named location \"{name}\" can be on the server level only"),
        // Also within a pattern, which is then taken by its letters.
        _ if !is_regex && !inner.name.starts_with(&outer.name) => {
            format!("location \"{name}\" is outside location \"{around}\"")
        }
        _ => return None,
    };
    Some(Fault::new(Defect::Nesting, inner.word, message))
}

fn location(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let modifier = line.word(1)?;
    let Some(location) = LocationName::read(modifier.clone(), line.word(2)) else {
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
