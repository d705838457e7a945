//! Which directives of a file a target takes by themselves: that follows from the file's text alone, and outlives an edit
//! of another file.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use gatelint_syntax::nginx::NodeId;

use crate::Target;
use crate::nginx::ContextKind;

/// By directive: the kinds of context in which it was judged and nothing was found, one bit each.
#[derive(Debug, Default)]
pub(crate) struct Sound(OnceLock<(Target, Vec<AtomicU32>)>);

impl Sound {
    /// The bits of a file of so many directives; `None` where another target was asked about.
    pub(super) fn of(&self, target: Target, directives: usize) -> Option<Bits<'_>> {
        let all = || (target, (0..directives).map(|_| AtomicU32::new(0)).collect());
        let (known, bits) = self.0.get_or_init(all);
        (*known == target).then_some(Bits(bits))
    }
}

/// See [`Sound`].
#[derive(Clone, Copy)]
pub(super) struct Bits<'a>(&'a [AtomicU32]);

impl Bits<'_> {
    /// Whether a directive is known to be taken in a kind of context.
    pub(super) fn has(self, node: NodeId, kind: ContextKind) -> bool {
        self.0.get(node.index()).is_some_and(|bits| bits.load(Ordering::Relaxed) & (1 << kind as u32) != 0)
    }

    /// It is.
    pub(super) fn add(self, node: NodeId, kind: ContextKind) {
        if let Some(bits) = self.0.get(node.index()) {
            bits.fetch_or(1 << kind as u32, Ordering::Relaxed);
        }
    }
}
