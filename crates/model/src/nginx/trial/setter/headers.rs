//! Response headers: `src/http/modules/ngx_http_headers_filter_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::script;
use super::super::{Expected, Fault};
use super::{Setter, invalid_parameter};
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("add_header", add), ("add_trailer", add), ("expires", expires)];

const DAY: u64 = 24 * 60 * 60;

fn add(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    script::judge(2, &line.word(2)?).or_else(|| invalid_parameter(line, 3, &["always"]))
}

/// `ngx_http_headers_expires()` and `ngx_http_parse_expires()`.
fn expires(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let invalid = |index, expected| Some(Fault::returned(directive.name, "invalid value", index, expected));
    let is_modified = line.count() > 1;
    if is_modified && *line.word(1)? != *b"modified" {
        return invalid(1, Expected::OneOf(&["modified"]));
    }
    let last = line.count();
    let word = line.word(last)?;
    if word.contains(&b'$') {
        return script::judge(last, &word);
    }
    if !is_modified && matches!(&*word, b"epoch" | b"max" | b"off") {
        return None;
    }
    let (sign, time) = match &*word {
        [sign @ (b'@' | b'+' | b'-'), time @ ..] => (*sign, time),
        time => (b'+', time),
    };
    if is_modified && sign == b'@' {
        let what = "daily time cannot be used with \"modified\" parameter";
        return Some(Fault::returned(directive.name, what, last, Expected::Seconds));
    }
    let Some(seconds) = number::seconds(time) else {
        return invalid(last, Expected::What("a time such as `1h`, `-1`, `@23h`, `epoch`, `max` or `off`"));
    };
    (sign == b'@' && seconds > DAY).then(|| {
        let what = "daily time value must be less than 24 hours";
        Fault::returned(directive.name, what, last, Expected::What("a time of day up to `24h`"))
    })
}
