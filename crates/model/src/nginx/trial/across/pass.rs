//! Passes that the model does not follow further, and the groups that they name: `memcached_pass`, and `proxy_pass`
//! of stream (`src/http/ngx_http_upstream.c`, `src/stream/ngx_stream_upstream.c`).

use gatelint_catalog::nginx::Name;

use super::{Check, Log};
use crate::nginx::trial::setter::pass::read;
use crate::nginx::trial::{Defect, Evidence, Expected, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope};

#[derive(Default)]
pub(super) struct Passes<'a> {
    /// Passes to a host without a port, with the section that they stand in.
    without_port: Vec<(ContextKind, Directive<'a>)>,
}

impl<'a> Check<'a> for Passes<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["memcached_pass", "proxy_pass"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let is_stream = directive.scope().kind() == ContextKind::StreamServer;
        if name.text() == "proxy_pass" && !is_stream {
            return;
        }
        let Some(arg) = directive.arg(0).filter(|arg| !arg.value.contains(&b'$')) else { return };
        let Some(url) = read(&arg.text()).ok().filter(|url| url.socket.is_none()) else { return };
        let group = directive.stack.upstream(&url.host, is_stream);
        let group = group.filter(|group| group.scope.is_read_with(directive.scope()));
        let group = group.and_then(|group| group.scope.opener());
        match (url.port, group) {
            (Some(port), Some(group)) if group.id() < directive.id() => {
                let message = format!("upstream \"{}\" may not have port {port}", url.host);
                let expected = Expected::What("the name of the upstream without a port");
                if let Some(emerg) = log.refuse(directive, Fault::value(1, expected, message)) {
                    emerg.show(group.span(), Evidence::Against);
                }
            }
            (None, None) => {
                let section = if is_stream { ContextKind::Stream } else { ContextKind::Http };
                self.without_port.push((section, directive));
            }
            _ => {}
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        let section = scope.kind();
        if scope.opener().is_none() || !matches!(section, ContextKind::Http | ContextKind::Stream) {
            return;
        }
        let is_closed = scope.is_whole() && scope.is_in_main();
        for (_, directive) in self.without_port.extract_if(.., |(kind, _)| *kind == section) {
            let Some(host) = directive.arg(0).filter(|_| is_closed) else { continue };
            let message = format!("no port in upstream \"{}\"", host.text());
            let fault = Fault::new(Defect::Undefined(Thing::Upstream), 1, message);
            log.refuse_at(directive, Some(directive.end_span()), fault);
        }
    }
}
