//! The referers of one block: `src/http/modules/ngx_http_referer_module.c`.

use std::borrow::Cow;

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashSet;

use super::{Check, Log};
use crate::nginx::trial::setter::referer::host;
use crate::nginx::trial::{Defect, Expected, Fault, Thing};
use crate::nginx::{ContextId, ContextKind, Directive, Scope};

/// Where `ngx_hash_add_key()` of `src/core/ngx_hash.c` puts a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Table {
    Exact,
    /// `*.name`
    Head,
    /// `name.*`
    Tail,
}

/// What one block says.
struct List<'a> {
    block: ContextId,
    names: FxHashSet<(Table, Vec<u8>)>,
    /// A `none` or `blocked`, with the number of its word.
    absent: Option<(Directive<'a>, usize)>,
    has_server_names: bool,
}

#[derive(Default)]
pub(super) struct Referers<'a> {
    lists: Vec<List<'a>>,
}

impl<'a> Check<'a> for Referers<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["valid_referers"]
    }

    fn directive(&mut self, _: Name, directive: Directive<'a>, log: &mut Log) {
        let block = directive.scope().id();
        if self.lists.last().is_none_or(|list| list.block != block) {
            let names = FxHashSet::default();
            self.lists.push(List { block, names, absent: None, has_server_names: false });
        }
        let Some(list) = self.lists.last_mut() else { return };
        for (index, arg) in directive.args().enumerate() {
            match &*arg.value {
                b"none" | b"blocked" => list.absent = list.absent.or(Some((directive, index + 1))),
                b"server_names" => list.has_server_names = true,
                word => {
                    let Some(host) = host(word) else { continue };
                    if let Some(shown) = list.conflict(host) {
                        let message =
                            format!("conflicting parameter \"{}\"", String::from_utf8_lossy(&shown));
                        let fault = Fault::new(Defect::Redefined(Thing::Other), index + 1, message);
                        log.refuse(directive, fault);
                        return;
                    }
                }
            }
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() != ContextKind::Http {
            return;
        }
        for list in self.lists.drain(..) {
            let Some((directive, word)) = list.absent else { continue };
            if list.names.is_empty() && !list.has_server_names {
                let expected = Expected::What("a host name beside `none` and `blocked` in `valid_referers`");
                let message = "the \"none\" or \"blocked\" referers are specified in the \"valid_referers\" \
                    directive without any valid referer";
                log.refuse_at(directive, None, Fault::new(Defect::Missing(expected), word, message));
            }
        }
    }
}

impl List<'_> {
    /// Adds a name; the name as nginx prints it where the block has it already.
    fn conflict<'h>(&mut self, host: &'h [u8]) -> Option<Cow<'h, [u8]>> {
        let lower = host.to_ascii_lowercase();
        let mut add = |table, name: &[u8]| self.names.insert((table, name.to_vec()));
        let is_new = match &*lower {
            [b'.', name @ ..] if !name.is_empty() => add(Table::Exact, name) && add(Table::Head, name),
            [b'*', b'.', name @ ..] if !name.is_empty() => add(Table::Head, name),
            [_, .., b'.', b'*'] => add(Table::Tail, &lower),
            name => add(Table::Exact, name),
        };
        (!is_new).then_some(lower.into())
    }
}
