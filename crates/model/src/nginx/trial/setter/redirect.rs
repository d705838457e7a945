//! What `src/http/modules/ngx_http_proxy_module.c` rewrites in answers: redirects and cookies.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::{Setter, regex};

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("proxy_redirect", proxy_redirect),
    ("proxy_cookie_path", proxy_cookie_path),
    ("proxy_cookie_domain", without_case),
    ("proxy_cookie_flags", without_case),
];

/// A single argument that is none of those words that stand alone.
fn alone(line: &Line<'_>, words: &'static [&'static str]) -> Option<Fault> {
    let word = line.word(1).filter(|_| line.count() == 1)?;
    (!words.iter().any(|known| known.as_bytes() == &*word)).then(|| {
        let message = format!("invalid parameter \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(1, Expected::OneOf(words), message)
    })
}

fn pattern(line: &Line<'_>) -> Option<Fault> {
    let word = line.word(1).filter(|_| line.count() > 1)?;
    let (pattern, no_case) = regex::marked(&word)?;
    regex::judge(1, pattern, no_case, &line.target)
}

fn proxy_redirect(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    alone(line, &["default", "off"]).or_else(|| pattern(line))
}

fn proxy_cookie_path(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    alone(line, &["off"]).or_else(|| pattern(line))
}

/// The pattern never regards case, and a `*` belongs to it.
fn without_case(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    alone(line, &["off"]).or_else(|| {
        let word = line.word(1).filter(|_| line.count() > 1)?;
        regex::judge(1, word.strip_prefix(b"~")?, true, &line.target)
    })
}
