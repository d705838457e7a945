//! Words with variables, in directives of several modules that read them with a parser of their own, and filters
//! of a page's text.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::script;
use super::super::{Expected, Fault};
use super::Setter;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("auth_basic_user_file", first),
    ("proxy_cache_key", first),
    ("fastcgi_cache_key", first),
    ("uwsgi_cache_key", first),
    ("scgi_cache_key", first),
    ("proxy_store", first),
    ("fastcgi_store", first),
    ("uwsgi_store", first),
    ("scgi_store", first),
    ("http2_push", push),
    ("xslt_param", second),
    ("xslt_string_param", second),
    ("sub_filter", substitution),
];

fn first(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    script::judge(1, &line.word(1)?)
}

fn second(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    script::judge(2, &line.word(2)?)
}

/// `ngx_http_v2_push()`, which is not read any more since 1.25.1.
fn push(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    if line.target.is_at_least((1, 25, 1)) == Some(false) { first(line, directive) } else { None }
}

/// `ngx_http_sub_filter()` of `src/http/modules/ngx_http_sub_filter_module.c`.
fn substitution(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let pattern = line.word(1)?;
    if pattern.is_empty() {
        return Some(Fault::value(1, Expected::What("a text to search for"), "empty search pattern"));
    }
    script::judge(1, &pattern).or_else(|| script::judge(2, &line.word(2)?))
}
