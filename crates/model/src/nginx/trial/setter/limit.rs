//! Limits of requests and connections: `src/http/modules/ngx_http_limit_req_module.c`,
//! `ngx_http_limit_conn_module.c` and the module of the same name in `src/stream`.

use gatelint_catalog::nginx::Directive;

use super::super::Fault;
use super::super::line::Line;
use super::{Setter, invalid_parameter};

pub(super) const SETTERS: &[(&str, Setter)] = &[("limit_req", limit_req)];

fn limit_req(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    invalid_parameter(line, 1, &["zone=", "burst=", "delay=", "nodelay"])
}
