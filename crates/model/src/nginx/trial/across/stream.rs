//! What a server of stream lacks: `ngx_stream_core_merge_srv_conf()` of `src/stream/ngx_stream_core_module.c`.

use gatelint_catalog::nginx::{Name, Origin};
use rustc_hash::FxHashSet;

use super::{Check, Log};
use crate::nginx::trial::{Defect, Expected, Fault};
use crate::nginx::{ContextId, ContextKind, Directive, Scope};

/// A server needs somebody who answers, up to 1.27.0.
#[derive(Default)]
pub(super) struct Handlers {
    served: FxHashSet<ContextId>,
}

/// Whether a module that does not come with nginx may answer.
fn is_foreign(directive: Directive<'_>) -> bool {
    let name = directive.name();
    let Some(known) = Name::find(name.as_bytes()) else { return true };
    let here = known.in_context(ContextKind::StreamServer);
    here.is_some_and(|directive| directive.origin != Origin::Oss)
}

impl<'a> Check<'a> for Handlers {
    fn names(&self) -> &'static [&'static str] {
        &["proxy_pass", "return", "pass"]
    }

    fn directive(&mut self, _: Name, directive: Directive<'a>, _: &mut Log) {
        let scope = directive.scope();
        if scope.kind() == ContextKind::StreamServer {
            self.served.insert(scope.id());
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        let is_old = log.target.is_at_least((1, 27, 0)) == Some(false);
        if scope.kind() != ContextKind::Stream || !is_old {
            return;
        }
        for server in scope.blocks_of(ContextKind::StreamServer) {
            let is_silent = !self.served.contains(&server.id())
                && server.is_whole()
                && !server.directives().any(is_foreign)
                && server.blocks().next().is_none();
            let Some(opener) = server.opener().filter(|_| is_silent) else { continue };
            let what = Defect::Missing(Expected::What("a `proxy_pass` or `return`"));
            let fault = Fault::new(what, 0, "no handler for server");
            log.refuse_at(opener, Some(opener.end_span()), fault);
        }
    }
}
