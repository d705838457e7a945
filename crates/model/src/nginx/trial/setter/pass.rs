//! Addresses of passes that the model does not follow further: `memcached_pass`, and `proxy_pass` of stream
//! (`ngx_http_upstream_add()` and `ngx_stream_upstream_add()`).

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::ContextKind;
use crate::nginx::url::{self, Url, UrlRules};

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("memcached_pass", memcached_pass), ("proxy_pass", proxy_pass)];

/// How such an address is read: there is no port by default.
pub(in super::super) fn read(text: &str) -> Result<Url, &'static str> {
    url::parse(text, UrlRules { default_port: None, uri_part: false })
}

fn memcached_pass(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let text = std::str::from_utf8(&word).ok().filter(|text| !text.contains('$'))?;
    let error = read(text).err()?;
    let expected = Expected::What("an upstream, or an address with a port");
    Some(Fault::value(1, expected, format!("{error} in upstream \"{text}\"")))
}

fn proxy_pass(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    if line.kind == ContextKind::StreamServer { memcached_pass(line, directive) } else { None }
}
