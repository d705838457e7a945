//! Directives of small modules whose order or company nginx refuses: `ngx_load_module()` of `src/core/nginx.c`,
//! `src/http/modules/ngx_http_secure_link_module.c` and what is left of HTTP/2's push.

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::trial::{Defect, Evidence, Fault};
use crate::nginx::{ContextKind, Directive, Scope};

/// Modules are loaded before the first block whose modules nginx counts.
#[derive(Default)]
pub(super) struct Loads<'a> {
    first: Option<Directive<'a>>,
}

impl<'a> Check<'a> for Loads<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["events", "http", "stream", "mail", "load_module"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        if directive.scope().kind() != ContextKind::Main {
            return;
        }
        if name.text() != "load_module" {
            self.first = self.first.or(directive.block().is_some().then_some(directive));
        } else if let Some(first) = self.first {
            let message = "\"load_module\" directive is specified too late";
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 0, message)) {
                emerg.show(first.name_span(), Evidence::Against);
            }
        }
    }
}

/// Two ways to protect links exclude each other in one block.
#[derive(Default)]
pub(super) struct SecureLinks<'a> {
    mixed: Vec<(Directive<'a>, Directive<'a>)>,
}

impl<'a> Check<'a> for SecureLinks<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["secure_link_secret"]
    }

    fn directive(&mut self, _: Name, directive: Directive<'a>, _: &mut Log) {
        let other = |name| directive.scope().own(name).next();
        if let Some(other) = other("secure_link").or_else(|| other("secure_link_md5")) {
            self.mixed.push((directive, other));
        }
    }

    /// Blocks are merged at the end of `http`.
    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() != ContextKind::Http {
            return;
        }
        for (secret, other) in self.mixed.drain(..) {
            let message = "\"secure_link_secret\" cannot be mixed with \"secure_link\" and \"secure_link_md5\"";
            let at = scope.opener().map(Directive::close_span);
            // What stands in `http` itself is merged with nothing.
            if secret.scope().kind() == ContextKind::Http {
                continue;
            }
            if let Some(emerg) = log.refuse_at(secret, at, Fault::new(Defect::Conflict, 0, message)) {
                emerg.show(other.span(), Evidence::Against);
            }
        }
    }
}

/// Directives of HTTP/2's push may stand once in a block, as long as nginx read them: until 1.25.1.
pub(super) struct Pushes;

impl<'a> Check<'a> for Pushes {
    fn names(&self) -> &'static [&'static str] {
        &["http2_push_preload", "http2_max_concurrent_pushes"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let first = directive.scope().own(name.text()).next().filter(|first| first.id() < directive.id());
        let is_read = log.target.is_at_least((1, 25, 1)) == Some(false);
        if let Some(first) = first.filter(|_| is_read) {
            let message = format!("\"{}\" directive is duplicate", name.text());
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Duplicate, 0, message)) {
                emerg.show(first.span(), Evidence::First);
            }
        }
    }
}
