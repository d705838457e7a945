//! Caches: `ngx_http_file_cache_set_slot()` and `ngx_http_file_cache_valid_set_slot()` of
//! `src/http/ngx_http_file_cache.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::{Setter, invalid_parameter};
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("proxy_cache_path", path),
    ("fastcgi_cache_path", path),
    ("uwsgi_cache_path", path),
    ("scgi_cache_path", path),
    ("proxy_cache_valid", valid),
    ("fastcgi_cache_valid", valid),
    ("uwsgi_cache_valid", valid),
    ("scgi_cache_valid", valid),
];

const PARAMETERS: &[&str] = &[
    "levels=",
    "use_temp_path=",
    "keys_zone=",
    "inactive=",
    "max_size=",
    "min_free=",
    "manager_files=",
    "manager_sleep=",
    "manager_threshold=",
    "loader_files=",
    "loader_sleep=",
    "loader_threshold=",
    "purger=",
    "purger_files=",
    "purger_sleep=",
    "purger_threshold=",
];

fn path(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    invalid_parameter(line, 2, PARAMETERS)
}

fn valid(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let last = line.count();
    let word = line.word(last)?;
    number::seconds(&word).is_none().then(|| {
        let message = format!("invalid time value \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(last, Expected::Seconds, message)
    })
}
