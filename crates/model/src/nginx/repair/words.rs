//! Directives that run into the next line: a `;` or a `{` is missing after their last word.

use gatelint_catalog::nginx::{Directive, Name};
use gatelint_syntax::TextRange;
use gatelint_syntax::nginx::{Ending, NodeId, Word};

use super::refusal::{line_of, refuses};
use super::suspicion::starts_line;
use super::{Edit, Layout, MAX_REPAIRS, Repair, RepairKind, View};
use crate::Target;
use crate::nginx::ContextKind;
use crate::nginx::expand::inner_kind;
use crate::nginx::repair::Outline;
use crate::nginx::trial::line::{self, Line};
use crate::nginx::trial::words_of_line;

/// The most words of one directive that are tried as the start of another.
const MAX_TRIES: usize = 32;

/// Every place where the words themselves show that a `;` or a `{` is missing.
pub(super) fn propose(view: &View<'_>) -> Vec<Repair> {
    let mut found: Vec<Repair> = Vec::new();
    // Where the last word ends that is to be quoted: blocks that seem to open inside it are part of it.
    let mut quoted = 0;
    for id in view.outline.tree.ids() {
        let Some(node) = view.outline.tree.node(id) else { continue };
        let (words, ending) = (view.outline.tree.words(id), node.ending());
        if found.len() >= MAX_REPAIRS || words.is_empty() || node.terminator() < quoted {
            continue;
        }
        if let Some(repair) = unquoted_brace(view.outline, id) {
            quoted = repair.place.end;
            found.push(repair);
        } else if ending == Ending::Missing
            || words.iter().skip(1).any(|word| starts_line(view.outline.text, *word))
        {
            let reader =
                Reader { outline: view.outline, layout: &view.layout, terminator: node.terminator() };
            if let Some(line) = line_of(view.outline, id) {
                reader.split(id, line, &mut found);
            }
        } else if let Some(repair) = glued_brace(view.outline, id) {
            found.push(repair);
        }
    }
    found
}

struct Reader<'v> {
    outline: &'v Outline<'v>,
    layout: &'v Layout,
    /// Where the words end.
    terminator: u32,
}

impl Reader<'_> {
    /// Takes directives off the front of `line` for as long as they show.
    fn split(&self, id: NodeId, mut line: Line<'_>, found: &mut Vec<Repair>) {
        let text = self.outline.text;
        let starts = |line: Line<'_>| -> Vec<usize> {
            let at = |(index, word): (usize, &Word)| starts_line(text, *word).then_some(index);
            line.words.iter().enumerate().skip(1).filter_map(at).take(MAX_TRIES).collect()
        };
        'next: loop {
            for index in starts(line) {
                let (head, rest) = line.words.split_at(index);
                let repair = if opens_block(line) {
                    self.open_brace(line, head, rest)
                } else {
                    self.semicolon(line, head, rest)
                };
                let Some(repair) = repair else { continue };
                if repair.kind == RepairKind::MissingOpenBrace {
                    let name = head.first().and_then(|name| Name::find(&name.value(text)));
                    line.kind = inner_kind(name, line.kind);
                    line.body = name;
                }
                found.push(repair);
                line.words = rest;
                continue 'next;
            }
            break;
        }
        found.extend(self.cut_off(line));
        found.extend((found.is_empty()).then(|| glued_brace(self.outline, id)).flatten());
    }

    fn repair(&self, kind: RepairKind, edit: Edit, head: &[Word], evidence: Option<TextRange>) -> Repair {
        let subject = range(head);
        let last = head.last().map_or(subject, |word| word.range());
        // Of a text over several lines the end is where the edit belongs.
        let is_long = memchr::memchr(b'\n', last.of(self.outline.text)).is_some();
        let last = if is_long { TextRange::new(last.end - 1, last.end) } else { last };
        let covers = subject.to(TextRange::empty(self.terminator));
        Repair { kind, edits: vec![edit], place: last, subject, evidence, covers, refusal: None }
    }

    /// The `;` between `head` and `rest`.
    fn semicolon(&self, line: Line<'_>, head: &[Word], rest: &[Word]) -> Option<Repair> {
        let text = self.outline.text;
        let (first, next) = (head.first()?, rest.first()?);
        let shows = if line.kind == ContextKind::Body {
            self.shows_in_body(line, head, rest)
        } else {
            let known = Name::find(&first.value(text))?;
            let is_name = !next.is_quoted()
                && Name::find(next.inner().of(text))
                    .is_some_and(|name| directive_in(name, line.kind).is_some());
            let own = |words| Line { words, ending: Ending::Semicolon, ..line };
            directive_in(known, line.kind).is_some()
                && is_name
                && refuses(&own(head)).is_none()
                && self.reads_on(line, rest)
                && (self.is_refused(line) || self.is_no_continuation(*first, *next))
        };
        let end = head.last()?.range().end;
        shows.then(|| {
            self.repair(RepairKind::MissingSemicolon, Edit::insert(end, ";"), head, Some(next.range()))
        })
    }

    /// Whether what follows is a directive of its own, or its first line is.
    fn reads_on(&self, line: Line<'_>, rest: &[Word]) -> bool {
        let text = self.outline.text;
        let whole = Line { words: rest, ..line };
        if line.ending != Ending::Missing && refuses(&whole).is_none() {
            return true;
        }
        let own =
            rest.iter().skip(1).position(|word| starts_line(text, *word)).map_or(rest.len(), |at| at + 1);
        if own == rest.len() && line.ending != Ending::Missing {
            return false;
        }
        let words = rest.get(..own).unwrap_or_default();
        let block = opens_block(Line { words, ..line });
        let ending = if block { Ending::Block } else { Ending::Semicolon };
        refuses(&Line { words, ending, ..line }).is_none()
    }

    fn is_refused(&self, line: Line<'_>) -> bool {
        line.ending == Ending::Missing || refuses(&line).is_some()
    }

    /// Whether a line stands no further right than the directive that it would continue.
    fn is_no_continuation(&self, first: Word, next: Word) -> bool {
        let (first, next) = (first.range().start, next.range().start);
        self.layout.indent(next) <= self.layout.indent(first)
    }

    /// In free-form bodies the number of words tells.
    fn shows_in_body(&self, line: Line<'_>, head: &[Word], rest: &[Word]) -> bool {
        let text = self.outline.text;
        let (Some(body), Some(first), Some(next)) = (line.body, head.first(), rest.first()) else {
            return false;
        };
        if body.text() == "types" {
            let is_type = next.inner().of(text).contains(&b'/');
            return is_type && head.len() >= 2 && self.is_no_continuation(*first, *next);
        }
        let fits = |words: &[Word]| {
            let count = words.first().and_then(|word| words_of_line(body, &word.value(text)));
            count == Some(words.len())
        };
        let rest_line =
            rest.iter().skip(1).position(|word| starts_line(text, *word)).map_or(rest.len(), |at| at + 1);
        let whole = line.words;
        !fits(whole)
            && fits(head)
            && (line.ending != Ending::Semicolon || rest.get(..rest_line).is_some_and(fits))
    }

    /// The `{` between `head` and `rest`.
    fn open_brace(&self, line: Line<'_>, head: &[Word], rest: &[Word]) -> Option<Repair> {
        let text = self.outline.text;
        let (name, next) = (Name::find(&head.first()?.value(text))?, rest.first()?);
        let directive = directive_in(name, line.kind)?;
        let inside = inner_kind(Some(name), line.kind);
        let fits = match inside {
            ContextKind::Body => rest.len() >= 2,
            kind => {
                !next.is_quoted()
                    && Name::find(next.inner().of(text))
                        .is_some_and(|name| directive_in(name, kind).is_some())
            }
        };
        if !(fits && directive.takes(head.len() - 1) && self.is_refused(line)) {
            return None;
        }
        let last = head.last()?;
        let edit = brace_after(text, *last);
        Some(self.repair(RepairKind::MissingOpenBrace, edit, head, Some(next.range())))
    }

    /// A directive that a `}` or the end of the text cuts off.
    fn cut_off(&self, line: Line<'_>) -> Option<Repair> {
        let text = self.outline.text;
        let last = line.words.last()?;
        let at_end = self.terminator as usize >= text.len();
        let is_open_quote = last.is_quoted() && last.range().end as usize > text.len();
        if line.ending != Ending::Missing || is_open_quote || at_end && self.outline.unclosed() > 0 {
            return None;
        }
        let end = last.range().end;
        let evidence = (!at_end).then(|| TextRange::new(self.terminator, self.terminator + 1));
        if opens_block(line) && line.kind != ContextKind::Body {
            let fits = Name::find(&line.words.first()?.value(text))
                .and_then(|name| directive_in(name, line.kind))
                .is_some_and(|directive| directive.takes(line.words.len() - 1));
            let edit = brace_after(text, *last);
            return (fits && !at_end)
                .then(|| self.repair(RepairKind::MissingOpenBrace, edit, line.words, evidence));
        }
        let ended = Line { ending: Ending::Semicolon, ..line };
        let complete = refuses(&ended).is_none_or(|message| !message.starts_with("invalid number"));
        (complete || !at_end)
            .then(|| self.repair(RepairKind::MissingSemicolon, Edit::insert(end, ";"), line.words, evidence))
    }
}

/// Whether the directive is one that a block follows.
fn opens_block(line: Line<'_>) -> bool {
    let name = line.word(0).and_then(|name| Name::find(&name));
    line.kind != ContextKind::Body
        && name.and_then(|name| directive_in(name, line.kind)).is_some_and(|directive| directive.block)
}

/// A `{` glued to a `$`, which makes it part of the word: `location ~ \.php${`.
fn glued_brace(outline: &Outline<'_>, id: NodeId) -> Option<Repair> {
    let (text, words, node) = (outline.text, outline.tree.words(id), outline.tree.node(id)?);
    let line = Line { body: None, ..line_of(outline, id)? };
    if line.ending == Ending::Block || !opens_block(line) {
        return None;
    }
    let glued = words.iter().position(|word| !word.is_quoted() && word.inner().of(text).ends_with(b"${"))?;
    let (head, rest) = words.split_at(glued + 1);
    let last = head.last()?;
    Some(Repair {
        kind: RepairKind::MissingOpenBrace,
        edits: vec![brace_after(text, *last)],
        place: last.range(),
        subject: range(head),
        evidence: rest.first().map(|word| word.range()),
        covers: range(head).to(TextRange::empty(node.terminator())),
        refusal: None,
    })
}

/// Braces inside a word that has no quotes, as in `location ~ ^/[0-9]{2}$ {`: nginx opens a block at the first.
fn unquoted_brace(outline: &Outline<'_>, id: NodeId) -> Option<Repair> {
    let (text, words, node) = (outline.text, outline.tree.words(id), outline.tree.node(id)?);
    let word = *words.last()?;
    if node.ending() != Ending::Block || word.is_quoted() || word.inner().end != node.terminator() {
        return None;
    }
    // With a `;` or a space inside it would be a block written tightly.
    let tail = text.get(node.terminator() as usize..)?;
    let length =
        tail.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b';').unwrap_or(tail.len());
    let tail = tail.get(..length)?;
    if !tail.get(2..)?.contains(&b'}') || tail.get(1) == Some(&b'}') || tail.contains(&b'"') {
        return None;
    }
    let is_if = outline.name(id).is_some_and(|name| name.text() == "if");
    let tail = if is_if { tail.strip_suffix(b")").unwrap_or(tail) } else { tail };
    let end = node.terminator() + tail.len() as u32;
    let place = TextRange::new(word.inner().start, end);
    Some(Repair {
        kind: RepairKind::UnquotedBrace,
        edits: vec![Edit::insert(place.start, "\""), Edit::insert(end, "\"")],
        place,
        subject: range(words),
        evidence: Some(TextRange::new(node.terminator(), node.terminator() + 1)),
        covers: range(words).to(place),
        refusal: None,
    })
}

/// The `{` after a word: a new one, or the one that hangs on to it, made free by a space.
fn brace_after(text: &[u8], word: Word) -> Edit {
    if !word.is_quoted() && word.inner().of(text).ends_with(b"${") {
        Edit::insert(word.inner().end - 1, " ")
    } else {
        Edit::insert(word.range().end, " {")
    }
}

/// From the first word to the last.
pub(super) fn range(words: &[Word]) -> TextRange {
    let first = words.first().map_or(TextRange::default(), |word| word.range());
    words.last().map_or(first, |last| first.to(last.range()))
}

/// The directive of this name that any nginx of today takes in `kind`.
fn directive_in(name: Name, kind: ContextKind) -> Option<&'static Directive> {
    line::directive_in(name, kind, &Target::default())
}
