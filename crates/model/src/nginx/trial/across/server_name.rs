//! Names of servers that share an address: `ngx_http_server_names()` of `src/http/ngx_http.c`, which puts them into
//! a hash (`src/core/ngx_hash.c`).

use std::cell::RefCell;
use std::rc::Rc;

use gatelint_catalog::nginx::Name;
use rustc_hash::{FxHashMap, FxHashSet};

use super::listen::Table;
use super::{Check, Log, is_complete};
use crate::nginx::trial::{Expected, Fault};
use crate::nginx::{ContextId, ContextKind, Directive, PlaceId, Scope, number};

/// The size of a bucket where none is set: a cache line, which also is what sizes are rounded up to.
const CACHE_LINE: u64 = 64;

pub(super) struct ServerNames<'a> {
    table: Rc<RefCell<Table<'a>>>,
    /// The `server_name`s that are refused somewhere, by server: the directive and the word.
    suspects: FxHashMap<ContextId, Vec<(Directive<'a>, usize)>>,
    bucket: Option<u64>,
}

/// Why the hash refuses a name.
enum Wrong {
    Wildcard,
    Length,
}

impl<'a> ServerNames<'a> {
    pub(super) fn new(table: Rc<RefCell<Table<'a>>>) -> Self {
        Self { table, suspects: FxHashMap::default(), bucket: None }
    }

    fn bucket(&self) -> u64 {
        self.bucket.unwrap_or(CACHE_LINE).div_ceil(CACHE_LINE) * CACHE_LINE
    }

    fn judge(&self, name: &[u8]) -> Option<Wrong> {
        let is_pattern = name.starts_with(b"~");
        // Plain names that the default takes need no further look.
        if is_pattern || name.contains(&b'$') {
            return None;
        }
        let stars = name.iter().filter(|&&byte| byte == b'*').count();
        let is_dotted = name.windows(2).any(|pair| pair == b"..");
        let is_head = name.len() > 1 && name.starts_with(b".") || name.len() > 2 && name.starts_with(b"*.");
        let is_tail = !is_head && name.len() > 2 && name.ends_with(b".*");
        if stars > 1 || is_dotted || stars == 1 && !is_head && !is_tail {
            return Some(Wrong::Wildcard);
        }
        let longest = if is_head || is_tail {
            name.split(|&byte| byte == b'.').map(<[u8]>::len).max().unwrap_or(0)
        } else {
            name.len()
        };
        // An element is a pointer, two bytes and the name; a bucket ends in a pointer.
        let needed = 16 + (longest as u64 + 2).div_ceil(8) * 8;
        (needed > self.bucket()).then_some(Wrong::Length)
    }
}

impl<'a> Check<'a> for ServerNames<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["server_name", "server_names_hash_bucket_size"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, _: &mut Log) {
        let scope = directive.scope();
        match scope.kind() {
            ContextKind::Http => {
                self.bucket = directive.arg(0).and_then(|size| number::integer(&size.value));
            }
            ContextKind::Server if name.text() == "server_name" => {
                // The size of a bucket may follow; whatever no bucket of the least size takes is kept.
                let is_odd = |name: &[u8]| {
                    name.len() > 40 || name.contains(&b'*') || name.windows(2).any(|pair| pair == b"..")
                };
                for (index, arg) in directive.args().enumerate() {
                    if is_odd(&arg.value) {
                        self.suspects.entry(scope.id()).or_default().push((directive, index + 1));
                    }
                }
            }
            _ => {}
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() != ContextKind::Http || self.suspects.is_empty() || !is_complete(scope) {
            return;
        }
        let table = Rc::clone(&self.table);
        let mut told: FxHashSet<(PlaceId, usize)> = FxHashSet::default();
        for shared in table.borrow().in_order(ContextKind::Server, true) {
            if shared.servers.len() < 2 {
                continue;
            }
            let suspects = shared.servers.iter().filter_map(|(server, _)| self.suspects.get(&server.id()));
            let mut long = None;
            for &(directive, word) in suspects.flatten() {
                let Some(arg) = directive.arg(word - 1) else { continue };
                match self.judge(&arg.value) {
                    Some(Wrong::Wildcard) if told.insert((directive.id(), word)) => {
                        let name = arg.text().to_ascii_lowercase();
                        let message =
                            format!("invalid server name or wildcard \"{name}\" on {}", shared.text);
                        let expected = Expected::What("a `*` only as a whole first or last label");
                        log.refuse_at(directive, None, Fault::value(word, expected, message));
                    }
                    // The hash is built when all names are known.
                    Some(Wrong::Length) => long = long.or(Some((directive, word))),
                    _ => {}
                }
            }
            if let Some((directive, word)) = long
                && told.insert((directive.id(), word))
            {
                let size = self.bucket();
                let message = format!(
                    "could not build server_names_hash, you should increase \
                     server_names_hash_bucket_size: {size}"
                );
                let expected = Expected::What("a name that fits `server_names_hash_bucket_size`");
                log.refuse_at(directive, None, Fault::value(word, expected, message));
            }
        }
    }
}
