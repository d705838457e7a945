//! What a proxied request becomes when it comes back to this nginx.

use gatelint_lint::Stack;
use gatelint_model::nginx::{ContextKind, Directive, Family, Match, Part, Pass, Scope, parts};
use gatelint_model::{Address, Value};

/// A request at a location of this nginx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hop<'a> {
    /// The location.
    pub(super) location: Scope<'a>,
    /// The host without a port, in lower case.
    pub(super) host: String,
    /// The path.
    pub(super) uri: Vec<u8>,
}

/// Directives that end or change a request before its location passes it, or treat the second hop otherwise.
const GUARDS: [&str; 8] =
    ["return", "rewrite", "try_files", "internal", "deny", "auth_request", "limit_req", "limit_conn"];

/// Whether every request of a location is passed on as it is, as far as the text tells.
pub(super) fn passes_all(location: Scope<'_>) -> bool {
    let is_plain = |scope: Scope<'_>| scope.blocks().all(|block| !is_condition(block)) && scope.is_whole();
    let around = location
        .ancestors()
        .filter(|scope| matches!(scope.kind(), ContextKind::Location | ContextKind::Server));
    around.into_iter().all(is_plain) && GUARDS.iter().all(|name| !holds(location, name))
}

fn is_condition(block: Scope<'_>) -> bool {
    block.opener().is_some_and(|opener| matches!(opener.name().as_ref(), "if" | "limit_except"))
}

/// Whether a directive acts on the requests of a location: its own, or one of its server's rewrite phase.
fn holds(location: Scope<'_>, name: &str) -> bool {
    let of_server = matches!(name, "return" | "rewrite")
        && location.ancestors().any(|scope| scope.own(name).next().is_some());
    let is_on = |by: Directive<'_>| by.arg(0).is_none_or(|arg| *arg.value != *b"off");
    of_server || location.effective_last(name).is_some_and(is_on)
}

/// Paths that are tried on regular expressions.
const PATHS: [&[u8]; 4] = [b"/any/page", b"/index.php", b"/api/page", b"/page.html"];

/// A URI that a location takes: its own text, or a path that its regular expression matches.
pub(super) fn sample(location: Scope<'_>) -> Option<Vec<u8>> {
    match location.location_match()? {
        Match::Exact(text) | Match::Prefix(text) | Match::PrefixOnly(text) => Some(text.clone()),
        Match::Regex(_) | Match::RegexNoCase(_) => {
            let takes = |path: &&&[u8]| location.location_takes(path) == Some(true);
            PATHS.iter().find(takes).map(|path| path.to_vec())
        }
        Match::Named(_) => Some(b"/any/page".to_vec()),
    }
}

/// The named location that gets what `try_files` does not find, where nothing else acts before it.
fn fallback<'a>(server: Scope<'a>, location: Scope<'a>) -> Option<Scope<'a>> {
    let last = location.own("try_files").next()?.args().last()?;
    let is_plain = |name: &str| name == "try_files" || !holds(location, name);
    let is_named = |found: &Scope<'a>| matches!(found.location_match(), Some(Match::Named(name)) if *name == *last.value);
    let named = server.blocks_of(ContextKind::Location).find(is_named)?;
    (GUARDS.iter().all(|name| is_plain(name)) && location.blocks().all(|block| !is_condition(block)))
        .then_some(named)
}

impl<'a> Hop<'a> {
    /// Where the request comes next over `pass`, the handler of its location, by way of `address`.
    pub(super) fn next(&self, stack: &'a Stack, pass: Pass<'a>, address: &Address) -> Option<Self> {
        let host = self.sent_host(pass)?;
        let Value::Known(Some(server)) = stack.server_for(address, &host) else { return None };
        let uri = self.sent_uri(pass)?;
        let Value::Known(Some(location)) = server.location_for(&uri) else { return None };
        Some(Self { location: fallback(server, location).unwrap_or(location), host, uri })
    }

    /// The host that the request is sent with (`ngx_http_proxy_create_request()`).
    fn sent_host(&self, pass: Pass<'a>) -> Option<String> {
        let own = pass.scope().effective("proxy_set_header").filter(|_| pass.family() == Family::Proxy);
        let is_host =
            |line: &Directive<'_>| line.arg(0).is_some_and(|name| name.value.eq_ignore_ascii_case(b"host"));
        let line = own.and_then(|own| own.directives.into_iter().rev().find(is_host));
        let value = match line {
            Some(line) => line.arg(1)?.value.into_owned(),
            None => b"$proxy_host".to_vec(),
        };
        let all = parts(&value);
        let host = match all.as_slice() {
            [Part::Variable(b"host" | b"http_host")] => self.host.clone(),
            // A port behind it does not count.
            [Part::Variable(b"host" | b"http_host"), Part::Literal(rest), ..] if rest.starts_with(b":") => {
                self.host.clone()
            }
            [Part::Variable(b"proxy_host")] => pass.urls().known()?.0.host.clone(),
            [Part::Variable(b"server_name")] => {
                let server = pass.server()?;
                let name = server.own("server_name").next()?.arg(0)?;
                name.text().into_owned()
            }
            _ => match pass.scope().fold(&value) {
                Value::Known(one) => String::from_utf8_lossy(&one.value).into_owned(),
                _ => return None,
            },
        };
        let bare = match host.rsplit_once(':') {
            Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
            _ => &host,
        };
        // A socket's path is no host name: nginx sends `localhost`.
        let bare = if bare.starts_with("unix:") { "localhost" } else { bare };
        Some(bare.trim_end_matches('.').to_ascii_lowercase())
    }

    /// The path that the request is sent with.
    fn sent_uri(&self, pass: Pass<'a>) -> Option<Vec<u8>> {
        let argument = pass.directive().arg(0)?;
        let urls = pass.urls();
        let uri = urls.known().and_then(|(url, _)| url.uri.clone()).filter(|uri| !uri.is_empty());
        if pass.is_variable() {
            let is_kept = argument.value.ends_with(b"$request_uri") || uri.is_none();
            return is_kept.then(|| self.uri.clone());
        }
        let Some(uri) = uri else { return Some(self.uri.clone()) };
        let rest = self.uri.get(sample(self.location)?.len()..)?;
        let path = uri.split('?').next().unwrap_or_default();
        Some([path.as_bytes(), rest].concat())
    }
}
