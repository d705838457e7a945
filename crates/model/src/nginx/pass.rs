//! Passes of all families and what they lead to.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use gatelint_syntax::Span;

use super::effective::HANDLERS;
use super::url::{self, Url, UrlRules};
use super::{
    ContextId, ContextKind, Directive, Folded, Match, ParamData, Peer, PhpEvidence, PhpParams, PlaceId,
    Scope, Upstream, has_variables,
};
use crate::links::{PoolIds, PoolRef};
use crate::{Address, Stack, Value};

/// The protocol that a pass speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `proxy_pass`: HTTP.
    Proxy,
    /// `fastcgi_pass`.
    Fastcgi,
    /// `uwsgi_pass`.
    Uwsgi,
    /// `scgi_pass`.
    Scgi,
    /// `grpc_pass`: HTTP/2.
    Grpc,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 5] = [Self::Proxy, Self::Fastcgi, Self::Uwsgi, Self::Scgi, Self::Grpc];

    /// What its directives begin with: `proxy`, `fastcgi`, ...
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Fastcgi => "fastcgi",
            Self::Uwsgi => "uwsgi",
            Self::Scgi => "scgi",
            Self::Grpc => "grpc",
        }
    }

    /// The pass directive.
    pub fn directive(self) -> &'static str {
        match self {
            Self::Proxy => "proxy_pass",
            Self::Fastcgi => "fastcgi_pass",
            Self::Uwsgi => "uwsgi_pass",
            Self::Scgi => "scgi_pass",
            Self::Grpc => "grpc_pass",
        }
    }

    /// The schemes that may stand before the address, with the default port each brings.
    fn schemes(self) -> &'static [(&'static str, Option<u16>)] {
        match self {
            Self::Proxy => &[("http://", Some(80)), ("https://", Some(443))],
            Self::Fastcgi | Self::Scgi => &[],
            Self::Uwsgi => &[("uwsgi://", None), ("suwsgi://", None)],
            Self::Grpc => &[("grpc://", None), ("grpcs://", None)],
        }
    }
}

/// Why nginx refuses a pass's argument when it reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassError {
    /// What nginx prints.
    pub log: String,
}

/// One thing that a pass may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The argument after variables are filled in.
    pub(crate) text: String,
    /// Whether the scheme asks for TLS.
    pub(crate) tls: bool,
    pub(crate) url: Result<Url, PassError>,
    /// The directive that gave the variable its value.
    pub(crate) by: Option<PlaceId>,
    /// Where it leads; passes to one group share its servers.
    pub(crate) targets: Arc<[TargetData]>,
}

/// The most servers of one group that are looked at.
const MAX_PEERS: usize = 64;

/// What the model keeps of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetData {
    address: Address,
    written: String,
    span: Span,
    upstream: Option<ContextId>,
    server: Option<PlaceId>,
    /// The pools that answer there, worked out when first asked.
    pools: OnceLock<PoolIds>,
}

/// What the model keeps of a pass.
#[derive(Clone, Debug)]
pub(crate) struct PassData {
    pub(crate) place: PlaceId,
    pub(crate) family: Family,
    pub(crate) is_variable: bool,
    pub(crate) is_overruled: bool,
    pub(crate) to: Value<Destination>,
    /// What many rules ask of it, worked out when first asked.
    pub(crate) asked: Asked,
}

/// What is worked out of a pass once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) evidence: OnceLock<Option<PhpEvidence>>,
    pub(crate) params: OnceLock<PhpParams>,
    pub(crate) list: OnceLock<ParamData>,
}

/// A pass in the place where the includes put it.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) data: &'a PassData,
}

/// An address that a pass may connect to.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// Where to, in normal form.
    pub address: &'a Address,
    /// The address as nginx prints it in its log: a socket path stands as written.
    pub written: &'a str,
    /// Where the address is written: the pass, the group's `server`, the `set` or line of the `map`.
    pub span: Span,
    /// The group that it comes from.
    pub upstream: Option<Upstream<'a>>,
    /// The `server` line of the group.
    pub server: Option<Directive<'a>>,
    /// Whether TLS is spoken.
    pub tls: bool,
}

impl<'a> Pass<'a> {
    /// The directive.
    pub fn directive(self) -> Directive<'a> {
        Directive { stack: self.stack, id: self.data.place }
    }

    /// The block it stands in.
    pub fn scope(self) -> Scope<'a> {
        self.directive().scope()
    }

    /// The location around it (itself for a pass in `if`); `None` in stream or in a wrong place.
    pub fn location(self) -> Option<Scope<'a>> {
        self.scope().enclosing(ContextKind::Location)
    }

    /// The server around it.
    pub fn server(self) -> Option<Scope<'a>> {
        self.scope().enclosing(ContextKind::Server)
    }

    /// The protocol.
    pub fn family(self) -> Family {
        self.data.family
    }

    /// Whether something else answers in its place: another pass further down in the same block (nginx keeps one
    /// handler for a location, the last that is set), or a `return` before any handler is asked.
    pub fn is_overruled(self) -> bool {
        self.data.is_overruled
    }

    /// Whether the argument holds a variable: then it is resolved at run time.
    pub fn is_variable(self) -> bool {
        self.data.is_variable
    }

    /// Where its argument is written.
    pub fn span(self) -> Span {
        self.directive().value_span()
    }

    /// Why nginx refuses the argument, where it does. A variable argument is never refused at load.
    pub fn error(self) -> Option<&'a PassError> {
        match &self.data.to {
            Value::Known(Destination { url: Err(error), .. }) if !self.data.is_variable => Some(error),
            _ => None,
        }
    }

    /// The values of a variable argument that nginx refuses when a request comes (status 500): what it logs, and
    /// who says the value. An empty value stands for "none of these" in many tables and is left out.
    pub fn refused_values(self) -> impl Iterator<Item = (String, Option<Directive<'a>>)> {
        let all = self.data.to.candidates().unwrap_or_default();
        all.iter().filter(move |to| self.data.is_variable && !to.text.is_empty()).filter_map(move |to| {
            let error = to.url.as_ref().err()?;
            // `ngx_http_proxy_eval()` wants something behind the scheme and names the value.
            let log = match error.log.as_str() {
                "invalid URL prefix" => format!("invalid URL prefix in \"{}\"", to.text),
                log => log.to_owned(),
            };
            Some((log, to.by.map(|id| Directive { stack: self.stack, id })))
        })
    }

    /// The addresses as they are read, before groups and names are looked up, each with where it is written;
    /// `Unknown` where a variable is made at run time. Refused ones are left out.
    pub fn urls(self) -> Value<(&'a Url, Span)> {
        let each = |to: &'a Destination| {
            let span = to.by.map_or(self.span(), |id| Directive { stack: self.stack, id }.span());
            to.url.as_ref().ok().map(|url| (url, span))
        };
        match &self.data.to {
            Value::Unknown => Value::Unknown,
            Value::Known(to) => each(to).map_or(Value::Unknown, Value::Known),
            Value::OneOf(all) => Value::OneOf(all.iter().filter_map(each).collect()),
        }
    }

    /// The group it names, where it surely names one.
    pub fn upstream(self) -> Option<Upstream<'a>> {
        match &self.data.to {
            Value::Known(Destination { url: Ok(url), .. }) => group(self.stack, url),
            _ => None,
        }
    }

    /// Every address it may connect to, as far as the text tells; see [`Pass::is_closed`]. Of a group the first
    /// 64 servers.
    pub fn targets(self) -> Vec<Target<'a>> {
        self.all_targets().map(|(to, target)| self.make_target(to, target)).collect()
    }

    /// One of [`Pass::targets`], by its number.
    pub fn target(self, at: usize) -> Option<Target<'a>> {
        self.all_targets().nth(at).map(|(to, target)| self.make_target(to, target))
    }

    fn all_targets(self) -> impl Iterator<Item = (&'a Destination, &'a TargetData)> {
        let all = self.data.to.candidates().unwrap_or_default();
        all.iter().flat_map(|to| to.targets.iter().map(move |target| (to, target)))
    }

    fn make_target(self, to: &'a Destination, target: &'a TargetData) -> Target<'a> {
        let stack = self.stack;
        Target {
            address: &target.address,
            written: &target.written,
            span: target.span,
            upstream: target.upstream.map(|id| Upstream { scope: Scope { stack, id } }),
            server: target.server.map(|id| Directive { stack, id }),
            tls: to.tls,
        }
    }

    /// The pools of the tree that answer at its targets, each with the target's number.
    pub fn pools(self) -> impl Iterator<Item = (usize, PoolRef<'a>)> {
        let stack = self.stack;
        self.all_targets().enumerate().flat_map(move |(at, (_, target))| {
            let ids = target.pools.get_or_init(|| stack.pool_ids_behind(&target.address));
            ids.iter().filter_map(move |id| Some((at, stack.pool_ref(*id)?)))
        })
    }

    /// Whether [`Pass::targets`] holds all there can be.
    pub fn is_closed(self) -> bool {
        let all = self.data.to.candidates();
        all.is_some_and(|all| all.iter().all(|to| to.targets.len() < MAX_PEERS))
    }
}

/// Reads every pass of the stack.
pub(crate) fn build(stack: &Stack) -> Vec<PassData> {
    let mut passes = Vec::new();
    let mut reader = DestinationReader { stack, groups: HashMap::new() };
    for family in Family::ALL {
        for directive in stack.directives(family.directive()) {
            let kind = directive.scope().kind();
            if !matches!(kind, ContextKind::Location | ContextKind::IfInLocation | ContextKind::LimitExcept) {
                // `proxy_pass` of stream is another directive; anything else is refused for its place.
                continue;
            }
            let Some(arg) = directive.arg(0) else { continue };
            let is_variable = has_variables(&arg.value);
            let scope = directive.scope();
            let folded = match scope.fold(&arg.value) {
                Value::Unknown if family == Family::Proxy => scope.fold(without_uri(&arg.value)),
                folded => folded,
            };
            let to = match folded {
                Value::Unknown => Value::Unknown,
                Value::Known(one) => Value::Known(reader.read(family, directive, &one)),
                Value::OneOf(all) => {
                    Value::OneOf(all.iter().map(|one| reader.read(family, directive, one)).collect())
                }
            };
            let is_later =
                |name: &&str| scope.own(name).next_back().is_some_and(|last| last.id > directive.id);
            let is_overruled = HANDLERS.iter().any(is_later) || scope.returns_first();
            passes.push(PassData {
                place: directive.id,
                family,
                is_variable,
                is_overruled,
                to,
                asked: Asked::default(),
            });
        }
    }
    passes.sort_by_key(|pass| pass.place);
    passes
}

/// What stands before the URI of a `proxy_pass` with variables: that part may be known where the URI is not.
fn without_uri(argument: &[u8]) -> &[u8] {
    let find = |text: &[u8], part: &[u8]| text.windows(part.len()).position(|window| window == part);
    let Some(start) = find(argument, b"://").map(|at| at + 3) else { return argument };
    let rest = argument.get(start..).unwrap_or_default();
    // Within a socket's path a `/` begins no URI; these variables always do.
    let is_socket = rest.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"unix:"));
    let slash = rest.iter().position(|byte| b"/?".contains(byte)).filter(|_| !is_socket);
    let variables: [&[u8]; 4] = [b"$request_uri", b"$uri", b"$document_uri", b"$is_args"];
    let variable = variables.iter().filter_map(|name| find(rest, name)).min();
    let end = slash.into_iter().chain(variable).min().unwrap_or(rest.len());
    argument.get(..start + end).unwrap_or(argument)
}

/// The group that an address names. `unix:/path` is a name too: nginx looks every host up.
fn group<'a>(stack: &'a Stack, url: &Url) -> Option<Upstream<'a>> {
    if url.has_port { None } else { stack.upstream(&url.host, false) }
}

/// Reads what passes lead to; the servers of a group once.
struct DestinationReader<'a> {
    stack: &'a Stack,
    groups: HashMap<ContextId, Arc<[TargetData]>>,
}

impl<'a> DestinationReader<'a> {
    fn read(&mut self, family: Family, pass: Directive<'a>, folded: &Folded<'a>) -> Destination {
        let text = String::from_utf8_lossy(&folded.value).into_owned();
        let (tls, url) = read(family, &text);
        let targets = match &url {
            Ok(url) => match group(self.stack, url) {
                Some(upstream) => self.servers(upstream),
                None => {
                    let span = folded.by.map_or_else(|| pass.value_span(), Directive::span);
                    url.address().map(|address| direct(url, address, span)).into_iter().collect()
                }
            },
            Err(_) => Arc::default(),
        };
        Destination { text, tls, url, by: folded.by.map(|by| by.id), targets }
    }

    fn servers(&mut self, upstream: Upstream<'a>) -> Arc<[TargetData]> {
        let target = |peer: Peer<'a>| {
            let written = peer.directive.arg(0)?;
            Some(TargetData {
                address: peer.address?,
                written: written.text().into_owned(),
                span: written.span,
                upstream: Some(upstream.scope.id),
                server: Some(peer.directive.id),
                pools: OnceLock::new(),
            })
        };
        let all = || upstream.peers().filter_map(target).take(MAX_PEERS).collect();
        self.groups.entry(upstream.scope.id).or_insert_with(all).clone()
    }
}

fn direct(url: &Url, address: Address, span: Span) -> TargetData {
    let written = match &url.socket {
        Some(path) => format!("unix:{path}"),
        None => address.to_string(),
    };
    TargetData { address, written, span, upstream: None, server: None, pools: OnceLock::new() }
}

/// Reads a pass's argument as `ngx_http_proxy_pass()` and its siblings do.
fn read(family: Family, text: &str) -> (bool, Result<Url, PassError>) {
    let starts =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let scheme = family.schemes().iter().find(|(scheme, _)| starts(scheme));
    let (rest, default_port, tls) = match scheme {
        Some((scheme, port)) => {
            let tls = matches!(*scheme, "https://" | "suwsgi://" | "grpcs://");
            (text.get(scheme.len()..).unwrap_or(""), *port, tls)
        }
        None if family == Family::Proxy => {
            return (false, Err(PassError { log: "invalid URL prefix".into() }));
        }
        None => (text, None, false),
    };
    let uri_part = family == Family::Proxy;
    let url = url::parse(rest, UrlRules { default_port, uri_part })
        .map_err(|error| PassError { log: format!("{error} in upstream \"{rest}\"") });
    (tls, url)
}

impl<'a> Scope<'a> {
    /// Whether a `return` answers every request that comes to this block: the rewrite module runs before any handler is
    /// asked (`ngx_http_rewrite_handler()`). A nested location does not inherit it.
    fn returns_first(self) -> bool {
        let mut levels = self.ancestors();
        let location = levels.find(|level| {
            level.always_returns() || matches!(level.kind(), ContextKind::Location | ContextKind::LimitExcept)
        });
        if location.is_some_and(Scope::always_returns) {
            return true;
        }
        // A named location is entered behind the server's own part (`ngx_http_named_location()`).
        let is_named = |level: Scope<'_>| matches!(level.location_match(), Some(Match::Named(_)));
        self.enclosing(ContextKind::Server).is_some_and(Scope::always_returns)
            && !self.ancestors().any(is_named)
    }

    /// Whether a `return` of the block itself is surely come to: nothing of it may end the rewriting before.
    fn always_returns(self) -> bool {
        let ends = |level: Scope<'_>| ["rewrite", "break"].iter().any(|name| level.own(name).len() > 0);
        self.own("return").len() > 0 && self.is_whole() && !ends(self) && !self.blocks().any(ends)
    }

    /// The pass that handles the requests of this location: the last one of the block itself.
    pub fn pass(self) -> Option<Pass<'a>> {
        let last = Family::ALL.iter().filter_map(|family| self.own(family.directive()).next_back());
        let id = last.map(Directive::id).max()?;
        let passes = &self.stack.derived.passes;
        let at = passes.binary_search_by_key(&id, |pass| pass.place).ok()?;
        let pass = Pass { stack: self.stack, data: passes.get(at)? };
        (!pass.is_overruled()).then_some(pass)
    }
}

impl Stack {
    /// The passes of http that requests may come to, in reading order.
    pub fn passes(&self) -> impl Iterator<Item = Pass<'_>> {
        self.written_passes().filter(|pass| !pass.is_overruled())
    }

    /// Every pass of http as it stands there, overruled ones included: nginx reads them all.
    pub fn written_passes(&self) -> impl Iterator<Item = Pass<'_>> {
        self.derived.passes.iter().map(move |data| Pass { stack: self, data })
    }
}
