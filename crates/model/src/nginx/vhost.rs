//! Which server answers for a host, as `ngx_http_find_virtual_server()` of `src/http/ngx_http_request.c` and the
//! tables of `src/http/ngx_http.c` choose.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::{ContextId, Listen, Scope};
use crate::{Address, Stack, Value};

/// The servers of each socket that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Vhosts {
    sockets: Mutex<FxHashMap<Address, Option<Arc<Socket>>>>,
}

/// The servers of one socket by their names; of two with one name the first counts.
#[derive(Debug, Default)]
struct Socket {
    /// By the whole name.
    exact: FxHashMap<String, ContextId>,
    /// `*.example.com` by `.example.com`.
    heads: FxHashMap<String, ContextId>,
    /// `www.*` by `www.`.
    tails: FxHashMap<String, ContextId>,
    /// Regular expressions, in order.
    patterns: Vec<(Vec<u8>, ContextId)>,
    default: Option<ContextId>,
}

impl Socket {
    fn read(listens: &[Listen<'_>]) -> Self {
        let mut socket = Self::default();
        for listen in listens {
            let id = listen.server.id;
            for name in listen.server.own("server_name").flat_map(super::Directive::args) {
                if let Some(pattern) = name.value.strip_prefix(b"~") {
                    socket.patterns.push((pattern.to_vec(), id));
                    continue;
                }
                let name = name.text().to_ascii_lowercase();
                let (table, key) = if let Some(rest) = name.strip_prefix('*') {
                    (&mut socket.heads, rest)
                } else if name.starts_with('.') {
                    let bare = name.trim_start_matches('.').to_owned();
                    socket.exact.entry(bare).or_insert(id);
                    (&mut socket.heads, name.as_str())
                } else if let Some(start) = name.strip_suffix('*') {
                    (&mut socket.tails, start)
                } else {
                    (&mut socket.exact, name.as_str())
                };
                table.entry(key.to_owned()).or_insert(id);
            }
        }
        let marked = listens.iter().find(|listen| listen.has("default_server") || listen.has("default"));
        socket.default = marked.or(listens.first()).map(|listen| listen.server.id);
        socket
    }

    /// `None`: a regular expression cannot be judged.
    fn find(&self, stack: &Stack, host: &str) -> Option<Option<ContextId>> {
        if let Some(id) = self.exact.get(host) {
            return Some(Some(*id));
        }
        let dots = || host.match_indices('.').map(|(at, _)| at);
        // The longest name wins: the first dot from the left, the last one from the right.
        let head = dots().filter(|at| *at > 0).find_map(|at| self.heads.get(host.get(at..)?));
        let tail = || dots().rev().find_map(|at| self.tails.get(host.get(..=at)?));
        if let Some(id) = head.or_else(tail) {
            return Some(Some(*id));
        }
        for (pattern, id) in &self.patterns {
            if stack.derived.patterns.is_match(pattern, true, host.as_bytes())? {
                return Some(Some(*id));
            }
        }
        Some(self.default)
    }
}

impl Stack {
    /// The http server of this nginx that answers a request for `host` (without a port, in lower case) which comes
    /// in over `address`, a path or a loopback address. `Known(None)`: nothing of this nginx surely listens there.
    pub fn server_for(&self, address: &Address, host: &str) -> Value<Option<Scope<'_>>> {
        if self.listens_behind(address).is_empty() {
            return Value::Known(None);
        }
        let mut sockets = self.derived.vhosts.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let socket = sockets.entry(address.clone()).or_insert_with(|| {
            let listens = self.all_listens_behind(address);
            let is_known = listens.iter().all(|listen| {
                let mut names = listen.server.own("server_name").flat_map(super::Directive::args);
                !names.any(|name| self.sources.is_filled_in(name.span))
            });
            is_known.then(|| Arc::new(Socket::read(&listens)))
        });
        let found = socket.clone().and_then(|socket| socket.find(self, host));
        match found {
            Some(id) => Value::Known(id.map(|id| Scope { stack: self, id })),
            None => Value::Unknown,
        }
    }
}
