//! Groups of servers: `ngx_http_upstream()` and `ngx_http_upstream_server()` of `src/http/ngx_http_upstream.c`, and
//! the same in stream.

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashMap;

use super::{Check, Log, is_complete};
use crate::nginx::trial::{Defect, Evidence, Expected, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope};

#[derive(Default)]
pub(super) struct Upstreams<'a> {
    /// By section and name in lower case.
    defined: FxHashMap<(ContextKind, Vec<u8>), Directive<'a>>,
    /// The group that is read.
    group: Group<'a>,
    /// Groups whose servers all are spare ones, of the section that is read.
    spare: Vec<Directive<'a>>,
}

/// What is known of a group so far.
#[derive(Default)]
struct Group<'a> {
    servers: usize,
    backups: usize,
    /// NGINX Plus reads the servers from a file.
    has_state: bool,
    /// The balancing method that has no use for a spare server.
    without_backup: Option<Directive<'a>>,
}

impl<'a> Upstreams<'a> {
    fn define(&mut self, upstream: Directive<'a>, log: &mut Log) {
        self.group = Group::default();
        let (Some(name), Some(block)) = (upstream.arg(0), upstream.block()) else { return };
        if name.value.contains(&b'$') {
            return;
        }
        let key = (block.kind(), name.value.to_ascii_lowercase());
        if let Some(first) = self.defined.get(&key) {
            let message = format!("duplicate upstream \"{}\"", name.text());
            let fault = Fault::new(Defect::Redefined(Thing::Upstream), 1, message);
            if let Some(emerg) = log.refuse(upstream, fault) {
                emerg.show(first.value_span(), Evidence::First);
            }
            return;
        }
        self.defined.insert(key, upstream);
    }

    fn server(&mut self, server: Directive<'a>, log: &mut Log) {
        self.group.servers += 1;
        let Some(word) = server.args().skip(1).position(|arg| *arg.value == *b"backup") else { return };
        self.group.backups += 1;
        if let Some(method) = self.group.without_backup {
            let message = "balancing method does not support parameter \"backup\"";
            if let Some(emerg) = log.refuse(server, Fault::new(Defect::Conflict, word + 2, message)) {
                emerg.show(method.span(), Evidence::Against);
            }
        }
    }
}

impl<'a> Check<'a> for Upstreams<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["upstream", "server", "state", "hash", "ip_hash", "random", "least_conn", "least_time"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        if name.text() == "upstream" {
            self.define(directive, log);
            return;
        }
        if !matches!(directive.scope().kind(), ContextKind::Upstream | ContextKind::StreamUpstream) {
            return;
        }
        match name.text() {
            "server" => self.server(directive, log),
            "state" => self.group.has_state = true,
            "hash" | "ip_hash" | "random" => self.group.without_backup = Some(directive),
            _ => self.group.without_backup = None,
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        match scope.kind() {
            ContextKind::Upstream | ContextKind::StreamUpstream => {}
            // `ngx_http_upstream_init_round_robin()` looks at the groups at the end of the section.
            ContextKind::Http | ContextKind::Stream => {
                for upstream in self.spare.drain(..) {
                    let name = upstream.arg(0).map(|name| name.text().into_owned()).unwrap_or_default();
                    let what = Defect::Missing(Expected::What("a server that is no `backup`"));
                    let fault = Fault::new(what, 1, format!("no servers in upstream \"{name}\""));
                    log.refuse_at(upstream, Some(upstream.end_span()), fault);
                }
                return;
            }
            _ => return,
        }
        let group = std::mem::take(&mut self.group);
        let Some(upstream) = scope.opener().filter(|_| is_complete(scope) && !group.has_state) else {
            return;
        };
        if group.servers == 0 {
            let what = Defect::Missing(Expected::What("a `server`"));
            let fault = Fault::new(what, 0, "no servers are inside upstream");
            log.refuse_at(upstream, Some(upstream.close_span()), fault);
        } else if group.servers == group.backups && group.without_backup.is_none() {
            self.spare.push(upstream);
        }
    }
}
