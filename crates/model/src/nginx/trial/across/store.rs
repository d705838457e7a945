//! A copy of the answers cannot be kept in two ways: `proxy_store` and `proxy_cache` of one block, and the same of
//! FastCGI, uwsgi and SCGI (`ngx_http_proxy_store()`, `ngx_http_proxy_cache()` and their like).

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::Directive;
use crate::nginx::trial::{Defect, Evidence, Fault};

const PAIRS: [(&str, &str); 4] = [
    ("proxy_store", "proxy_cache"),
    ("fastcgi_store", "fastcgi_cache"),
    ("uwsgi_store", "uwsgi_cache"),
    ("scgi_store", "scgi_cache"),
];

pub(super) struct Stores;

impl<'a> Check<'a> for Stores {
    fn names(&self) -> &'static [&'static str] {
        &[
            "proxy_store",
            "proxy_cache",
            "fastcgi_store",
            "fastcgi_cache",
            "uwsgi_store",
            "uwsgi_cache",
            "scgi_store",
            "scgi_cache",
        ]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let name = name.text();
        let pair = PAIRS.iter().find(|(store, cache)| [*store, *cache].contains(&name));
        let Some(&(store, cache)) = pair else { return };
        let other = if name == store { cache } else { store };
        let is_on = |directive: Directive<'_>| directive.arg(0).is_some_and(|arg| *arg.value != *b"off");
        let first = directive.scope().own(other).next();
        let Some(first) = first.filter(|first| first.id() < directive.id() && is_on(*first)) else { return };
        if is_on(directive) {
            let message = format!("\"{name}\" directive is incompatible with \"{other}\"");
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 0, message)) {
                emerg.show(first.span(), Evidence::Against);
            }
        }
    }
}
