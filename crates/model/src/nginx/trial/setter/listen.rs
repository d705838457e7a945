//! `listen`: `ngx_http_core_listen()` and its like in mail and stream.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::{Setter, stranger};
use crate::nginx::ContextKind;

pub(super) const SETTERS: &[(&str, Setter)] = &[("listen", listen)];

const PARAMETERS: &[&str] = &[
    "default_server",
    "default",
    "bind",
    "setfib=",
    "fastopen=",
    "backlog=",
    "rcvbuf=",
    "sndbuf=",
    "accept_filter=",
    "deferred",
    "ipv6only=",
    "reuseport",
    "multipath",
    "ssl",
    "http2",
    "spdy",
    "quic",
    "udp",
    "so_keepalive=",
    "proxy_protocol",
];

fn listen(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let (index, word) = stranger(line, 2, PARAMETERS)?;
    let word = String::from_utf8_lossy(&word);
    let message = match line.kind {
        ContextKind::Server => format!("invalid parameter \"{word}\""),
        _ => format!("the invalid \"{word}\" parameter"),
    };
    Some(Fault::value(index, Expected::OneOf(PARAMETERS), message))
}
