//! `proxy_redirect default` needs the `proxy_pass` of its block before it: `ngx_http_proxy_redirect()` of
//! `src/http/modules/ngx_http_proxy_module.c`.

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::trial::{Defect, Evidence, Fault};
use crate::nginx::{Directive, has_variables};

pub(super) struct Redirects;

impl<'a> Check<'a> for Redirects {
    fn names(&self) -> &'static [&'static str] {
        &["proxy_redirect"]
    }

    fn directive(&mut self, _: Name, directive: Directive<'a>, log: &mut Log) {
        let is_default = directive.arg(0).is_some_and(|arg| *arg.value == *b"default");
        if !is_default || directive.args().len() != 1 {
            return;
        }
        let scope = directive.scope();
        let pass = scope.own("proxy_pass").next();
        let before = pass.filter(|pass| pass.id() < directive.id());
        let message = match before.and_then(|pass| pass.arg(0)) {
            Some(target) if has_variables(&target.value) => {
                "\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with variables"
            }
            Some(_) => return,
            // The pass may stand in what was not read.
            None if !scope.is_whole() || scope.opener().is_none() => return,
            None => "\"proxy_redirect default\" should be placed after the \"proxy_pass\" directive",
        };
        let emerg = log.refuse(directive, Fault::new(Defect::Conflict, 1, message));
        if let Some((emerg, pass)) = emerg.zip(pass) {
            emerg.show(pass.span(), Evidence::Against);
        }
    }
}
