//! The ways that requests take, as a graph that can be drawn: server, location, group, address, who answers there.
//!
//! Only locations that pass requests on are in it. It is bounded and says what it leaves out; which of the ways
//! matter most is for the caller to say.

use std::collections::hash_map::Entry;

use gatelint_syntax::Span;
use rustc_hash::FxHashMap;

use crate::fpm::Bind;
use crate::links::{PoolRef, Reached};
use crate::nginx::{ContextId, Directive, Family, Pass, Scope, Target};
use crate::{Address, HostName, Stack};

/// The most passes that are looked at when the worst are chosen.
const MAX_PASSES: usize = 20_000;
/// The most places that are kept of one connection.
const MAX_PLACES: usize = 16;
/// The most settings of a pool whose places are kept.
const MAX_SETTINGS: usize = 500;
/// The most characters of a text that is kept.
const MAX_TEXT: usize = 200;

/// How much is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Servers.
    pub servers: usize,
    /// Locations of one server.
    pub locations: usize,
    /// Servers of one group.
    pub members: usize,
    /// Connections; no server is begun when so many are drawn.
    pub edges: usize,
}

impl Default for Bounds {
    /// What a browser draws at once and a person can follow; other programs' limits for such texts lie above.
    fn default() -> Self {
        Self { servers: 60, locations: 12, members: 8, edges: 300 }
    }
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A `server`.
    Server,
    /// A location (or the `if` in it) that passes requests on.
    Location,
    /// An `upstream`.
    Group,
    /// An address that nginx connects to.
    Address,
    /// A pool of PHP-FPM.
    Pool,
    /// A server of this nginx.
    Nginx,
    /// A service of a compose file.
    Service,
    /// No pool of the tree listens there, and only a pool could.
    Nobody,
    /// Something that the tree does not say.
    Unknown,
}

impl Kind {
    /// How many steps it is away from the visitor: 0 to 4.
    pub fn column(self) -> usize {
        match self {
            Self::Server => 0,
            Self::Location => 1,
            Self::Group => 2,
            Self::Address => 3,
            Self::Pool | Self::Nginx | Self::Service | Self::Nobody | Self::Unknown => 4,
        }
    }
}

/// One station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it stands for.
    pub kind: Kind,
    /// What it is called, as written; at most 200 characters.
    pub name: String,
    /// What else is worth showing; may be empty.
    pub detail: String,
    /// Where it is written: its header, and for a pool its settings.
    pub spans: Vec<Span>,
    /// From its header to the end of its block, where both are in one file.
    pub block: Option<Span>,
}

/// One connection, from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The node that it begins at, by index.
    pub from: usize,
    /// The node that it leads to.
    pub to: usize,
    /// The directives and values that make it.
    pub spans: Vec<Span>,
}

/// The graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The stations, the worst servers first.
    pub nodes: Vec<Node>,
    /// The connections.
    pub edges: Vec<Edge>,
    /// Servers that pass requests on and are left out.
    pub servers_left_out: usize,
    /// Locations that are left out of the servers that are drawn.
    pub locations_left_out: usize,
    /// Servers of groups that are left out.
    pub members_left_out: usize,
}

/// What makes two nodes one.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Server(Option<ContextId>),
    Location(Span, Option<ContextId>),
    Group(ContextId),
    Address(Address),
    End(Address),
    Pool(Span),
}

/// A server, or what stands outside of any, with its passes and the worst that is said of them.
struct Way<'a> {
    server: Option<Scope<'a>>,
    rank: u8,
    passes: Vec<(u8, Pass<'a>)>,
}

struct Builder<'a> {
    stack: &'a Stack,
    bounds: Bounds,
    rank: &'a dyn Fn(Span) -> u8,
    nodes: FxHashMap<Key, usize>,
    edges: FxHashMap<(usize, usize), usize>,
    paths: Paths,
}

impl Stack {
    /// Draws the ways of requests. `rank` says how bad the worst is that is known of a place; the worst come first
    /// and are left out last.
    pub fn paths(&self, bounds: Bounds, rank: &dyn Fn(Span) -> u8) -> Paths {
        let mut builder = Builder {
            stack: self,
            bounds,
            rank,
            nodes: FxHashMap::default(),
            edges: FxHashMap::default(),
            paths: Paths::default(),
        };
        let mut ways = builder.ways();
        ways.sort_by_key(|way| std::cmp::Reverse(way.rank));
        for (index, way) in ways.iter().enumerate() {
            if index >= bounds.servers || builder.paths.edges.len() >= bounds.edges {
                builder.paths.servers_left_out = ways.len() - index;
                break;
            }
            builder.draw(way);
        }
        builder.paths
    }
}

impl<'a> Builder<'a> {
    /// Every server that passes requests on, in reading order.
    fn ways(&self) -> Vec<Way<'a>> {
        let mut index: FxHashMap<Option<ContextId>, usize> = FxHashMap::default();
        let mut ways: Vec<Way<'a>> = Vec::new();
        for pass in self.stack.passes().take(MAX_PASSES) {
            let server = pass.server();
            let at = *index.entry(server.map(Scope::id)).or_insert(ways.len());
            if at == ways.len() {
                let rank = server.and_then(block).map_or(0, self.rank);
                ways.push(Way { server, rank, passes: Vec::new() });
            }
            let rank = self.rank_of(pass);
            if let Some(way) = ways.get_mut(at) {
                way.rank = way.rank.max(rank);
                way.passes.push((rank, pass));
            }
        }
        ways
    }

    fn rank_of(&self, pass: Pass<'a>) -> u8 {
        let location = pass.location().and_then(block).map_or(0, self.rank);
        let own = (self.rank)(pass.directive().span()).max(location);
        let target = |target: Target<'a>| {
            let pools = self.stack.pools_behind(target.address);
            let listen =
                |pool: &PoolRef<'_>| pool.pool.listener.as_ref().map_or(0, |one| (self.rank)(one.span));
            pools.pools().iter().map(listen).max().unwrap_or(0).max((self.rank)(target.span))
        };
        pass.targets().into_iter().take(self.bounds.members).map(target).max().unwrap_or(0).max(own)
    }

    fn draw(&mut self, way: &Way<'a>) {
        let server = self.server(way.server);
        let mut chosen: Vec<(u8, Pass<'a>)> = way.passes.clone();
        chosen.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        chosen.truncate(self.bounds.locations);
        chosen.sort_by_key(|(_, pass)| pass.directive().id());
        self.paths.locations_left_out += way.passes.len() - chosen.len();
        for (_, pass) in chosen {
            self.pass(server, pass);
        }
    }

    fn server(&mut self, server: Option<Scope<'a>>) -> usize {
        let node = match server {
            None => Node::new(Kind::Server, "(outside a server)".to_owned(), String::new()),
            Some(scope) => {
                let names = scope.own("server_name").flat_map(Directive::args).map(|arg| arg.span);
                let names = self.words(names);
                let name = if names.is_empty() { "(no name)".to_owned() } else { names };
                let listens: Vec<String> =
                    scope.own("listen").map(|listen| self.words(listen.args().map(|arg| arg.span))).collect();
                let shown = listens.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
                let detail = match listens.len() {
                    0 => "listen 80 (default)".to_owned(),
                    all if all > 3 => format!("listen {shown}, and {} more", all - 3),
                    _ => format!("listen {shown}"),
                };
                Node::new(Kind::Server, name, detail).at(scope)
            }
        };
        self.node(Key::Server(server.map(Scope::id)), || node)
    }

    fn pass(&mut self, server: usize, pass: Pass<'a>) {
        let scope = pass.scope();
        let directive = pass.directive();
        let written = |directive: Directive<'a>| self.words(std::iter::once(directive.span()));
        let name = scope.opener().map_or_else(|| "(outside a location)".to_owned(), written);
        let detail = written(directive);
        let opener = scope.opener().map(|opener| opener.span());
        let node = Node::new(Kind::Location, name, detail).at(scope);
        let key = Key::Location(directive.span(), Some(scope.id()));
        let location = self.node(key, || node);
        self.edge(server, location, opener.into_iter());

        let mut targets = pass.targets();
        let mut from = location;
        if let Some(upstream) = targets.first().and_then(|target| target.upstream).or(pass.upstream()) {
            let count = upstream.peers().count();
            let plural = if count == 1 { "" } else { "s" };
            let name = clip(&upstream.name());
            let node = Node::new(Kind::Group, name, format!("upstream, {count} server{plural}"));
            from = self.node(Key::Group(upstream.scope.id()), || node.at(upstream.scope));
            self.edge(location, from, std::iter::once(directive.span()));
        }
        if targets.len() > self.bounds.members {
            targets.sort_by_key(|target| std::cmp::Reverse((self.rank)(target.span)));
            self.paths.members_left_out += targets.len() - self.bounds.members;
            targets.truncate(self.bounds.members);
        }
        for target in &targets {
            // Values of one variable may lead to several groups and addresses.
            let begin = if target.upstream.is_some() { from } else { location };
            self.target(begin, pass, target);
        }
        if targets.is_empty() {
            let what =
                if pass.is_variable() { "decided when a request comes" } else { "not usable as written" };
            let node = Node::new(Kind::Unknown, what.to_owned(), String::new());
            let end = self.push(node);
            self.edge(from, end, std::iter::once(directive.span()));
        }
    }

    fn target(&mut self, from: usize, pass: Pass<'a>, target: &Target<'a>) {
        let detail = if target.tls { "TLS" } else { "" };
        let name = clip(&target.address.to_string());
        let address = self
            .node(Key::Address(target.address.clone()), || Node::new(Kind::Address, name, detail.to_owned()));
        let line = target.server.map_or(target.span, Directive::span);
        let line = if target.server.is_none() && target.upstream.is_none() && target.span == pass.span() {
            pass.directive().span()
        } else {
            line
        };
        self.edge(from, address, std::iter::once(line));
        self.end(address, pass, target);
    }

    /// Who answers at an address.
    fn end(&mut self, from: usize, pass: Pass<'a>, target: &Target<'a>) {
        let stack = self.stack;
        let at = std::iter::once(target.span);
        if let Reached::Pools(pools) = stack.pools_behind(target.address) {
            for PoolRef { pool, .. } in pools.iter().take(self.bounds.members) {
                let listen = pool.listener.as_ref();
                let detail = listen.map_or(String::new(), |listen| format!("listen = {}", listen.address));
                let mut node = Node::new(Kind::Pool, format!("pool [{}]", clip(&pool.name)), clip(&detail));
                node.spans = pool.headers.iter().copied().take(MAX_PLACES).collect();
                node.spans.extend(pool.settings.all.iter().map(|setting| setting.span).take(MAX_SETTINGS));
                let to = self.node(Key::Pool(pool.header), || node);
                let access =
                    ["listen", "listen.owner", "listen.group", "listen.mode", "listen.allowed_clients"];
                let access = access.iter().filter_map(|key| Some(pool.get(key)?.span));
                self.edge(from, to, access);
            }
            return;
        }
        let own = stack.listens_behind(target.address);
        let service = self.service(target.address);
        let node = match (own.first(), service) {
            (Some(listen), _) => {
                let names = listen.server.own("server_name").flat_map(Directive::args).map(|arg| arg.span);
                let names = self.words(names.take(1));
                let name =
                    if names.is_empty() { "this nginx".to_owned() } else { format!("this nginx: {names}") };
                let more = match own.len() {
                    1 => String::new(),
                    all => format!("and {} more servers", all - 1),
                };
                Node::new(Kind::Nginx, name, more)
            }
            (None, Some(name)) => {
                Node::new(Kind::Service, format!("service {name}"), "a container".to_owned())
            }
            (None, None) if self.is_nobody(pass, target) => {
                Node::new(Kind::Nobody, "nobody listens".to_owned(), "no pool has this address".to_owned())
            }
            (None, None) => Node::new(
                Kind::Unknown,
                "not in these files".to_owned(),
                "another program or machine".to_owned(),
            ),
        };
        let to = self.node(Key::End(target.address.clone()), || node);
        self.edge(from, to, at);
    }

    /// Whether only a pool could listen there, and none does.
    fn is_nobody(&self, pass: Pass<'a>, target: &Target<'a>) -> bool {
        let stack = self.stack;
        pass.family() == Family::Fastcgi
            && matches!(stack.pools_behind(target.address), Reached::Nobody)
            && stack.world.is_one_machine()
            && stack.fpm.pools().next().is_some()
            && !stack.is_status_listener(target.address)
            && stack.fpm.pools().all(|(_, pool)| pool.listener.as_ref().is_none_or(is_plain))
    }

    fn service(&self, address: &Address) -> Option<String> {
        let Address::Tcp(HostName::Name(name), _) = address else { return None };
        let mut services = self.stack.world.compose.projects.iter().flat_map(|project| &project.services);
        let found = services
            .find(|service| service.name.text.eq_ignore_ascii_case(name) || service.aliases.contains(name))?;
        Some(clip(&found.name.text))
    }

    /// What stands at places, as written, with a blank between.
    fn words(&self, spans: impl Iterator<Item = Span>) -> String {
        let mut out = String::new();
        for span in spans {
            if out.len() > MAX_TEXT {
                break;
            }
            let bytes = self.stack.sources.text(span);
            let bytes = bytes.get(..bytes.len().min(4 * MAX_TEXT)).unwrap_or_default();
            out.push_str(if out.is_empty() { "" } else { " " });
            out.extend(String::from_utf8_lossy(bytes).split_whitespace().flat_map(|word| [word, " "]));
            out.truncate(out.trim_end().len());
        }
        clip(&out)
    }

    fn node(&mut self, key: Key, node: impl FnOnce() -> Node) -> usize {
        let next = self.paths.nodes.len();
        match self.nodes.entry(key) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(place) => {
                self.paths.nodes.push(node());
                *place.insert(next)
            }
        }
    }

    fn push(&mut self, node: Node) -> usize {
        self.paths.nodes.push(node);
        self.paths.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, spans: impl Iterator<Item = Span>) {
        let next = self.paths.edges.len();
        let at = *self.edges.entry((from, to)).or_insert(next);
        if at == next {
            self.paths.edges.push(Edge { from, to, spans: Vec::new() });
        }
        let Some(edge) = self.paths.edges.get_mut(at) else { return };
        for span in spans {
            if edge.spans.len() < MAX_PLACES && !edge.spans.contains(&span) {
                edge.spans.push(span);
            }
        }
    }
}

impl Node {
    fn new(kind: Kind, name: String, detail: String) -> Self {
        Self { kind, name, detail, spans: Vec::new(), block: None }
    }

    fn at(mut self, scope: Scope<'_>) -> Self {
        self.spans.extend(scope.opener().map(Directive::span));
        self.block = block(scope);
        self
    }
}

/// Whether a listener is bound to what can be compared with an address.
fn is_plain(listener: &crate::fpm::Listener) -> bool {
    !matches!(&listener.bind, Bind::Name(..))
}

/// From the first word of a block's header to its closing brace.
fn block(scope: Scope<'_>) -> Option<Span> {
    let opener = scope.opener()?;
    let (start, end) = (opener.span(), opener.close_span());
    (start.file == end.file && start.start <= end.end)
        .then(|| gatelint_syntax::TextRange::new(start.start, end.end).in_file(start.file))
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
