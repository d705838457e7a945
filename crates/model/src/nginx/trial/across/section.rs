//! The sections of a configuration: `events` must be there, and none may be there twice (`ngx_events_block()`,
//! `ngx_http_block()` and their like).

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::trial::{Defect, Evidence, Expected, Fault};
use crate::nginx::{ContextKind, Directive, Scope};

#[derive(Default)]
pub(super) struct Sections<'a> {
    seen: Vec<(Name, Directive<'a>)>,
}

impl<'a> Check<'a> for Sections<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["events", "http", "stream", "mail"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        if directive.scope().kind() != ContextKind::Main {
            return;
        }
        if let Some((_, first)) = self.seen.iter().find(|(seen, _)| *seen == name) {
            let fault =
                Fault::new(Defect::Duplicate, 0, format!("\"{}\" directive is duplicate", name.text()));
            if let Some(emerg) = log.refuse(directive, fault) {
                emerg.show(first.span(), Evidence::First);
            }
        }
        self.seen.push((name, directive));
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        let is_end = scope.kind() == ContextKind::Main && scope.opener().is_none();
        if is_end && scope.is_whole() && !self.seen.iter().any(|(name, _)| name.text() == "events") {
            let section = Expected::What("an `events` block");
            let fault = Fault::new(Defect::Missing(section), 0, "no \"events\" section in configuration");
            log.refuse_start(scope, fault);
        }
    }
}
