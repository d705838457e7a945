//! `root` and `alias` of one block: `ngx_http_core_root()` of `src/http/ngx_http_core_module.c`.

use gatelint_catalog::nginx::Name;

use super::{Check, Log, location::location_of};
use crate::nginx::location::Way;
use crate::nginx::trial::{Defect, Evidence, Fault};
use crate::nginx::{ContextKind, Directive};

pub(super) struct Roots;

impl<'a> Check<'a> for Roots {
    fn names(&self) -> &'static [&'static str] {
        &["root", "alias"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let scope = directive.scope();
        let is_alias = name.text() == "alias";
        let other = if is_alias { "root" } else { "alias" };
        let earlier = |name: &str| scope.own(name).next().filter(|first| first.id() < directive.id());
        if earlier(name.text()).is_some() {
            return;
        }
        if let Some(first) = earlier(other) {
            let message = format!(
                "\"{}\" directive is duplicate, \"{other}\" directive was specified earlier",
                name.text()
            );
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 0, message)) {
                emerg.show(first.span(), Evidence::Against);
            }
            return;
        }
        let around = scope.opener().filter(|_| is_alias && scope.kind() == ContextKind::Location);
        let is_named = around.and_then(location_of).is_some_and(|location| location.way == Way::Named);
        if let Some(around) = around.filter(|_| is_named) {
            let message = "the \"alias\" directive cannot be used inside the named location";
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 0, message)) {
                emerg.show(around.span(), Evidence::Around);
            }
        }
    }
}
