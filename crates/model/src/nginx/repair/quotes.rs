//! Quotes that are opened and not closed on their line.

use gatelint_syntax::TextRange;
use gatelint_syntax::nginx::{NodeId, SyntaxErrorKind, Word};

use super::{Edit, Repair, RepairKind, Score, View, Work};

/// A missing quote that explains the reader's first complaint about one.
pub(super) fn propose(work: &mut Work<'_>, view: &View<'_>) -> Option<Repair> {
    let (id, word, noticed) = culprit(view)?;
    let text = view.outline.text;
    let open = word.range().start;
    let line_end = view.layout.line_end(open, text);
    let inner = TextRange::new(open + 1, line_end).of(text);
    if (word.inner().end) <= line_end {
        // It is closed on its line, or the text ends there: nobody can say where it should have ended.
        return None;
    }
    let quote = if text.get(open as usize) == Some(&b'\'') { "'" } else { "\"" };
    let is_if = view.outline.name(id).is_some_and(|name| name.text() == "if");
    let at_end = open + 1 + end_of_words(inner, is_if) as u32;
    let first_word = inner.iter().take_while(|byte| !byte.is_ascii_whitespace() && **byte != b';').count();
    let mut best: Option<(Score, Edit)> = None;
    let tries = [
        Edit::insert(at_end, quote),
        Edit::insert((open + 1 + first_word as u32).min(at_end), quote),
        Edit::delete(open, 1),
    ];
    for edit in tries {
        let Some(score) = work.try_edits(view, &[edit]) else { break };
        if score.reader < view.score.reader && best.is_none_or(|(least, _)| score < least) {
            best = Some((score, edit));
        }
    }
    let (_, edit) = best?;
    let shown = TextRange::new(open, at_end.max(open + 1));
    Some(Repair {
        kind: RepairKind::MissingQuote,
        edits: vec![edit],
        place: shown,
        subject: shown,
        evidence: Some(noticed),
        covers: TextRange::new(open, word.range().end),
        refusal: None,
    })
}

/// The quoted word that the first complaint about a quote is about, and the place of the complaint.
fn culprit(view: &View<'_>) -> Option<(NodeId, Word, TextRange)> {
    let tree = view.outline.tree;
    let is_quoted_end = |word: &&Word, at: u32| word.is_quoted() && word.range().end == at;
    tree.errors().iter().find_map(|error| {
        let follows_quote = || {
            let before = error.at.checked_sub(1).and_then(|at| view.outline.text.get(at as usize));
            matches!(before, Some(b'"' | b'\''))
        };
        let end = match error.kind {
            SyntaxErrorKind::Unexpected(_) if follows_quote() => error.at,
            // An open quote reaches to the end of the text; its word would end one byte later.
            SyntaxErrorKind::EndInDirective => error.at + 1,
            SyntaxErrorKind::TooLongQuoted(_) => {
                let id = directive_at(view, error.at)?;
                let word = tree.words(id).iter().find(|word| word.inner().start == error.at)?;
                return Some((id, *word, TextRange::new(word.inner().end, word.range().end)));
            }
            _ => return None,
        };
        let id = directive_at(view, error.at)?;
        let word = tree.words(id).iter().rev().find(|word| is_quoted_end(word, end))?;
        Some((id, *word, TextRange::new(error.at, error.at + 1)))
    })
}

/// The directive whose words reach over `at`.
fn directive_at(view: &View<'_>, at: u32) -> Option<NodeId> {
    let ends_before = |id: NodeId| view.outline.tree.node(id).is_some_and(|node| node.terminator() < at);
    view.outline.tree.ids().find(|id| !ends_before(*id))
}

/// Where the words of a line end: before its comment, its `;` or `{`, and the `)` of an `if`.
fn end_of_words(line: &[u8], is_if: bool) -> usize {
    let comment = line.windows(2).position(|pair| matches!(pair, [b' ' | b'\t', b'#']));
    let line = line.get(..comment.unwrap_or(line.len())).unwrap_or_default().trim_ascii_end();
    let line = line.strip_suffix(b";").or_else(|| line.strip_suffix(b"{")).unwrap_or(line).trim_ascii_end();
    let line = if is_if { line.strip_suffix(b")").unwrap_or(line) } else { line };
    line.trim_ascii_end().len()
}
