//! Logs: `ngx_log_set_log()` of `src/core/ngx_log.c`, `src/http/modules/ngx_http_log_module.c` and the stream module.

use gatelint_catalog::nginx::{Directive, Name};

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::{Setter, stranger};

pub(super) const SETTERS: &[(&str, Setter)] = &[("error_log", error_log), ("access_log", access_log)];

const LEVELS: &[&str] = &[
    "debug",
    "info",
    "notice",
    "warn",
    "error",
    "crit",
    "alert",
    "emerg",
    "debug_core",
    "debug_alloc",
    "debug_mutex",
    "debug_event",
    "debug_http",
    "debug_mail",
    "debug_stream",
];

fn error_log(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let (index, word) = stranger(line, 2, LEVELS)?;
    let message = format!("invalid log level \"{}\"", String::from_utf8_lossy(&word));
    Some(Fault::value(index, Expected::OneOf(LEVELS), message))
}

/// Formats are defined elsewhere; the name of a directive followed by no parameter is none.
fn access_log(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let format = line.word(2)?;
    let is_swallowed = Name::find(&format).is_some()
        && *format != *b"combined"
        && stranger(line, 3, &["buffer=", "flush=", "gzip", "if="]).is_some();
    is_swallowed.then(|| {
        let message = format!("unknown log format \"{}\"", String::from_utf8_lossy(&format));
        Fault::value(2, Expected::What("the name of a `log_format`"), message)
    })
}
