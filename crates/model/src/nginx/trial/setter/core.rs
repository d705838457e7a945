//! Directives of `src/http/ngx_http_core_module.c`, `src/core/nginx.c` and `src/event/ngx_event.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[("keepalive_timeout", keepalive_timeout)];

fn keepalive_timeout(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    // The second is what a header tells the client: in seconds.
    let is_time = |index: usize, word: &[u8]| {
        if index == 1 { number::milliseconds(word).is_some() } else { number::seconds(word).is_some() }
    };
    let (index, _) = line.words_from(1).find(|(index, word)| !is_time(*index, word))?;
    let expected = if index == 1 { Expected::Time } else { Expected::Seconds };
    Some(Fault::returned(directive.name, "invalid value", index, expected))
}
