//! What rules hold in their hands: a directive and a block, each with the stack it belongs to.

use std::borrow::Cow;

use gatelint_catalog::nginx::Name;
use gatelint_syntax::nginx::{Node, NodeId, Word};
use gatelint_syntax::{FileId, Span, TextRange};

use super::{Context, ContextId, ContextKind, NameId, Place, PlaceId};
use crate::Stack;

/// A directive in the place where the includes put it.
#[derive(Clone, Copy)]
pub struct Directive<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) id: PlaceId,
}

/// A block (or the outside of all blocks) in the place where the includes put it.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) id: ContextId,
}

/// One argument.
#[derive(Clone, Debug)]
pub struct Arg<'a> {
    /// The value that nginx takes, unquoted and unescaped. What a template fills in is in it a variable that nobody
    /// defines.
    pub value: Cow<'a, [u8]>,
    /// The token, with its quotes.
    pub span: Span,
    /// Whether it stands in quotes.
    pub quoted: bool,
}

impl Arg<'_> {
    /// The value as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }
}

impl PartialEq for Directive<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Directive<'_> {}

impl std::fmt::Debug for Directive<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {:?}", self.name(), self.span())
    }
}

impl PartialEq for Scope<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Scope<'_> {}

impl std::fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.kind(), self.id)
    }
}

impl<'a> Directive<'a> {
    /// The stack that it belongs to.
    pub fn stack(self) -> &'a Stack {
        self.stack
    }

    fn place(self) -> Option<&'a Place> {
        self.stack.nginx.place(self.id)
    }

    fn node(self) -> Option<&'a Node> {
        let place = self.place()?;
        self.stack.nginx.tree(place.file)?.node(place.node)
    }

    fn words(self) -> &'a [Word] {
        self.place().map(|place| self.words_of(place)).unwrap_or_default()
    }

    fn words_of(self, place: &Place) -> &'a [Word] {
        let (start, count) = (place.words.0 as usize, place.words.1 as usize);
        self.stack.nginx.words.get(start..start + count).unwrap_or_default()
    }

    /// The file that its text stands in.
    pub fn file(self) -> FileId {
        self.place().map_or(FileId(0), |place| place.file)
    }

    fn arg_of(self, word: Word) -> Option<Arg<'a>> {
        let file = self.place()?.file;
        let value = word.value(self.stack.sources.masked(file));
        Some(Arg { value, span: word.range().in_file(file), quoted: word.is_quoted() })
    }

    /// Its identity, for use as a key.
    pub fn id(self) -> PlaceId {
        self.id
    }

    /// Its text: equal for one line that several includes read.
    pub fn text_id(self) -> (FileId, NodeId) {
        self.place().map_or((FileId(u32::MAX), NodeId::default()), |place| (place.file, place.node))
    }

    /// The name; bytes that are not UTF-8 are replaced.
    pub fn name(self) -> Cow<'a, str> {
        match self.place().and_then(|place| place.name.catalogued()) {
            Some(name) => Cow::Borrowed(name.text()),
            None => {
                let word = self.words().first().and_then(|&word| self.arg_of(word));
                Cow::Owned(word.map(|arg| arg.text().into_owned()).unwrap_or_default())
            }
        }
    }

    /// The arguments, without the name.
    pub fn args(self) -> impl ExactSizeIterator<Item = Arg<'a>> + Clone {
        let file = self.file();
        let bytes = self.stack.sources.masked(file);
        self.words().get(1..).unwrap_or_default().iter().map(move |word| Arg {
            value: word.value(bytes),
            span: word.range().in_file(file),
            quoted: word.is_quoted(),
        })
    }

    /// The name as it is written.
    pub(crate) fn written(self) -> Option<Arg<'a>> {
        self.words().first().and_then(|&word| self.arg_of(word))
    }

    /// The argument `index`, counted from 0 without the name.
    pub fn arg(self, index: usize) -> Option<Arg<'a>> {
        self.words().get(index + 1).and_then(|&word| self.arg_of(word))
    }

    /// From its name to its last argument, without `;` or block.
    pub fn span(self) -> Span {
        let file = self.file();
        let words = self.words();
        let first = words.first().map_or(TextRange::default(), |word| word.range());
        words.last().map_or(first, |last| first.to(last.range())).in_file(file)
    }

    /// Its name.
    pub fn name_span(self) -> Span {
        let range = self.words().first().map_or(TextRange::default(), |word| word.range());
        range.in_file(self.file())
    }

    /// The first argument, else the name: what a finding about its value points at.
    pub fn value_span(self) -> Span {
        self.arg(0).map_or_else(|| self.name_span(), |arg| arg.span)
    }

    /// The `;` or `{` that ends its words: nginx prints the line of this byte.
    pub fn end_span(self) -> Span {
        let at = self.node().map_or(0, |node| node.terminator());
        TextRange::new(at, at + 1).in_file(self.file())
    }

    /// The closing `}` of its block, else the terminator: errors of a merge are printed with its line.
    pub fn close_span(self) -> Span {
        let at = self.node().map_or(0, |node| node.close());
        TextRange::new(at, at + 1).in_file(self.file())
    }

    /// The block it stands in.
    pub fn scope(self) -> Scope<'a> {
        let id = self.place().map_or(ContextId(0), |place| place.context);
        Scope { stack: self.stack, id }
    }

    /// The block that it opens.
    pub fn block(self) -> Option<Scope<'a>> {
        self.place()?.opens.map(|id| Scope { stack: self.stack, id })
    }
}

impl<'a> Scope<'a> {
    /// The stack that it belongs to.
    pub fn stack(self) -> &'a Stack {
        self.stack
    }

    fn context(self) -> Option<&'a Context> {
        self.stack.nginx.context(self.id)
    }

    /// Its identity, for use as a key.
    pub fn id(self) -> ContextId {
        self.id
    }

    /// Which kind of block it is.
    pub fn kind(self) -> ContextKind {
        self.context().map_or(ContextKind::Other, |context| context.kind)
    }

    /// The block around it.
    pub fn parent(self) -> Option<Self> {
        self.context()?.parent.map(|id| Self { stack: self.stack, id })
    }

    /// The directive whose block it is; `None` outside all blocks.
    pub fn opener(self) -> Option<Directive<'a>> {
        self.context()?.opener.map(|id| Directive { stack: self.stack, id })
    }

    /// It and every block around it, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |scope| scope.parent())
    }

    /// The nearest block of `kind`, itself included.
    pub fn enclosing(self, kind: ContextKind) -> Option<Self> {
        self.ancestors().find(|scope| scope.kind() == kind)
    }

    /// Its directives without a block that are called `name`, in reading order.
    pub fn own(
        self,
        name: &str,
    ) -> impl DoubleEndedIterator<Item = Directive<'a>> + ExactSizeIterator + use<'a> {
        let ids =
            Name::find(name.as_bytes()).map(|name| self.own_ids(NameId::known(name))).unwrap_or_default();
        ids.iter().map(move |&(_, id)| Directive { stack: self.stack, id })
    }

    fn own_all(self) -> &'a [(NameId, PlaceId)] {
        let range = self.context().map_or(0..0, |context| context.own.0 as usize..context.own.1 as usize);
        self.stack.nginx.own.get(range).unwrap_or_default()
    }

    /// Its directives of one name without a block, in reading order.
    pub(crate) fn own_ids(self, name: NameId) -> &'a [(NameId, PlaceId)] {
        let all = self.own_all();
        let start = all.partition_point(|(own, _)| *own < name);
        let rest = all.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|(own, _)| *own == name)).unwrap_or_default()
    }

    /// All its directives without a block, grouped by name.
    pub fn directives(self) -> impl Iterator<Item = Directive<'a>> + use<'a> {
        self.own_all().iter().map(move |&(_, id)| Directive { stack: self.stack, id })
    }

    /// The lines of a free-form body, in reading order.
    pub fn lines(self) -> impl Iterator<Item = Directive<'a>> + use<'a> {
        let mut ids: Vec<PlaceId> = self.own_all().iter().map(|&(_, id)| id).collect();
        ids.sort_unstable();
        ids.into_iter().map(move |id| Directive { stack: self.stack, id })
    }

    /// Whether the model has all that stands in it: every `include` was read, and it is not the outermost block
    /// of a fragment, in which the includer may say more. No block of a template is: marks may put more there, and
    /// conditions take away what is written.
    pub fn is_whole(self) -> bool {
        let unread = &self.stack.nginx.unread;
        let opener = self.opener();
        let is_template = match opener {
            Some(opener) => self.stack.sources.is_template(opener.file()),
            None => self
                .stack
                .nginx
                .roots
                .iter()
                .any(|root| root.id == self.id && self.stack.sources.is_template(root.file)),
        };
        let is_cut = is_template || opener.is_none() && self.kind() != ContextKind::Main;
        !is_cut
            && (unread.is_empty()
                || self
                    .own("include")
                    .filter_map(|include| include.arg(0))
                    .all(|arg| !unread.contains(&arg.span)))
    }

    /// Whether it stands in a main configuration, not in a fragment whose surroundings are not known.
    pub fn is_in_main(self) -> bool {
        self.ancestors().last().is_some_and(|root| root.kind() == ContextKind::Main)
    }

    /// Whether one program surely reads this block and `other`: both stand in one configuration, or in fragments of
    /// one directory. Other fragments may be made for different machines.
    pub fn is_read_with(self, other: Scope<'_>) -> bool {
        let root = |scope: Scope<'_>| scope.ancestors().last().map(|root| root.id);
        let directory = |scope: Scope<'_>| {
            let id = root(scope)?;
            let file = self.stack.nginx.roots.iter().find(|root| root.id == id)?.file;
            Some(self.stack.sources.get(file)?.path.parent()?.to_path_buf())
        };
        root(self) == root(other)
            || !self.is_in_main() && !other.is_in_main() && directory(self) == directory(other)
    }

    /// Its blocks, in reading order.
    pub fn blocks(self) -> impl Iterator<Item = Scope<'a>> + use<'a> {
        let range =
            self.context().map_or(0..0, |context| context.blocks.0 as usize..context.blocks.1 as usize);
        let ids = self.stack.nginx.blocks.get(range).unwrap_or_default();
        ids.iter().map(move |&id| Scope { stack: self.stack, id })
    }

    /// Its blocks of one kind, in reading order.
    pub fn blocks_of(self, kind: ContextKind) -> impl Iterator<Item = Scope<'a>> + use<'a> {
        self.blocks().filter(move |scope| scope.kind() == kind)
    }
}

impl Stack {
    /// Every directive called `name`, wherever it stands, in reading order.
    pub fn directives(&self, name: &str) -> impl Iterator<Item = Directive<'_>> {
        let ids =
            Name::find(name.as_bytes()).map(|name| self.nginx.named(NameId::known(name))).unwrap_or_default();
        ids.iter().map(move |&id| Directive { stack: self, id })
    }

    /// Every directive whose name the catalogue lacks.
    pub fn unknown_directives(&self) -> impl Iterator<Item = Directive<'_>> {
        self.nginx.named(NameId::unknown()).iter().map(move |&id| Directive { stack: self, id })
    }

    /// The outermost block of each nginx configuration.
    pub fn nginx_roots(&self) -> impl Iterator<Item = Scope<'_>> {
        self.nginx.roots.iter().map(move |root| Scope { stack: self, id: root.id })
    }
}
