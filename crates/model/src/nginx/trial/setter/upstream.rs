//! Upstream groups: `ngx_http_upstream_server()` of `src/http/ngx_http_upstream.c`, the balancing modules, and the
//! same in stream.

use gatelint_catalog::nginx::Directive;

use super::super::Fault;
use super::super::line::Line;
use super::{Setter, invalid_parameter};

pub(super) const SETTERS: &[(&str, Setter)] = &[("server", server), ("hash", hash)];

const PEER: &[&str] = &[
    "weight=",
    "max_conns=",
    "max_fails=",
    "fail_timeout=",
    "slow_start=",
    "backup",
    "down",
    "drain",
    "route=",
    "resolve",
    "service=",
];

fn server(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    if directive.block {
        return None;
    }
    invalid_parameter(line, 2, PEER)
}

fn hash(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    invalid_parameter(line, 2, &["consistent"])
}
