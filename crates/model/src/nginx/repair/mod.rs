//! Repairs of text that nginx refuses or misreads: a missing `;`, a brace too many or too few, a quote that is
//! not closed. Each is a list of edits; the repaired tree is that of the edited text with its places moved back.

mod braces;
mod comments;
mod outline;
mod patch;
mod quotes;
mod refusal;
mod suspicion;
mod words;

use std::collections::HashSet;

use gatelint_catalog::nginx::Name;
use gatelint_syntax::nginx::{Tree, parse};
use gatelint_syntax::{FileId, Span, TextRange};

use super::ContextKind;
use crate::Stack;
use outline::Layout;
pub(crate) use outline::Outline;
pub use patch::Edit;
use patch::Patched;
pub use refusal::Refusal;
use refusal::refusals;

/// The most repairs of one file: a file with more mistakes is no configuration.
const MAX_REPAIRS: usize = 16;
/// The largest file that is repaired, in bytes.
const MAX_SIZE: usize = 8 << 20;
/// How many bytes are read again in all to try repairs of one file.
const MAX_READ_AGAIN: usize = 32 << 20;
/// The most refusals that are counted.
const MAX_REFUSALS: usize = 1000;

/// What is wrong with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RepairKind {
    /// A directive that runs into the next line, a `}` or the end of the file.
    MissingSemicolon,
    /// A block that is never closed.
    MissingCloseBrace,
    /// A block directive without its `{`.
    MissingOpenBrace,
    /// The line that opens a block is a comment.
    CommentedOpener,
    /// The line that closes a block is a comment.
    CommentedClose,
    /// A word that holds braces and stands without quotes: its `{` opens a block.
    UnquotedBrace,
    /// A `}` that closes too much.
    ExtraCloseBrace,
    /// A `{` without a directive.
    ExtraOpenBrace,
    /// A quote that runs over its line's end.
    MissingQuote,
    /// A byte order mark, which nginx takes as the start of a name.
    ByteOrderMark,
    /// The file ends inside a directive inside a block.
    Truncated,
}

/// One mistake and the edits that undo it. Places are those of the text as read.
#[derive(Clone, Debug)]
pub struct Repair {
    /// What is wrong.
    pub kind: RepairKind,
    /// What to change.
    pub edits: Vec<Edit>,
    /// The place to edit.
    pub place: TextRange,
    /// What lacks something: the words of a directive, the opener of a block.
    pub subject: TextRange,
    /// What shows it: the swallowed word, the directive that stands in a wrong block.
    pub evidence: Option<TextRange>,
    /// The text that reads differently with the repair; what else is found there follows from it.
    pub covers: TextRange,
    /// What nginx prints because of it; `None` where it takes the text, or where that cannot be told.
    pub refusal: Option<Refusal>,
}

/// Where the first word of a text stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base {
    /// The context.
    pub(crate) kind: ContextKind,
    /// The directive whose block it is.
    pub(crate) opener: Option<Name>,
}

impl Default for Base {
    fn default() -> Self {
        Self { kind: ContextKind::Other, opener: None }
    }
}

/// A text that was repaired.
pub(crate) struct Repaired {
    /// The repaired tree; what is still wrong stands in its errors.
    pub(crate) tree: Tree,
    /// In the order of the text.
    pub(crate) repairs: Vec<Repair>,
}

/// Proposes repairs for a text; `None` where there is nothing to repair, or nothing that would help.
pub(crate) fn repair(text: &[u8], tree: &Tree, base: Base) -> Option<Repaired> {
    if text.len() > MAX_SIZE || !suspicion::is_suspect(text, tree, base) {
        return None;
    }
    let mut work = Work { text, base, repairs: Vec::new(), left: MAX_READ_AGAIN };
    work.run();
    if work.repairs.is_empty() {
        return None;
    }
    work.predict();
    let patched = work.patched(&[]);
    let mut tree = parse(&patched.text);
    tree.map_offsets(|at| patched.back(at));
    work.repairs.sort_by_key(|repair| repair.place);
    Some(Repaired { tree, repairs: work.repairs })
}

/// How wrong a text is: what the reader refuses, what the directives refuse, what the layout contradicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    reader: usize,
    refused: usize,
    misfits: usize,
}

/// The text as repaired so far, and how it reads. Proposals are made in its places.
struct View<'v> {
    outline: &'v Outline<'v>,
    layout: Layout,
    score: Score,
}

struct Work<'a> {
    text: &'a [u8],
    base: Base,
    /// In the places of the text as read.
    repairs: Vec<Repair>,
    /// How many bytes may still be read again.
    left: usize,
}

impl Work<'_> {
    /// The text with all repairs so far and `more` edits in places of the text as read.
    fn patched(&self, more: &[Edit]) -> Patched {
        let edits = self.repairs.iter().flat_map(|repair| &repair.edits).chain(more);
        Patched::new(self.text, edits.copied())
    }

    fn run(&mut self) {
        while self.repairs.len() < MAX_REPAIRS && self.spend() {
            let patched = self.patched(&[]);
            let tree = parse(&patched.text);
            let outline = Outline::new(&patched.text, &tree, self.base);
            let layout = Layout::new(&patched.text);
            let score = score(&outline, &layout, &patched);
            let view = View { outline: &outline, layout, score };
            let mut found = byte_order_mark(&patched.text);
            if found.is_empty() {
                found.extend(quotes::propose(self, &view));
            }
            if found.is_empty() {
                found = words::propose(&view);
            }
            if found.is_empty() {
                found.extend(braces::propose(self, &view));
            }
            if found.is_empty() {
                break;
            }
            found.truncate(MAX_REPAIRS - self.repairs.len());
            for mut repair in found {
                repair.move_back(&patched);
                self.repairs.push(repair);
            }
        }
    }

    /// Whether the text may be read once more.
    fn spend(&mut self) -> bool {
        let left = self.left.checked_sub(self.text.len());
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// The score of the viewed text with `edits`; `None` where too much was tried already.
    fn try_edits(&mut self, view: &View<'_>, edits: &[Edit]) -> Option<Score> {
        if !self.spend() {
            return None;
        }
        let patched = Patched::new(view.outline.text, edits.iter().copied());
        let tree = parse(&patched.text);
        let outline = Outline::new(&patched.text, &tree, self.base);
        Some(score(&outline, &Layout::new(&patched.text), &patched))
    }

    /// What nginx prints because of each mistake: the first refusal of the text with only that mistake left in
    /// it which the repaired text does not have.
    fn predict(&mut self) {
        let repaired: HashSet<Refusal> = self.refusals_without(usize::MAX).into_iter().collect();
        for index in 0..self.repairs.len() {
            if !self.spend() {
                return;
            }
            let first = self.refusals_without(index).into_iter().find(|refusal| !repaired.contains(refusal));
            if let Some(repair) = self.repairs.get_mut(index) {
                repair.refusal = first;
            }
        }
    }

    /// The refusals of the text with all repairs but one, and but those further on in what that one covers: of
    /// three lines that run into one another nginx makes one directive.
    fn refusals_without(&self, index: usize) -> Vec<Refusal> {
        let left_out = self.repairs.get(index);
        let is_left = |other: &&Repair| {
            left_out.is_some_and(|one| {
                one.place <= other.place && (one.place == other.place || other.place.start < one.covers.end)
            })
        };
        let edits =
            self.repairs.iter().filter(|repair| !is_left(repair)).flat_map(|repair| &repair.edits).copied();
        let patched = Patched::new(self.text, edits);
        let tree = parse(&patched.text);
        let outline = Outline::new(&patched.text, &tree, self.base);
        let mut all = refusals(&outline, MAX_REFUSALS);
        all.iter_mut().for_each(|refusal| refusal.at = patched.back(refusal.at));
        all
    }
}

impl Repair {
    fn move_back(&mut self, patched: &Patched) {
        let range = |range: TextRange| TextRange::new(patched.back(range.start), patched.back(range.end));
        self.place = range(self.place);
        self.subject = range(self.subject);
        self.evidence = self.evidence.map(range);
        self.covers = range(self.covers);
        self.edits.iter_mut().for_each(|edit| edit.at = patched.back(edit.at));
    }
}

fn score(outline: &Outline<'_>, layout: &Layout, patched: &Patched) -> Score {
    // The reader notes only the innermost block that the end of the text cuts off; count each.
    let errors = outline.tree.errors().len();
    let all = refusals(outline, MAX_REFUSALS).len();
    Score {
        reader: errors + outline.unclosed(),
        refused: all.saturating_sub(errors.min(MAX_REFUSALS)),
        misfits: outline::misfits(outline, layout, patched),
    }
}

/// How many known directives stand where no nginx takes them, when the text stands in `kind`.
pub(crate) fn misplaced(tree: &Tree, text: &[u8], kind: ContextKind) -> usize {
    let outline = Outline::new(text, tree, Base { kind, opener: None });
    let is_misplaced = |id: &gatelint_syntax::nginx::NodeId| {
        let kind = outline.kind(*id);
        let is_block = !matches!(kind, ContextKind::Body | ContextKind::Other);
        is_block && outline.name(*id).is_some_and(|name| name.in_context(kind).is_none())
    };
    tree.ids().filter(is_misplaced).count()
}

fn byte_order_mark(text: &[u8]) -> Vec<Repair> {
    if !text.starts_with(suspicion::BYTE_ORDER_MARK) {
        return Vec::new();
    }
    let mark = TextRange::new(0, suspicion::BYTE_ORDER_MARK.len() as u32);
    vec![Repair {
        kind: RepairKind::ByteOrderMark,
        edits: vec![Edit::delete(0, mark.end)],
        place: mark,
        subject: mark,
        evidence: None,
        covers: mark,
        refusal: None,
    }]
}

impl Stack {
    /// Every repair of nginx's files, each with its file.
    pub fn repairs(&self) -> impl Iterator<Item = (FileId, &Repair)> {
        self.nginx.files().flat_map(|file| {
            let repairs = self.nginx.parsed(file).map(|parsed| parsed.repairs.as_slice());
            repairs.unwrap_or_default().iter().map(move |repair| (file, repair))
        })
    }

    /// Whether what is found at `span` may follow from a mistake that was repaired there, and is not the place
    /// of that mistake itself.
    pub fn is_repaired(&self, span: Span) -> bool {
        self.is_part_of_repair(span)
            && !self.repairs_of(span.file).iter().any(|repair| repair.place == span.range())
    }

    /// Whether `span` stands in text that reads differently with a repair.
    pub(crate) fn is_part_of_repair(&self, span: Span) -> bool {
        let touches = |repair: &Repair| {
            span.start < repair.covers.end && repair.covers.start < span.end.max(span.start + 1)
        };
        self.repairs_of(span.file).iter().any(touches)
    }

    /// The repairs of one file, in the order of the text.
    pub fn repairs_of(&self, file: FileId) -> &[Repair] {
        self.nginx.parsed(file).map(|parsed| parsed.repairs.as_slice()).unwrap_or_default()
    }
}
