//! A parsed nginx file: a flat arena of directives, their words beside them.

use std::borrow::Cow;
use std::ops::Range;

use super::SyntaxError;
use crate::TextRange;

/// A directive of one [`Tree`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    pub(crate) const NONE: u32 = u32::MAX;

    pub(crate) fn from_raw(raw: u32) -> Option<Self> {
        (raw != Self::NONE).then_some(Self(raw))
    }

    /// The position in the arena; nodes are numbered in the order of the text.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How the words of a directive end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// At a `;`.
    Semicolon,
    /// At a `{`, and a block follows.
    Block,
    /// At a `{`, and text of another language follows (Lua).
    Raw,
    /// At a `}` or at the end of the file: nginx refuses this.
    Missing,
}

/// One directive: its words, how they end, and its place among the others.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    pub(crate) parent: u32,
    pub(crate) next: u32,
    pub(crate) first_word: u32,
    pub(crate) word_count: u32,
    pub(crate) terminator: u32,
    pub(crate) close: u32,
    pub(crate) last_descendant: u32,
    pub(crate) ending: Ending,
}

impl Node {
    /// How the words end.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// The offset of the `;` or `{` (or of what stood in its place): nginx names the line of this byte.
    pub fn terminator(&self) -> u32 {
        self.terminator
    }

    /// The offset of the block's `}`, or the text's length where it is missing.
    pub fn close(&self) -> u32 {
        self.close
    }

    /// Whether a block of directives follows.
    pub fn has_block(&self) -> bool {
        self.ending == Ending::Block
    }
}

/// One word: the bytes between the spaces, quotes stripped, escapes still in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) flags: u8,
}

impl Word {
    pub(crate) const QUOTED: u8 = 1;
    pub(crate) const ESCAPED: u8 = 2;

    /// The bytes inside the quotes.
    pub fn inner(self) -> TextRange {
        TextRange::new(self.start, self.end)
    }

    /// The bytes with the quotes: the token as a person sees it.
    pub fn range(self) -> TextRange {
        let quote = u32::from(self.is_quoted());
        TextRange::new(self.start.saturating_sub(quote), self.end + quote)
    }

    /// Whether it stands in quotes.
    pub fn is_quoted(self) -> bool {
        self.flags & Self::QUOTED != 0
    }

    /// The value that nginx takes: `\"`, `\'` and `\\` without the backslash, `\t`, `\r` and `\n` as the
    /// character, every other backslash kept.
    pub fn value(self, text: &[u8]) -> Cow<'_, [u8]> {
        let raw = self.inner().of(text);
        if self.flags & Self::ESCAPED == 0 { Cow::Borrowed(raw) } else { Cow::Owned(unescape(raw)) }
    }
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escape = if byte == b'\\' { bytes.peek().copied() } else { None };
        let plain = match escape {
            Some(quoted @ (b'"' | b'\'' | b'\\')) => quoted,
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            _ => {
                out.push(byte);
                continue;
            }
        };
        bytes.next();
        out.push(plain);
    }
    out
}

/// The directives of one file, and what nginx's reader would refuse in it.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) words: Vec<Word>,
    pub(crate) comments: Vec<TextRange>,
    pub(crate) errors: Vec<SyntaxError>,
    pub(crate) first: Option<NodeId>,
}

impl Tree {
    /// The directives at the top of the file.
    pub fn top(&self) -> Siblings<'_> {
        Siblings { tree: self, next: self.first }
    }

    /// The directives in the block of `id`.
    pub fn children(&self, id: NodeId) -> Siblings<'_> {
        let inside = self.node(id).is_some_and(|node| node.last_descendant > id.0);
        Siblings { tree: self, next: inside.then(|| NodeId(id.0 + 1)) }
    }

    /// The directive `id`; `None` for an id of another tree.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    /// The directive whose block holds `id`.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).and_then(|node| NodeId::from_raw(node.parent))
    }

    /// The directive after `id` in the same block.
    pub fn next_sibling(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).and_then(|node| NodeId::from_raw(node.next))
    }

    /// All words of a directive, its name first.
    pub fn words(&self, id: NodeId) -> &[Word] {
        self.words.get(self.word_range(id)).unwrap_or_default()
    }

    /// The words of every directive, in the order of the text.
    pub fn all_words(&self) -> &[Word] {
        &self.words
    }

    /// Which of [`Tree::all_words`] are those of a directive.
    pub fn word_range(&self, id: NodeId) -> Range<usize> {
        let (first, count) = self.node(id).map_or((0, 0), |node| (node.first_word, node.word_count));
        first as usize..first as usize + count as usize
    }

    /// The number of directives.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the file holds no directive.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Moves every place of the tree: for a text that was edited before it was parsed, back to the one that it
    /// came from. `to` must keep the order of places.
    pub fn map_offsets(&mut self, to: impl Fn(u32) -> u32) {
        let range = |range: &mut TextRange| *range = TextRange::new(to(range.start), to(range.end));
        for node in &mut self.nodes {
            (node.terminator, node.close) = (to(node.terminator), to(node.close));
        }
        for word in &mut self.words {
            (word.start, word.end) = (to(word.start), to(word.end));
        }
        self.comments.iter_mut().for_each(range);
        for error in &mut self.errors {
            error.at = to(error.at);
            range(&mut error.range);
        }
    }

    /// Drops the errors that prove nothing.
    pub fn retain_errors(&mut self, keeps: impl FnMut(&SyntaxError) -> bool) {
        self.errors.retain(keeps);
    }

    /// Every directive, in the order of the text.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// Every comment, from `#` to the end of its line, in order.
    pub fn comments(&self) -> &[TextRange] {
        &self.comments
    }

    /// Where nginx's reader stops, in order. nginx prints only the first.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }
}

/// Directives of one block, in order.
#[derive(Clone, Debug)]
pub struct Siblings<'a> {
    tree: &'a Tree,
    next: Option<NodeId>,
}

impl Iterator for Siblings<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let id = self.next?;
        self.next = self.tree.next_sibling(id);
        Some(id)
    }
}
