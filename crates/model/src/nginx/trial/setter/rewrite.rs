//! `src/http/modules/ngx_http_rewrite_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Defect, Expected, Fault};
use super::{Setter, invalid_parameter};

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("rewrite", rewrite), ("if", condition), ("location", location)];

fn rewrite(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    invalid_parameter(line, 3, &["last", "break", "redirect", "permanent"])
}

/// `ngx_http_rewrite_if_condition()`: the condition stands in parentheses.
fn condition(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let last_index = line.count();
    let (first, last) = (line.word(1)?, line.word(last_index)?);
    let (index, wrong) = if first.starts_with(b"(") {
        (!last.ends_with(b")")).then_some((last_index, last))?
    } else {
        (1, first)
    };
    let message = format!("invalid condition \"{}\"", String::from_utf8_lossy(&wrong));
    Some(Fault::new(Defect::Condition, index, message))
}

/// A regular expression that was cut at a `{`.
fn location(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let modifier = line.word(1)?;
    let pattern = line.word(2)?;
    (matches!(&*modifier, b"~" | b"~*") && lacks_parenthesis(&pattern)).then(|| {
        let pattern = String::from_utf8_lossy(&pattern);
        let message = format!("pcre2_compile() failed: missing closing parenthesis in \"{pattern}\"");
        Fault::value(2, Expected::What("a regular expression"), message)
    })
}

/// Whether a group of a regular expression is left open.
fn lacks_parenthesis(pattern: &[u8]) -> bool {
    let (mut depth, mut in_class) = (0, false);
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => _ = bytes.next(),
            b']' => in_class = false,
            b'[' => in_class = true,
            b'(' if !in_class => depth += 1,
            b')' if !in_class => depth -= 1,
            _ => {}
        }
    }
    depth > 0 && !in_class
}
