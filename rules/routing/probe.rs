//! The PHP scripts that a server's own text, or the tree, says that it serves.

use std::os::unix::ffi::OsStrExt;

use gatelint_lint::Stack;
use gatelint_model::nginx::{
    Arg, ContextId, ContextKind, Directive, DocumentRoot, Match, Scope, has_variables, internal_uri,
};
use gatelint_syntax::Span;
use rustc_hash::{FxHashMap, FxHashSet};

/// What says that there is a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// A redirect within nginx leads there: the last argument of `try_files`, `rewrite`, `error_page`.
    Target,
    /// The location itself is about such scripts.
    Location,
    /// `index` names it.
    Index,
    /// It is the index of a location that keeps others out.
    Area,
    /// It lies below the document root.
    Found,
}

/// A script of a server.
pub(crate) struct Probe<'a> {
    /// Its URI.
    pub(crate) uri: Vec<u8>,
    /// What says so.
    pub(crate) origin: Origin,
    /// Where.
    pub(crate) at: Span,
    /// The block that says so.
    pub(crate) scope: Scope<'a>,
}

/// The most scripts of one directory that are looked at.
const MAX_FOUND: usize = 64;

/// The most scripts of one server that are looked at.
const MAX_PROBES: usize = 256;

/// The scripts of every server, each once, the surest first.
pub(crate) fn by_server<'a>(stack: &'a Stack) -> Vec<(Scope<'a>, Vec<Probe<'a>>)> {
    let mut all: FxHashMap<ContextId, Vec<Probe<'a>>> = FxHashMap::default();
    let mut add = |probe: Probe<'a>| {
        let server = probe.scope.enclosing(ContextKind::Server);
        if let Some(server) = server.filter(|_| probe.uri.ends_with(b".php")) {
            all.entry(server.id()).or_default().push(probe);
        }
    };
    targets(stack, &mut add);
    for location in stack.directives("location").filter_map(Directive::block) {
        let Some(opener) = location.opener().filter(|opener| names_php(*opener)) else { continue };
        for uri in location.sample_uris() {
            let at = opener.args().last().map_or_else(|| opener.span(), |arg| arg.span);
            add(Probe { uri, origin: Origin::Location, at, scope: location });
        }
    }
    for area in stack.directives("location").filter_map(Directive::block) {
        let Some(Match::PrefixOnly(prefix)) = area.location_match() else { continue };
        let Some(at) = area.opener().and_then(|opener| opener.args().last()).map(|arg| arg.span) else {
            continue;
        };
        let uri = [prefix.strip_suffix(b"/").unwrap_or(prefix), b"/index.php"].concat();
        add(Probe { uri, origin: Origin::Area, at, scope: area });
    }
    let servers = stack.directives("server").filter_map(Directive::block);
    let mut out = Vec::new();
    for server in servers.filter(|server| server.kind() == ContextKind::Server) {
        let mut probes = all.remove(&server.id()).unwrap_or_default();
        probes.extend(indexes(server));
        probes.extend(found(stack, server));
        probes.sort_by_key(|probe| probe.origin);
        let mut seen = FxHashSet::default();
        probes.retain(|probe| seen.len() < MAX_PROBES && seen.insert(probe.uri.clone()));
        if !probes.is_empty() {
            out.push((server, probes));
        }
    }
    out
}

fn targets<'a>(stack: &'a Stack, add: &mut impl FnMut(Probe<'a>)) {
    let last = |directive: Directive<'a>| directive.args().last();
    let replacement = |directive: Directive<'a>| {
        let flag = directive.arg(2);
        directive
            .arg(1)
            .filter(|_| flag.is_none_or(|flag| !matches!(&*flag.value, b"redirect" | b"permanent")))
    };
    for tries in stack.directives("try_files") {
        push(tries, last(tries), add);
    }
    for rewrite in stack.directives("rewrite") {
        push(rewrite, replacement(rewrite), add);
    }
    for page in stack.directives("error_page") {
        push(page, last(page), add);
    }
}

fn push<'a>(directive: Directive<'a>, arg: Option<Arg<'a>>, add: &mut impl FnMut(Probe<'a>)) {
    let Some(arg) = arg else { return };
    if let Some(uri) = internal_uri(&arg.value) {
        add(Probe { uri, origin: Origin::Target, at: arg.span, scope: directive.scope() });
    }
}

fn names_php(opener: Directive<'_>) -> bool {
    opener.args().any(|arg| arg.value.windows(3).any(|part| part.eq_ignore_ascii_case(b"php")))
}

/// The scripts that the index of a server names for its document root.
fn indexes(server: Scope<'_>) -> impl Iterator<Item = Probe<'_>> {
    let index = server.effective("index");
    let args = index.into_iter().flat_map(|index| index.directives).flat_map(Directive::args);
    let is_script = |arg: &Arg<'_>| {
        arg.value.ends_with(b".php") && !has_variables(&arg.value) && !arg.value.starts_with(b"/")
    };
    args.filter(is_script).map(move |arg| Probe {
        uri: [b"/", &*arg.value].concat(),
        origin: Origin::Index,
        at: arg.span,
        scope: server,
    })
}

/// The scripts that lie in the document root.
fn found<'a>(stack: &'a Stack, server: Scope<'a>) -> Vec<Probe<'a>> {
    let top = server.location_for(b"/").known().copied().flatten().unwrap_or(server);
    let DocumentRoot::Root(root) = top.document_root() else { return Vec::new() };
    let Some(dir) = top.file_of(b"/x").and_then(|path| path.parent().map(ToOwned::to_owned)) else {
        return Vec::new();
    };
    let names = stack.web.names(&dir).unwrap_or_default();
    let scripts = names.into_iter().filter(|name| name.as_bytes().ends_with(b".php")).take(MAX_FOUND);
    let probe = |name: &std::ffi::OsStr| Probe {
        uri: [b"/", name.as_bytes()].concat(),
        origin: Origin::Found,
        at: root.value_span(),
        scope: top,
    };
    scripts.map(probe).collect()
}
