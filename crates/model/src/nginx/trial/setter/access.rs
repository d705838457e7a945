//! Networks: `src/http/modules/ngx_http_access_module.c`, the module of that name in stream, and realip.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::inet::is_network;

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("allow", rule), ("deny", rule), ("set_real_ip_from", trusted)];

/// `ngx_http_access_rule()`; no variables are read here.
fn rule(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_known = matches!(&*word, b"all" | b"unix:") || is_network(&word);
    (!is_known).then(|| {
        let message = format!("invalid parameter \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(
            1,
            Expected::What("an address, a network such as `10.0.0.0/8`, `all` or `unix:`"),
            message,
        )
    })
}

/// `ngx_http_realip_from()`: what is no network is the name of a host, which has no slash.
fn trusted(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    // A name is the machine's to look up; nothing looks an empty one up.
    let is_no_name = word.is_empty() || word.contains(&b'/') && !word.contains(&b'$');
    (is_no_name && !is_network(&word)).then(|| {
        let message = format!("host not found in set_real_ip_from \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(1, Expected::What("an address, a network such as `10.0.0.0/8`, or `unix:`"), message)
    })
}
