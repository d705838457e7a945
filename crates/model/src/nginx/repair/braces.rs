//! Braces: a block that is not closed, a `}` too many, a `{` without a directive.

use gatelint_syntax::TextRange;
use gatelint_syntax::nginx::{Ending, NodeId, SyntaxErrorKind};

use super::outline::is_misplaced;
use super::refusal::refusals;
use super::words::range;
use super::{Edit, Repair, RepairKind, Score, View, Work, comments};

/// The most places of one sort that are tried.
const MAX_TRIES: usize = 24;
/// The most blocks that may be left open: a text that leaves more is cut off, or no configuration.
const MAX_UNCLOSED: usize = 64;

/// The edit of a brace that explains most.
pub(super) fn propose(work: &mut Work<'_>, view: &View<'_>) -> Option<Repair> {
    let tree = view.outline.tree;
    let unexpected = |byte: u8| {
        let kind = SyntaxErrorKind::Unexpected(byte);
        tree.errors().iter().find(move |error| error.kind == kind).map(|error| error.at)
    };
    if let Some(at) = unexpected(b'{') {
        let extra = extra_open_brace(work, view, at);
        if extra.is_some() {
            return extra;
        }
    }
    match view.outline.unclosed() {
        0 => extra_close_brace(work, view, unexpected(b'}')?),
        open if open <= MAX_UNCLOSED => missing_close_brace(work, view, open),
        _ => None,
    }
}

/// Keeps the best of what is tried; the earlier of two that are as good.
struct Best<T> {
    found: Option<(Score, T)>,
}

impl<T> Best<T> {
    fn offer(&mut self, score: Option<Score>, value: T) {
        let Some(score) = score else { return };
        if self.found.as_ref().is_none_or(|(least, _)| score < *least) {
            self.found = Some((score, value));
        }
    }

    fn better_than(self, score: Score) -> Option<T> {
        self.found.filter(|(found, _)| found.reader < score.reader).map(|(_, value)| value)
    }
}

fn extra_open_brace(work: &mut Work<'_>, view: &View<'_>, at: u32) -> Option<Repair> {
    let brace = TextRange::new(at, at + 1);
    let edit = Edit::delete(at, 1);
    let helps = work.try_edits(view, &[edit])?.reader < view.score.reader;
    helps.then(|| simple(RepairKind::ExtraOpenBrace, vec![edit], brace, brace, None))
}

fn simple(
    kind: RepairKind,
    edits: Vec<Edit>,
    place: TextRange,
    subject: TextRange,
    evidence: Option<TextRange>,
) -> Repair {
    Repair { kind, edits, place, subject, evidence, covers: place, refusal: None }
}

fn extra_close_brace(work: &mut Work<'_>, view: &View<'_>, stray: u32) -> Option<Repair> {
    let tree = view.outline.tree;
    let mut closes: Vec<(u32, NodeId)> = Vec::new();
    let mut ended = Vec::new();
    for id in tree.ids() {
        let Some(node) = tree.node(id) else { continue };
        if node.terminator() > stray {
            break;
        }
        if node.has_block() {
            closes.push((node.close(), id));
        } else if node.ending() == Ending::Semicolon {
            ended.push(id);
        }
    }
    closes.sort_by_key(|(close, _)| *close);
    let opener = |id: NodeId| tree.words(id).first().map(|word| word.range().start);
    let misplaced = closes
        .iter()
        .filter(|(close, id)| opener(*id).is_some_and(|opener| is_misplaced(&view.layout, opener, *close)))
        .map(|(close, _)| *close);
    // Braces close from inside out, so the first that stands wrong is the one too many.
    let wrong = wrong_place(view, stray);
    let before_wrong = closes.partition_point(|(close, _)| wrong.is_some_and(|wrong| *close < wrong.start));
    let closes_wrong = before_wrong.checked_sub(1).and_then(|last| closes.get(last)).map(|(close, _)| *close);
    let mut best = Best { found: None };
    let before = wrong.map_or(stray, |wrong| stray.min(wrong.start));
    let openers = comments::openers(view.outline).into_iter().filter(|(comment, _)| comment.start < before);
    for (comment, edit) in openers.rev().take(MAX_TRIES) {
        let repair = simple(RepairKind::CommentedOpener, vec![edit], comment, comment, wrong);
        best.offer(work.try_edits(view, &[edit]), repair);
    }
    for at in [stray].into_iter().chain(misplaced.take(MAX_TRIES)).chain(closes_wrong) {
        let edit = Edit::delete(at, 1);
        let brace = TextRange::new(at, at + 1);
        let repair = simple(RepairKind::ExtraCloseBrace, vec![edit], brace, brace, wrong);
        best.offer(work.try_edits(view, &[edit]), repair);
    }
    // `server;` for `server {` leaves a brace too many as well.
    let needs_block = |id: &NodeId| {
        view.outline.name(*id).is_some_and(|name| {
            let kind = view.outline.kind(*id);
            crate::nginx::trial::line::directive_in(name, kind, &crate::Target::default())
                .is_some_and(|directive| directive.block)
        })
    };
    for id in ended.into_iter().filter(needs_block).take(MAX_TRIES) {
        let Some(node) = tree.node(id) else { continue };
        let at = node.terminator();
        let edit = Edit { at, delete: 1, insert: "{" };
        let words = range(tree.words(id));
        let place = TextRange::new(at, at + 1);
        let repair = simple(RepairKind::MissingOpenBrace, vec![edit], place, words, None);
        best.offer(work.try_edits(view, &[edit]), repair);
    }
    best.better_than(view.score)
}

/// The name of the first directive before `end` that nginx refuses for its place or does not know.
fn wrong_place(view: &View<'_>, end: u32) -> Option<TextRange> {
    let tree = view.outline.tree;
    let refused = refusals(view.outline, super::MAX_REFUSALS);
    let at = refused.iter().find(|refusal| {
        refusal.at < end
            && (refusal.message.ends_with("is not allowed here")
                || refusal.message.starts_with("unknown directive"))
    })?;
    let id = tree.ids().find(|id| tree.node(*id).is_some_and(|node| node.terminator() == at.at))?;
    tree.words(id).first().map(|word| word.range())
}

fn missing_close_brace(work: &mut Work<'_>, view: &View<'_>, open: usize) -> Option<Repair> {
    let text = view.outline.text;
    let end = text.len() as u32;
    // What lacks several braces, or ends within a line, was cut off.
    let is_cut = open > 1 || !text.ends_with(b"\n");
    let cut_off = view.outline.tree.ids().last().filter(|id| {
        let node = view.outline.tree.node(*id);
        node.is_some_and(|node| node.ending() == Ending::Missing && node.terminator() == end)
    });
    if let Some(id) = cut_off {
        return truncated(work, view, id, open);
    }
    let rest = |count: usize| std::iter::repeat_n(Edit::insert(end, "\n}"), count);
    let mut best = Best { found: None };
    for (comment, edit) in comments::closes(view.outline).into_iter().take(MAX_TRIES) {
        let whole: Vec<Edit> = std::iter::once(edit).chain(rest(open - 1)).collect();
        let subject = open_at(view, comment.start).map_or(comment, |id| range(view.outline.tree.words(id)));
        let repair = simple(RepairKind::CommentedClose, vec![edit], comment, subject, None);
        best.offer(work.try_edits(view, &whole), repair);
    }
    let blank = blank_before_close(view).map(|before| (before, None));
    let at_end = (end, None);
    for (before, evidence) in blank.into_iter().chain([at_end]).chain(misfits(view)) {
        let is_end = before == end;
        // What lacks the end of several blocks was cut there.
        let (place, edit) = match is_end && (is_cut || open > 1) {
            true => (TextRange::empty(end), Edit::insert(end, "\n}")),
            false => close_before(view, last_token(view, before), before),
        };
        let whole: Vec<Edit> = match is_end {
            true => std::iter::repeat_n(edit, open).collect(),
            false => std::iter::once(edit).chain(rest(open - 1)).collect(),
        };
        let score = work.try_edits(view, &whole);
        // One at a time, so that each is found on its own; what the end of the text lacks is one.
        let edits = if is_end { whole } else { vec![edit] };
        let subject = open_at(view, before).map_or(place, |id| range(view.outline.tree.words(id)));
        best.offer(score, simple(RepairKind::MissingCloseBrace, edits, place, subject, evidence));
    }
    best.better_than(view.score)
}

/// A text that ends in the middle of a directive.
fn truncated(work: &mut Work<'_>, view: &View<'_>, id: NodeId, open: usize) -> Option<Repair> {
    let words = view.outline.tree.words(id);
    let last = words.last()?;
    if last.range().end as usize > view.outline.text.len() {
        return None;
    }
    let close = Edit::insert(view.outline.text.len() as u32, "\n}");
    let edits: Vec<Edit> = std::iter::once(Edit::insert(last.range().end, ";"))
        .chain(std::iter::repeat_n(close, open))
        .collect();
    let helps = work.try_edits(view, &edits)?.reader < view.score.reader;
    helps.then(|| {
        let mut repair = simple(RepairKind::Truncated, edits, last.range(), range(words), None);
        repair.covers = range(words);
        repair
    })
}

/// Directives and braces whose indentation says that a block before them has ended, and directives that may not
/// stand where they do: a `}` may be missing before each.
fn misfits(view: &View<'_>) -> Vec<(u32, Option<TextRange>)> {
    let (tree, layout) = (view.outline.tree, &view.layout);
    let mut found = Vec::new();
    let mut closes = Vec::new();
    let mut outside = None;
    for id in tree.ids() {
        let (Some(node), Some(word)) = (tree.node(id), tree.words(id).first()) else { continue };
        let at = word.range().start;
        let outer = tree.parent(id).and_then(|parent| tree.words(parent).first());
        let is_outside = outer.is_some_and(|outer| {
            layout.is_first(at) && layout.indent(at) <= layout.indent(outer.range().start)
        });
        // Of several in a row the first is where the block ended.
        let follows = is_outside && std::mem::replace(&mut outside, tree.next_sibling(id)) == Some(id);
        if is_outside && !follows && found.len() < MAX_TRIES {
            found.push((at, Some(word.range())));
        }
        let close = node.close();
        if node.has_block()
            && (close as usize) < view.outline.text.len()
            && layout.is_first(close)
            && layout.indent(close) < layout.indent(at)
        {
            closes.push((close, None));
        }
    }
    closes.sort();
    found.extend(closes.into_iter().take(MAX_TRIES));
    if let Some(wrong) = wrong_place(view, view.outline.text.len() as u32) {
        found.push((wrong.start, Some(wrong)));
    }
    found
}

/// The first of the closing braces at the end of the text that has a blank line before it: one may have stood
/// there.
fn blank_before_close(view: &View<'_>) -> Option<u32> {
    let tree = view.outline.tree;
    let last = tree.ids().last()?;
    // The blank line of an empty block says nothing.
    let inner = if tree.node(last)?.has_block() { tree.parent(last) } else { Some(last) };
    let mut closed: Vec<u32> = std::iter::successors(inner, |id| tree.parent(*id))
        .filter_map(|id| tree.node(id))
        .filter(|node| node.has_block() && (node.close() as usize) < view.outline.text.len())
        .map(|node| node.close())
        .collect();
    closed.sort_unstable();
    closed.into_iter().take(MAX_TRIES).find(|close| {
        let end = last_token(view, *close);
        view.layout.blank_after(end.saturating_sub(1), view.outline.text).is_some_and(|blank| blank < *close)
    })
}

/// The innermost block that is open at `at`.
fn open_at(view: &View<'_>, at: u32) -> Option<NodeId> {
    let tree = view.outline.tree;
    let opens_before = |id: &NodeId| {
        tree.node(*id).is_some_and(|node| node.has_block() && node.terminator() < at && at <= node.close())
    };
    tree.ids().filter(opens_before).last()
}

/// One past the last byte before `at` that is neither white space nor comment.
fn last_token(view: &View<'_>, at: u32) -> u32 {
    let comments = view.outline.tree.comments();
    let mut at = at;
    let mut before = comments.partition_point(|comment| comment.start < at);
    loop {
        let text = TextRange::new(0, at).of(view.outline.text).trim_ascii_end();
        at = text.len() as u32;
        match before.checked_sub(1).and_then(|last| comments.get(last)) {
            Some(comment) if comment.end >= at && comment.start < at => {
                at = comment.start;
                before -= 1;
            }
            _ => return at,
        }
    }
}

/// The `}` between the token that ends at `last` and the one at `before`, and the place to show.
fn close_before(view: &View<'_>, last: u32, before: u32) -> (TextRange, Edit) {
    let text = view.outline.text;
    let shown = last.saturating_sub(1);
    let line_end = view.layout.line_end(shown, text);
    match view.layout.blank_after(shown, text) {
        Some(blank) if blank <= before => (TextRange::empty(blank), Edit::insert(blank, "}")),
        _ if line_end < before => (TextRange::new(shown, last), Edit::insert(line_end, "\n}")),
        _ => (TextRange::new(shown, last), Edit::insert(before, "} ")),
    }
}
