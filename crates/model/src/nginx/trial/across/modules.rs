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
        } else if let Some(first) = self.first.filter(|_| is_taken(directive)) {
            let message = "\"load_module\" directive is specified too late";
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 0, message)) {
                emerg.show(first.name_span(), Evidence::Against);
            }
        }
    }
}

/// Whether `load_module` is well formed: what is not never comes to its parser.
fn is_taken(directive: Directive<'_>) -> bool {
    directive.args().len() == 1 && directive.block().is_none()
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
            let message =
                "\"secure_link_secret\" cannot be mixed with \"secure_link\" and \"secure_link_md5\"";
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

/// HTTP/2's push, as long as nginx read its directives: until 1.25.1.
pub(super) struct Pushes;

impl<'a> Check<'a> for Pushes {
    fn names(&self) -> &'static [&'static str] {
        &["http2_push", "http2_push_preload", "http2_max_concurrent_pushes"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        if log.target.is_at_least((1, 25, 1)) != Some(false) {
            return;
        }
        let mut earlier = directive.scope().own(name.text()).filter(|first| first.id() < directive.id());
        let Some(first) = earlier.next() else { return };
        let is_off = |directive: Directive<'_>| directive.arg(0).is_some_and(|arg| *arg.value == *b"off");
        let (defect, what) = match (name.text(), is_off(first), is_off(directive)) {
            ("http2_push", false, false) => return,
            ("http2_push", false, true) => (Defect::Conflict, "\"off\" parameter cannot be used with URI"),
            ("http2_push", true, false) => (Defect::Conflict, "URI cannot be used with \"off\" parameter"),
            _ => (Defect::Duplicate, "is duplicate"),
        };
        let message = format!("\"{}\" directive {what}", name.text());
        if let Some(emerg) = log.refuse(directive, Fault::new(defect, 0, message)) {
            emerg.show(
                first.span(),
                if defect == Defect::Duplicate { Evidence::First } else { Evidence::Against },
            );
        }
    }
}
