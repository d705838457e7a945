//! Who answers in a server of stream: `src/stream/ngx_stream_core_module.c`, `ngx_stream_proxy_module.c` and
//! `ngx_stream_upstream.c`.

use gatelint_catalog::nginx::{Name, Origin};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Check, Log, is_complete};
use crate::nginx::trial::{Defect, Expected, Fault};
use crate::nginx::url::{self, UrlRules};
use crate::nginx::{ContextId, ContextKind, Directive, Scope};

const ADDRESS: Expected = Expected::What("`host:port`, a `unix:` socket or the name of an `upstream`");

#[derive(Default)]
pub(super) struct Handlers<'a> {
    /// Servers that somebody answers in.
    served: FxHashSet<ContextId>,
    /// The groups of stream, by name in lower case.
    groups: FxHashSet<String>,
    /// The first `proxy_pass` to each host and port, which may be a group.
    passes: FxHashMap<(String, Option<u16>), Directive<'a>>,
}

/// Whether a module that does not come with nginx may answer.
fn is_foreign(directive: Directive<'_>) -> bool {
    let name = directive.name();
    let Some(known) = Name::find(name.as_bytes()) else { return true };
    let here = known.in_context(ContextKind::StreamServer);
    here.is_some_and(|directive| directive.origin != Origin::Oss)
}

impl<'a> Handlers<'a> {
    fn pass(&mut self, pass: Directive<'a>, log: &mut Log) {
        let Some(address) = pass.arg(0).filter(|address| !address.value.contains(&b'$')) else { return };
        let text = address.text();
        match url::parse(&text, UrlRules::default()) {
            Err(why) => {
                log.refuse(pass, Fault::value(1, ADDRESS, format!("{why} in upstream \"{text}\"")));
            }
            Ok(url) if url.socket.is_none() => {
                self.passes.entry((url.host.to_ascii_lowercase(), url.port)).or_insert(pass);
            }
            Ok(_) => {}
        }
    }

    /// A group has no port, anything else has one.
    fn judge_passes(&mut self, log: &mut Log) {
        let mut passes: Vec<_> = self.passes.drain().collect();
        passes.sort_unstable_by_key(|(_, pass)| pass.id());
        for ((host, port), pass) in passes {
            let message = match (self.groups.contains(&host), port) {
                (true, Some(port)) => {
                    // As written: the address without its port.
                    let text = pass.arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default();
                    let host = text.get(..host.len()).unwrap_or(&host);
                    format!("upstream \"{host}\" may not have port {port}")
                }
                (false, None) => format!("no port in upstream \"{host}\""),
                _ => continue,
            };
            log.refuse_at(pass, Some(pass.end_span()), Fault::value(1, ADDRESS, message));
        }
    }

    fn judge_servers(&self, stream: Scope<'a>, log: &mut Log) {
        for server in stream.blocks_of(ContextKind::StreamServer) {
            let is_silent = !self.served.contains(&server.id())
                && is_complete(server)
                && !server.directives().any(is_foreign)
                && server.blocks().next().is_none();
            let Some(opener) = server.opener().filter(|_| is_silent) else { continue };
            let what = Defect::Missing(Expected::What("a `proxy_pass` or `return`"));
            let fault = Fault::new(what, 0, "no handler for server");
            log.refuse_at(opener, Some(opener.end_span()), fault);
        }
    }
}

impl<'a> Check<'a> for Handlers<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["upstream", "proxy_pass", "return", "pass"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let scope = directive.scope();
        match (scope.kind(), name.text()) {
            (ContextKind::Stream, "upstream") => {
                let group = directive.arg(0).map(|name| name.text().to_ascii_lowercase());
                self.groups.extend(group);
            }
            (ContextKind::StreamServer, what) => {
                self.served.insert(scope.id());
                if what == "proxy_pass" {
                    self.pass(directive, log);
                }
            }
            _ => {}
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() != ContextKind::Stream {
            return;
        }
        if is_complete(scope) {
            self.judge_passes(log);
        }
        // Later releases take a server that nobody answers in.
        if log.target.is_at_least((1, 27, 0)) == Some(false) {
            self.judge_servers(scope, log);
        }
    }
}
