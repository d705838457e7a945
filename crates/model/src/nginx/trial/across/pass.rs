//! Passes and the groups that they name (`ngx_http_upstream_add()` of `src/http/ngx_http_upstream.c`), and the
//! places in which `proxy_pass` may have a URI (`src/http/modules/ngx_http_proxy_module.c`).

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashMap;

use super::{Check, Log, location::location_of};
use crate::nginx::trial::setter::location::Way;
use crate::nginx::trial::{Defect, Evidence, Expected, Fault};
use crate::nginx::url::{self, Url, UrlRules};
use crate::nginx::{ContextKind, Directive, Pass};

/// What nginx keeps for a host: an `upstream` block, or what the first pass to it says.
struct Host<'a> {
    port: Option<u16>,
    has_port: bool,
    is_group: bool,
    by: Directive<'a>,
}

#[derive(Default)]
pub(super) struct Passes<'a> {
    /// By name in lower case; those of http, and those of stream.
    http: FxHashMap<String, Vec<Host<'a>>>,
    stream: FxHashMap<String, Vec<Host<'a>>>,
}

impl<'a> Check<'a> for Passes<'a> {
    fn names(&self) -> &'static [&'static str] {
        &[
            "upstream",
            "proxy_pass",
            "fastcgi_pass",
            "uwsgi_pass",
            "scgi_pass",
            "grpc_pass",
            "memcached_pass",
        ]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        if name.text() == "upstream" {
            self.group(directive, log);
            return;
        }
        if directive.scope().kind() == ContextKind::StreamServer {
            let text = directive.arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default();
            let rules = UrlRules { default_port: None, uri_part: false };
            if let Some(url) = url::parse(&text, rules).ok().filter(|_| !text.contains('$')) {
                join(&mut self.stream, &url, directive, log);
            }
            return;
        }
        let Some(url) = url_of(directive) else { return };
        let is_refused = join(&mut self.http, url, directive, log);
        if !is_refused && name.text() == "proxy_pass" && url.uri.as_ref().is_some_and(|uri| !uri.is_empty()) {
            uri_part(directive, log);
        }
    }
}

/// Where a pass leads, as the model has read it; `None` where variables or an error stand in it.
fn url_of(directive: Directive<'_>) -> Option<&Url> {
    let stack = directive.stack;
    let passes = &stack.derived.passes;
    let index = passes.binary_search_by_key(&directive.id, |pass| pass.place).ok()?;
    let pass = Pass { stack, data: passes.get(index)? };
    let urls = Some(pass).filter(|pass| !pass.is_variable())?.urls();
    match urls {
        crate::Value::Known((url, _)) => Some(url),
        _ => None,
    }
}

impl<'a> Passes<'a> {
    /// A block takes over the first entry of its name, unless that has a port.
    fn group(&mut self, directive: Directive<'a>, log: &mut Log) {
        let hosts = match directive.block().map(|block| block.kind()) {
            Some(ContextKind::Upstream) => &mut self.http,
            Some(ContextKind::StreamUpstream) => &mut self.stream,
            _ => return,
        };
        let Some(name) = directive.arg(0) else { return };
        let known = hosts.entry(name.text().to_ascii_lowercase()).or_default();
        let group = Host { port: None, has_port: false, is_group: true, by: directive };
        match known.first_mut() {
            Some(first) if first.is_group => {}
            Some(first) => {
                if first.has_port {
                    let pass = first.by;
                    let fault = port_fault(&name.text(), first.port);
                    if let Some(emerg) = log.refuse_at(pass, Some(pass.end_span()), fault) {
                        emerg.show(directive.span(), Evidence::Against);
                    }
                }
                *first = group;
            }
            None => known.push(group),
        }
    }
}

fn port_fault(name: &str, port: Option<u16>) -> Fault {
    let message = format!("upstream \"{name}\" may not have port {}", port.unwrap_or(0));
    Fault::value(1, Expected::What("the name of the upstream without a port"), message)
}

/// A pass to a host; whether nginx refuses it.
fn join<'a>(
    hosts: &mut FxHashMap<String, Vec<Host<'a>>>,
    url: &Url,
    directive: Directive<'a>,
    log: &mut Log,
) -> bool {
    if url.socket.is_some() {
        return false;
    }
    let known = match hosts.get_mut(&url.host) {
        Some(known) => known,
        None => hosts.entry(url.host.to_ascii_lowercase()).or_default(),
    };
    for host in &*known {
        if host.is_group && url.has_port {
            if let Some(emerg) = log.refuse(directive, port_fault(&url.host, url.port)) {
                emerg.show(host.by.span(), Evidence::Against);
            }
            return true;
        }
        if host.port.zip(url.port).is_none_or(|(known, port)| known == port) {
            return false;
        }
    }
    known.push(Host { port: url.port, has_port: url.has_port, is_group: false, by: directive });
    false
}

/// A `proxy_pass` with a URI where nginx cannot tell what that would replace.
fn uri_part(directive: Directive<'_>, log: &mut Log) {
    let scope = directive.scope();
    let around = scope.opener();
    let way = around.and_then(location_of).map(|location| location.way);
    let is_refused = match scope.kind() {
        ContextKind::IfInLocation | ContextKind::LimitExcept => true,
        ContextKind::Location => matches!(way, Some(Way::Regex { .. } | Way::Named)),
        _ => false,
    };
    if !is_refused {
        return;
    }
    let message = "\"proxy_pass\" cannot have URI part in location given by regular expression, or inside named \
        location, or inside \"if\" statement, or inside \"limit_except\" block";
    let emerg = log.refuse(directive, Fault::new(Defect::Conflict, 1, message));
    if let Some((emerg, around)) = emerg.zip(around) {
        emerg.show(around.span(), Evidence::Around);
    }
}
