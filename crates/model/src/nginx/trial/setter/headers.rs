//! Response headers: `src/http/modules/ngx_http_headers_filter_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::Fault;
use super::super::line::Line;
use super::{Setter, invalid_parameter};

pub(super) const SETTERS: &[(&str, Setter)] = &[("add_header", add), ("add_trailer", add)];

fn add(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    invalid_parameter(line, 3, &["always"])
}
