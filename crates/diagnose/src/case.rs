//! One distinct line, and the part of the configuration that it is about.

use std::borrow::Cow;

use gatelint_model::address::normal_path;
use gatelint_model::links::PoolRef;
use gatelint_model::nginx::{ContextKind, End, ListenAddress, Pass, Request, Scope, Target, Way, normal_uri};
use gatelint_model::{Address, HostName, Stack};
use gatelint_syntax::Span;

use crate::log::{Context, Entry};

/// The most servers of one name that are tried.
const MAX_SERVERS: usize = 16;

/// What a line is about.
pub(crate) struct Case<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) entry: &'a Entry,
    /// What is said.
    pub(crate) message: Cow<'a, str>,
    /// The server that took the request.
    pub(crate) server: Option<Scope<'a>>,
    /// The blocks that the request passed, the last one at the end.
    pub(crate) blocks: Vec<Scope<'a>>,
    /// Its pass.
    pub(crate) pass: Option<Pass<'a>>,
    /// Where the address is written that nginx connected to.
    pub(crate) target: Option<Span>,
    /// The pools behind it, or the one that the line names.
    pub(crate) pools: Vec<PoolRef<'a>>,
}

/// How well a pass fits the address that nginx names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// A name whose address is not in the text.
    Likely,
    Yes,
}

impl<'a> Case<'a> {
    pub(crate) fn new(stack: &'a Stack, entry: &'a Entry) -> Self {
        let mut case = Self {
            stack,
            entry,
            message: String::from_utf8_lossy(&entry.message),
            server: None,
            blocks: Vec::new(),
            pass: None,
            target: None,
            pools: Vec::new(),
        };
        case.route();
        if case.message.starts_with("client sent ") {
            // Refused while its head was read: no location has it yet.
            case.blocks.clear();
            (case.pass, case.target) = (None, None);
            case.pools.clear();
        }
        case.name_pools();
        case
    }

    /// Where the request ended up.
    pub(crate) fn scope(&self) -> Option<Scope<'a>> {
        self.pass.map(Pass::scope).or(self.blocks.last().copied()).or(self.server)
    }

    /// The address that nginx connected to, without scheme: `unix:/run/php.sock`, `127.0.0.1:9000`, `app`.
    pub(crate) fn authority(&self) -> Cow<'a, str> {
        let text = Context::parse(&self.entry.context).authority();
        let start = memchr::memmem::find(text, b"://").map_or(0, |at| at + 3);
        String::from_utf8_lossy(text.get(start..).unwrap_or_default())
    }

    /// The family that nginx spoke: `fastcgi`, `proxy`, ...
    pub(crate) fn family(&self) -> &'static str {
        if let Some(pass) = self.pass {
            return pass.family().prefix();
        }
        family(self.entry)
    }

    fn route(&mut self) {
        let context = Context::parse(&self.entry.context);
        if self.entry.context.is_empty() {
            return;
        }
        let authority = self.authority();
        let stack = self.stack;
        let is_of_file = self.message.starts_with("open() ") || self.message.starts_with("directory index");
        let mut best: Option<((Fit, bool, bool), Scope<'a>, Way<'a>)> = None;
        for server in servers(stack, &context) {
            let Some(request) = request(server, &context) else { continue };
            for way in server.ways(&request).all {
                let fit = way.pass().map_or(Fit::No, |pass| fit(pass, &authority).0);
                let is_answer = matches!(way.end, End::Answer { .. });
                let rank = (fit, !authority.is_empty() || !is_answer, way.pass().is_some() != is_of_file);
                if best.as_ref().is_none_or(|(before, ..)| rank > *before) {
                    best = Some((rank, server, way));
                }
            }
        }
        if let Some(((fit, ..), server, way)) = best
            && (authority.is_empty() || fit > Fit::No)
        {
            return self.take(server, &way);
        }
        // The request was led another way than the text tells: whatever passes there then.
        let named: Vec<Scope<'_>> = servers(stack, &context);
        let all =
            || stack.passes().map(|pass| (fit(pass, &authority).0, pass)).filter(|(fit, _)| *fit > Fit::No);
        let is_near = |pass: &Pass<'a>| pass.server().is_some_and(|server| named.contains(&server));
        let near = all().filter(|(_, pass)| is_near(pass)).max_by_key(|(fit, _)| *fit);
        let found = near.or_else(|| all().max_by_key(|(fit, _)| *fit));
        self.server = found.and_then(|(_, pass)| pass.server()).or(named.first().copied());
        if let Some((_, pass)) = found.filter(|_| !authority.is_empty()) {
            self.blocks.extend(pass.location());
            self.connect(pass, &authority);
        }
    }

    fn take(&mut self, server: Scope<'a>, way: &Way<'a>) {
        self.server = Some(server);
        self.blocks = way.blocks().collect();
        if let Some(pass) = way.pass() {
            let authority = self.authority();
            self.connect(pass, &authority);
        }
    }

    fn connect(&mut self, pass: Pass<'a>, authority: &str) {
        self.pass = Some(pass);
        let (_, target) = fit(pass, authority);
        let target = target.or_else(|| pass.targets().into_iter().next());
        self.target = Some(target.as_ref().map_or(pass.span(), |target| target.span));
        if let Some(target) = target {
            self.pools = self.stack.pools_behind(target.address).pools().to_vec();
        }
    }

    /// The pool that PHP-FPM's line names.
    fn name_pools(&mut self) {
        let Some((_, rest)) = self.message.split_once("[pool ") else { return };
        let Some((name, _)) = rest.split_once(']') else { return };
        let named = self.stack.fpm.pools().filter(|(_, pool)| pool.name.eq_ignore_ascii_case(name));
        let named: Vec<_> = named.map(|(master, pool)| PoolRef { master, pool }).collect();
        if !named.is_empty() {
            self.pools = named;
        }
    }
}

/// The servers that a line may mean: by the name that nginx prints, else by the host.
fn servers<'a>(stack: &'a Stack, context: &Context<'_>) -> Vec<Scope<'a>> {
    let name = String::from_utf8_lossy(context.server).to_ascii_lowercase();
    let first = |server: &Scope<'a>| {
        server.own("server_name").next().and_then(|by| by.arg(0)).map(|arg| arg.text().to_ascii_lowercase())
    };
    let is_it = |server: &Scope<'a>| match first(server) {
        Some(own) => own == name || own.trim_start_matches('.') == name,
        None => name.is_empty(),
    };
    let mut found: Vec<Scope<'a>> = stack.servers().filter(is_it).take(MAX_SERVERS).collect();
    if found.is_empty() {
        let host = String::from_utf8_lossy(context.host).to_ascii_lowercase();
        let host = host.split(':').next().unwrap_or_default().to_owned();
        found = stack.servers().filter(|server| server.name_for(&host).is_some()).take(MAX_SERVERS).collect();
    }
    if found.is_empty() {
        found = stack.servers().take(MAX_SERVERS).collect();
    }
    found
}

/// The request of a line, as it comes to a server.
fn request(server: Scope<'_>, context: &Context<'_>) -> Option<Request> {
    let listen = server.listens().into_iter().next();
    let port = listen.as_ref().map_or(80, |listen| match listen.address {
        ListenAddress::Tcp(_, port) => port,
        ListenAddress::Unix(_) => 80,
    });
    let host = String::from_utf8_lossy(context.host).to_ascii_lowercase();
    let target = context.target();
    let args = memchr::memchr(b'?', target).and_then(|at| target.get(at + 1..)).unwrap_or_default();
    Some(Request {
        tls: listen.is_some_and(|listen| listen.is_tls()),
        host: host.split(':').next().unwrap_or_default().to_owned(),
        port,
        method: String::from_utf8_lossy(context.method()).to_ascii_uppercase(),
        uri: normal_uri(context.path())?,
        request_uri: target.to_vec(),
        args: args.to_vec(),
        headers: None,
    })
}

/// Whether a pass leads to what nginx names, and where that is written.
fn fit<'a>(pass: Pass<'a>, authority: &str) -> (Fit, Option<Target<'a>>) {
    if authority.is_empty() {
        return (Fit::No, None);
    }
    let same = |target: &Target<'a>| match (authority.strip_prefix("unix:"), target.address) {
        (Some(path), Address::Unix(own)) => normal_path(path) == *own,
        (None, address) => address.to_string().eq_ignore_ascii_case(authority),
        _ => false,
    };
    let targets = pass.targets();
    if let Some(target) = targets.iter().find(|target| same(target)) {
        return (Fit::Yes, Some(target.clone()));
    }
    let group = targets.iter().find(|target| {
        target.upstream.is_some_and(|upstream| upstream.name().eq_ignore_ascii_case(authority))
    });
    if let Some(target) = group {
        return (Fit::Yes, Some(target.clone()));
    }
    // `http://app.internal` of a pass is an address with its port in the log.
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let is_named = |target: &&Target<'a>| matches!(target.address, Address::Tcp(HostName::Name(_), own) if port.is_none_or(|port| port == *own));
    match targets.iter().find(is_named) {
        Some(target) if !authority.starts_with("unix:") => (Fit::Likely, Some(target.clone())),
        _ if pass.is_variable() && targets.is_empty() => (Fit::Likely, None),
        _ => (Fit::No, None),
    }
}

/// The nginx configuration that a scope stands in, or the first.
pub(crate) fn main_of<'a>(stack: &'a Stack, scope: Option<Scope<'a>>) -> Option<Scope<'a>> {
    let own = scope.and_then(|scope| scope.ancestors().last());
    own.or_else(|| stack.nginx_roots().find(|root| root.kind() == ContextKind::Main))
        .or_else(|| stack.nginx_roots().next())
}

/// The family that the upstream of a line tells: `fastcgi`, `proxy`, ...
pub(crate) fn family(entry: &Entry) -> &'static str {
    let context = Context::parse(&entry.context);
    let families = [("fastcgi://", "fastcgi"), ("uwsgi://", "uwsgi"), ("scgi://", "scgi"), ("grpc", "grpc")];
    let starts = |scheme: &str| context.upstream.starts_with(scheme.as_bytes());
    families.iter().find(|(scheme, _)| starts(scheme)).map_or("proxy", |(_, family)| family)
}
