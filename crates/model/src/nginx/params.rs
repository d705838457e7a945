//! The FastCGI parameters of a pass, by name.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::{FxHashMap, FxHasher};

use super::php::Said;
use super::{ContextId, Directive, Pass, PlaceId, Scope};
use crate::Stack;

/// What the model keeps of the parameters of a pass.
#[derive(Clone, Debug)]
pub(crate) struct ParamData {
    /// The block that they stand in.
    scope: ContextId,
    is_whole: bool,
    list: Arc<List>,
}

/// The lines of one block: passes that inherit them share them.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// In reading order, each with a hash of its name.
    lines: Vec<(u64, PlaceId)>,
    said: OnceLock<Arc<Said>>,
}

/// The lists of a stack, by block.
pub(crate) type Lists = Mutex<FxHashMap<ContextId, Arc<List>>>;

/// The `fastcgi_param` lines that hold for a pass.
#[derive(Clone, Copy)]
pub struct Params<'a> {
    stack: &'a Stack,
    data: &'a ParamData,
}

fn hash(name: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    hasher.finish()
}

impl<'a> Params<'a> {
    /// The block that they stand in; the pass's own where there are none.
    pub fn scope(self) -> Scope<'a> {
        Scope { stack: self.stack, id: self.data.scope }
    }

    /// Whether no include that was not read may bring more.
    pub fn is_whole(self) -> bool {
        self.data.is_whole
    }

    /// The lines, in reading order.
    pub fn lines(self) -> impl ExactSizeIterator<Item = Directive<'a>> + DoubleEndedIterator {
        self.data.list.lines.iter().map(move |&(_, id)| Directive { stack: self.stack, id })
    }

    /// The lines that set `name`, in reading order.
    pub fn all(self, name: &str) -> impl DoubleEndedIterator<Item = Directive<'a>> {
        let wanted = hash(name.as_bytes());
        let lines = self.data.list.lines.iter().filter(move |(hash, _)| *hash == wanted);
        let lines = lines.map(move |&(_, id)| Directive { stack: self.stack, id });
        lines.filter(move |line| line.arg(0).is_some_and(|arg| *arg.value == *name.as_bytes()))
    }

    /// What they tell PHP, read by `read` when first asked.
    pub(super) fn said(self, read: impl FnOnce() -> Said) -> Arc<Said> {
        Arc::clone(self.data.list.said.get_or_init(|| Arc::new(read())))
    }

    /// The line that sets `name`; the last one counts.
    pub fn get(self, name: &str) -> Option<Directive<'a>> {
        self.all(name).next_back()
    }
}

impl<'a> Pass<'a> {
    /// The `fastcgi_param` lines that hold in its block.
    pub fn params(self) -> Params<'a> {
        let data = self.data.asked.list.get_or_init(|| self.read_params());
        Params { stack: self.stack, data }
    }

    fn read_params(self) -> ParamData {
        let asked = self.scope();
        let list = asked.effective("fastcgi_param");
        let Some(list) = list else {
            let is_whole = asked.ancestors().all(Scope::is_whole);
            return ParamData { scope: asked.id, is_whole, list: Arc::default() };
        };
        let line = |line: &Directive<'a>| (line.arg(0).map_or(0, |name| hash(&name.value)), line.id);
        let read = || List { lines: list.directives.iter().map(line).collect(), said: OnceLock::new() };
        let mut lists = self.stack.derived.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = Arc::clone(lists.entry(list.scope.id).or_insert_with(|| Arc::new(read())));
        ParamData { scope: list.scope.id, is_whole: list.chain().all(Scope::is_whole), list: shared }
    }
}
