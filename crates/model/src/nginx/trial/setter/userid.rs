//! Cookies that tell visitors apart: `src/http/modules/ngx_http_userid_filter_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[("userid_expires", expires), ("userid_mark", mark)];

fn expires(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_valid = matches!(&*word, b"max" | b"off") || number::seconds(&word).is_some();
    let expected = Expected::What("a time such as `365d`, `max` or `off`");
    (!is_valid).then(|| Fault::returned(directive.name, "invalid value", 1, expected))
}

fn mark(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_valid = match &*word {
        b"off" => true,
        [mark] => mark.is_ascii_alphanumeric() || *mark == b'=',
        _ => false,
    };
    let what = "value must be \"off\" or a single letter, digit or \"=\"";
    let expected = Expected::What("a letter, a digit, `=` or `off`");
    (!is_valid).then(|| Fault::returned(directive.name, what, 1, expected))
}
