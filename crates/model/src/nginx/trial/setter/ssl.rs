//! TLS: `src/http/modules/ngx_http_ssl_module.c` and its like in stream and mail.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;

pub(super) const SETTERS: &[(&str, Setter)] = &[("ssl_alpn", alpn)];

fn alpn(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let (index, _) = line.words_from(1).find(|(_, word)| word.len() > 255)?;
    let expected = Expected::What("names of at most 255 bytes");
    Some(Fault::returned(directive.name, "protocol too long", index, expected))
}
