//! Parsers of small modules.

use gatelint_catalog::nginx::Directive;

use super::super::body;
use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::target::Lack;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("charset", charset),
    ("source_charset", charset),
    ("modern_browser", modern_browser),
    ("proxy_http_version", http_version),
    ("geoip_proxy", geoip_proxy),
];

/// `ngx_http_set_charset_slot()`: a word that begins with `$` is one variable.
fn charset(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    (*line.word(1)? == *b"$").then(|| Fault::value(1, Expected::Variable, "invalid variable name \"$\""))
}

const BROWSERS: &[&str] = &["opera", "msie", "gecko", "safari", "konqueror"];

/// `ngx_http_modern_browser()`; of a lone word it refuses what is not `unlisted`, without a word of its own.
fn modern_browser(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let name = line.word(1)?;
    let Some(version) = line.word(2) else {
        return (*name != *b"unlisted").then(|| Fault::value(1, Expected::OneOf(&["unlisted"]), ""));
    };
    if !BROWSERS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(&name)) {
        let message = format!("unknown browser name \"{}\"", String::from_utf8_lossy(&name));
        return Some(Fault::value(1, Expected::OneOf(BROWSERS), message));
    }
    let is_version = version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    (!is_version).then(|| {
        let message = format!("invalid browser version \"{}\"", String::from_utf8_lossy(&version));
        Fault::value(2, Expected::What("a version such as `5.5`"), message)
    })
}

/// The release whose `proxy_http_version` takes `2`.
const HTTP_2: (u16, u16, u16) = (1, 29, 4);

/// The values that have been there always are read by `slot`.
fn http_version(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let is_new = *line.word(1)? == *b"2" && line.target.is_at_least(HTTP_2) == Some(false);
    is_new.then(|| Fault {
        lack: Some(Lack::Since(HTTP_2)),
        ..Fault::value(1, Expected::OneOf(&["1.0", "1.1"]), "invalid value \"2\"")
    })
}

/// `ngx_http_geoip_cidr_value()`: it reads what the `geo` block reads.
fn geoip_proxy(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    body::network(1, &line.word(1)?)
}
