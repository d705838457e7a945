//! Lists that grow with every directive of a block, but not with every one: `off` stands alone in a list, and a
//! zone stands in it once.

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::Directive;
use crate::nginx::trial::{Defect, Evidence, Fault};

/// Lists in which `off` stands alone: `src/http/modules/ngx_http_proxy_module.c`, `ngx_http_mirror_module.c`.
const WITH_OFF: &[&str] =
    &["proxy_redirect", "proxy_cookie_domain", "proxy_cookie_path", "proxy_cookie_flags", "mirror"];

/// Lists of zones: `src/http/modules/ngx_http_limit_req_module.c`, `ngx_http_limit_conn_module.c` and that of stream.
const OF_ZONES: &[&str] = &["limit_req", "limit_conn"];

/// The most directives of one list that are compared with each other.
const MAX_LIST: usize = 256;

pub(super) struct Lists;

/// Whether a directive is said to be taken once, and yet makes a list.
pub(in super::super) fn is_list(name: &str) -> bool {
    WITH_OFF.contains(&name) || OF_ZONES.contains(&name)
}

impl<'a> Check<'a> for Lists {
    fn names(&self) -> &'static [&'static str] {
        &[
            "proxy_redirect",
            "proxy_cookie_domain",
            "proxy_cookie_path",
            "proxy_cookie_flags",
            "mirror",
            "limit_req",
            "limit_conn",
        ]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let name = name.text();
        let mut earlier = directive.scope().own(name).take_while(|other| other.id() < directive.id());
        let against = if WITH_OFF.contains(&name) {
            // Only the first can be `off` unnoticed.
            earlier.next().filter(|first| is_off(*first) || is_off(directive))
        } else {
            let zone = zone(directive);
            earlier.take(MAX_LIST).find(|other| zone.is_some() && self::zone(*other) == zone)
        };
        if let Some(against) = against {
            let message = format!("\"{name}\" directive is duplicate");
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Duplicate, 0, message)) {
                emerg.show(against.span(), Evidence::First);
            }
        }
    }
}

fn is_off(directive: Directive<'_>) -> bool {
    directive.args().len() == 1 && directive.arg(0).is_some_and(|arg| *arg.value == *b"off")
}

/// The zone that a limit counts in.
fn zone(directive: Directive<'_>) -> Option<Vec<u8>> {
    if directive.name() == "limit_conn" {
        return directive.arg(0).map(|arg| arg.value.into_owned());
    }
    directive.args().filter_map(|arg| arg.value.strip_prefix(b"zone=").map(<[u8]>::to_vec)).last()
}
