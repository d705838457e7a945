//! What holds in a block: inheritance as the merge functions of nginx's modules do it.

use gatelint_catalog::nginx::Name;

use super::number;
use super::{ContextKind, Directive, NameId, PlaceId, Scope};

/// The directives of one name that hold in a block: all from one level, the nearest that has any. One for a
/// scalar, several for an array such as `fastcgi_param`, which a level with one of its own replaces whole.
#[derive(Clone, Debug)]
pub struct Effective<'a> {
    /// The block they stand in.
    pub scope: Scope<'a>,
    /// The block they were asked for.
    pub asked: Scope<'a>,
    /// The directives, in reading order; never empty.
    pub directives: Vec<Directive<'a>>,
}

impl<'a> Effective<'a> {
    /// The last one: it wins where nginx takes several.
    pub fn last(&self) -> Option<Directive<'a>> {
        self.directives.last().copied()
    }

    /// Whether they stand in the very block they were asked for.
    pub fn is_own(&self) -> bool {
        self.scope == self.asked
    }

    /// The blocks from the one asked for out to the one that has them.
    pub fn chain(&self) -> impl Iterator<Item = Scope<'a>> + use<'a> {
        let end = self.scope;
        let mut done = false;
        self.asked.ancestors().take_while(move |scope| !std::mem::replace(&mut done, *scope == end))
    }
}

/// A value that holds in a block, and the directive that set it: `None` means the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting<'a, T> {
    /// The value.
    pub value: T,
    /// Where it was set.
    pub by: Option<Directive<'a>>,
}

impl<T> Setting<'_, T> {
    /// Whether nobody set it.
    pub fn is_default(&self) -> bool {
        self.by.is_none()
    }
}

/// The most lines of one list that are looked at.
const MAX_LINES: usize = 256;

/// Directives that are phases or handlers of one block and that inner blocks do not get.
const NOT_INHERITED: [&str; 6] = ["try_files", "rewrite", "return", "set", "break", "if"];

/// Content handlers: `if` and `limit_except` in a location get them, nested locations do not.
pub(super) const HANDLERS: [&str; 6] =
    ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"];

impl<'a> Scope<'a> {
    /// The directives of this name that hold here, of more than any real list has the last ones; `None` where the
    /// default does.
    pub fn effective(self, name: &str) -> Option<Effective<'a>> {
        let (scope, last) = self.nearest(name)?;
        let directives = last.iter().map(|&(_, id)| Directive { stack: self.stack, id }).collect();
        Some(Effective { scope, asked: self, directives })
    }

    /// The directive of this name that holds here, the last of several; `None` where the default does.
    pub fn effective_last(self, name: &str) -> Option<Directive<'a>> {
        let &(_, id) = self.nearest(name)?.1.last()?;
        Some(Directive { stack: self.stack, id })
    }

    /// The nearest level that has directives of this name, and the last of them; never empty.
    fn nearest(self, name: &str) -> Option<(Self, &'a [(NameId, PlaceId)])> {
        // Looked up once, not at every level.
        let id = NameId::known(Name::find(name.as_bytes())?);
        let mut reach = None;
        for scope in self.ancestors() {
            let own = scope.own_ids(id);
            if let Some(last) = own.get(own.len().saturating_sub(MAX_LINES)..).filter(|own| !own.is_empty()) {
                return Some((scope, last));
            }
            let goes_on = match reach.get_or_insert_with(|| self::reach(name)) {
                Reach::Own => false,
                Reach::Location => {
                    matches!(scope.kind(), ContextKind::IfInLocation | ContextKind::LimitExcept)
                }
                Reach::All => true,
            };
            if !goes_on {
                break;
            }
        }
        None
    }

    /// A scalar's first argument as `parse` reads it. `None` where it is set to something that nginx refuses
    /// or that is made at run time, or where it is set around what may include this fragment; the default where it is
    /// not set.
    fn scalar<T>(self, name: &str, parse: fn(&[u8]) -> Option<T>, default: T) -> Option<Setting<'a, T>> {
        let Some(by) = self.effective_last(name) else {
            return (!self.may_inherit(name)).then_some(Setting { value: default, by: None });
        };
        let value = by.arg(0).and_then(|arg| parse(&arg.value))?;
        Some(Setting { value, by: Some(by) })
    }

    /// Whether it stands in a fragment, and a main configuration of the tree, which may be the one that includes the
    /// fragment where both are in use, sets this for all of its servers.
    fn may_inherit(self, name: &str) -> bool {
        let is_around = |by: Directive<'_>| {
            let scope = by.scope();
            scope.is_in_main() && scope.kind() == ContextKind::Http
        };
        !self.is_in_main() && self.stack.directives(name).any(is_around)
    }

    /// A time in milliseconds; `default` in milliseconds where it is not set.
    pub fn milliseconds(self, name: &str, default: u64) -> Option<Setting<'a, u64>> {
        self.scalar(name, number::milliseconds, default)
    }

    /// A size in bytes; `default` in bytes where it is not set.
    pub fn size(self, name: &str, default: u64) -> Option<Setting<'a, u64>> {
        self.scalar(name, number::offset, default)
    }

    /// A switch.
    pub fn flag(self, name: &str, default: bool) -> Option<Setting<'a, bool>> {
        let parse = |value: &[u8]| match value {
            value if value.eq_ignore_ascii_case(b"on") => Some(true),
            value if value.eq_ignore_ascii_case(b"off") => Some(false),
            _ => None,
        };
        self.scalar(name, parse, default)
    }
}

enum Reach {
    Own,
    Location,
    All,
}

fn reach(name: &str) -> Reach {
    if NOT_INHERITED.contains(&name) {
        Reach::Own
    } else if HANDLERS.contains(&name) {
        Reach::Location
    } else {
        Reach::All
    }
}

/// Whether the catalogue lets `name` stand in `kind`.
pub fn may_stand(name: &str, kind: ContextKind) -> bool {
    Name::find(name.as_bytes()).is_some_and(|name| name.in_context(kind).is_some())
}
