//! Directives of `src/http/ngx_http_core_module.c`, `src/core/nginx.c` and `src/event/ngx_event.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[("keepalive_timeout", keepalive_timeout)];

fn keepalive_timeout(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let (index, _) = line.words_from(1).find(|(_, word)| number::milliseconds(word).is_none())?;
    Some(Fault::returned(directive.name, "invalid value", index, Expected::Time))
}
