//! A text with what each of its directives stands in, and how it is laid out.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::lines::LineIndex;
use gatelint_syntax::nginx::{Ending, NodeId, Tree, Word};

use super::{Base, Patched};
use crate::nginx::ContextKind;
use crate::nginx::expand::inner_kind;

/// One text, its tree, and the context of every directive in it.
pub(crate) struct Outline<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) tree: &'a Tree,
    pub(crate) base: Base,
    names: Vec<Option<Name>>,
    kinds: Vec<ContextKind>,
}

impl<'a> Outline<'a> {
    pub(crate) fn new(text: &'a [u8], tree: &'a Tree, base: Base) -> Self {
        let mut outline = Self {
            text,
            tree,
            base,
            names: Vec::with_capacity(tree.len()),
            kinds: Vec::with_capacity(tree.len()),
        };
        // A block comes before what stands in it.
        for id in tree.ids() {
            let kind = tree.parent(id).map_or(base.kind, |parent| outline.inside(parent));
            let name = tree.words(id).first().and_then(|word| Name::find(&word.value(text)));
            outline.names.push(name);
            outline.kinds.push(kind);
        }
        outline
    }

    /// The catalogue's name of a directive.
    pub(crate) fn name(&self, id: NodeId) -> Option<Name> {
        self.names.get(id.index()).copied().flatten()
    }

    /// The context that a directive stands in.
    pub(crate) fn kind(&self, id: NodeId) -> ContextKind {
        self.kinds.get(id.index()).copied().unwrap_or(ContextKind::Other)
    }

    /// The context that its block opens.
    pub(crate) fn inside(&self, id: NodeId) -> ContextKind {
        inner_kind(self.name(id), self.kind(id))
    }

    /// The directive whose free-form body a line stands in.
    pub(crate) fn body_of(&self, id: NodeId) -> Option<Name> {
        // Body in body is a mistake, and the inner one is no directive.
        match self.tree.parent(id) {
            Some(parent) => self.name(parent),
            None => self.base.opener,
        }
    }

    /// The value of a word.
    pub(crate) fn value(&self, word: Word) -> std::borrow::Cow<'a, [u8]> {
        word.value(self.text)
    }

    /// Blocks that the end of the text closes.
    pub(crate) fn unclosed(&self) -> usize {
        let end = self.text.len() as u32;
        let open = |id: &NodeId| {
            let node = self.tree.node(*id);
            node.is_some_and(|node| {
                node.close() == end && matches!(node.ending(), Ending::Block | Ending::Raw)
            })
        };
        self.tree.ids().filter(open).count()
    }
}

/// Lines and their indentation.
pub(super) struct Layout {
    lines: LineIndex,
    /// For each line its start and its first byte that is not white space.
    starts: Vec<(u32, u32)>,
}

impl Layout {
    pub(super) fn new(text: &[u8]) -> Self {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        let mut start = 0;
        let starts = text.split(|&byte| byte == b'\n').map(|line| {
            let at = start;
            start += line.len() as u32 + 1;
            (at, at + line.iter().take_while(|byte| is_blank(byte)).count() as u32)
        });
        Self { starts: starts.collect(), lines: LineIndex::new(text) }
    }

    pub(super) fn line(&self, at: u32) -> u32 {
        self.lines.line(at)
    }

    fn start(&self, line: u32) -> (u32, u32) {
        self.starts.get(line.saturating_sub(1) as usize).copied().unwrap_or_default()
    }

    /// How far the line of `at` is indented, in bytes.
    pub(super) fn indent(&self, at: u32) -> u32 {
        let (start, first) = self.start(self.line(at));
        first - start
    }

    /// Whether only white space stands before `at` on its line.
    pub(super) fn is_first(&self, at: u32) -> bool {
        self.start(self.line(at)).1 == at
    }

    /// Where the line of `at` ends, its line end not included.
    pub(super) fn line_end(&self, at: u32, text: &[u8]) -> u32 {
        self.lines.range(self.line(at), text).end
    }

    /// The end of the line after that of `at`, where that line is blank.
    pub(super) fn blank_after(&self, at: u32, text: &[u8]) -> Option<u32> {
        let line = self.line(at) + 1;
        let (_, first) = *self.starts.get(line as usize - 1)?;
        let end = self.lines.range(line, text).end;
        (first >= end).then_some(end)
    }
}

/// How many braces and directives stand where their indentation contradicts the blocks they are in. A
/// brace that was inserted fits anywhere.
pub(super) fn misfits(outline: &Outline<'_>, layout: &Layout, patched: &Patched) -> usize {
    let tree = outline.tree;
    let mut count = 0;
    // The indentation of the first directive of each block; the last slot is the top of the text.
    let mut firsts: Vec<Option<u32>> = vec![None; tree.len() + 1];
    for id in tree.ids() {
        let Some(node) = tree.node(id) else { continue };
        let Some(at) = tree.words(id).first().map(|word| word.range().start) else { continue };
        if layout.is_first(at) {
            let parent = tree.parent(id);
            let indent = layout.indent(at);
            let slot = parent.map_or(tree.len(), NodeId::index);
            let first = firsts.get_mut(slot).and_then(|first| first.replace(first.unwrap_or(indent)));
            // The first may stand anywhere: some files are not indented at all.
            count += usize::from(first.is_some_and(|first| first != indent));
        }
        let is_closed = (node.close() as usize) < outline.text.len();
        if node.has_block() && is_closed && !patched.is_inserted(node.close()) {
            count += usize::from(is_misplaced(layout, at, node.close()));
        }
    }
    count
}

/// Whether a closing brace stands where its opener's line does not expect it.
pub(super) fn is_misplaced(layout: &Layout, opener: u32, close: u32) -> bool {
    if layout.is_first(close) {
        layout.indent(close) != layout.indent(opener)
    } else {
        layout.line(close) != layout.line(opener)
    }
}
