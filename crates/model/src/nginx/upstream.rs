//! `upstream` groups and their servers.

use std::borrow::Cow;
use std::collections::HashMap;

use gatelint_syntax::Span;

use super::url::{self, UrlRules};
use super::{ContextId, ContextKind, Directive, Scope};
use crate::{Address, Stack};

/// The groups of http and of stream by name, in lower case as nginx compares them.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    http: HashMap<String, ContextId>,
    stream: HashMap<String, ContextId>,
}

impl Groups {
    pub(crate) fn build(stack: &Stack) -> Self {
        let mut groups = Self::default();
        for directive in stack.directives("upstream") {
            let (Some(name), Some(block)) = (directive.arg(0), directive.block()) else { continue };
            let name = name.text().to_ascii_lowercase();
            match block.kind() {
                ContextKind::Upstream => groups.http.entry(name).or_insert(block.id),
                ContextKind::StreamUpstream => groups.stream.entry(name).or_insert(block.id),
                _ => continue,
            };
        }
        groups
    }
}

/// An `upstream {}` block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upstream<'a> {
    /// Its block.
    pub scope: Scope<'a>,
}

/// A `server` of a group.
#[derive(Clone, Debug)]
pub struct Peer<'a> {
    /// The directive.
    pub directive: Directive<'a>,
    /// Its address; `None` where nginx refuses it, or where it is filled in later.
    pub address: Option<Address>,
    /// Why nginx refuses the address, in its words (it prints ` in upstream "..."` after them).
    pub error: Option<&'static str>,
}

impl<'a> Upstream<'a> {
    /// The name as written.
    pub fn name(self) -> Cow<'a, str> {
        let name = self.scope.opener().and_then(|opener| opener.arg(0));
        Cow::Owned(name.map(|name| name.text().into_owned()).unwrap_or_default())
    }

    /// Where the name is written.
    pub fn name_span(self) -> Option<Span> {
        self.scope.opener().map(Directive::value_span)
    }

    /// Its servers, in order.
    pub fn peers(self) -> impl Iterator<Item = Peer<'a>> {
        self.scope.own("server").map(|directive| {
            let text = directive.arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default();
            // ngx_http_upstream_server(): the default port is 80 whatever the protocol.
            match url::parse(&text, UrlRules { default_port: Some(80), uri_part: false }) {
                Ok(url) => Peer { directive, address: url.address(), error: None },
                Err(error) => Peer { directive, address: None, error: Some(error) },
            }
        })
    }
}

impl Peer<'_> {
    /// Whether it carries a parameter such as `down`, `backup`, `resolve`.
    pub fn has(&self, parameter: &str) -> bool {
        self.directive.args().skip(1).any(|arg| *arg.value == *parameter.as_bytes())
    }
}

impl Stack {
    /// The group called `name` in http, or in stream where `stream` is set.
    pub fn upstream(&self, name: &str, stream: bool) -> Option<Upstream<'_>> {
        let groups = if stream { &self.derived.groups.stream } else { &self.derived.groups.http };
        let id = *groups.get(&name.to_ascii_lowercase())?;
        Some(Upstream { scope: Scope { stack: self, id } })
    }

    /// Every group of http, in reading order.
    pub fn upstreams(&self) -> impl Iterator<Item = Upstream<'_>> {
        self.directives("upstream")
            .filter_map(Directive::block)
            .filter(|scope| scope.kind() == ContextKind::Upstream)
            .map(|scope| Upstream { scope })
    }
}
