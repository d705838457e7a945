//! The comments of a text, whatever its grammar.

use gatelint_model::discover::classify;
use gatelint_model::{Origin, Source, Stack};
use gatelint_syntax::ini::{self, Reader};
use gatelint_syntax::lines::LineIndex;
use gatelint_syntax::{FileId, TextRange, nginx};

/// What every ignore comment holds.
const WORD: &[u8] = b"gatelint:";

/// The texts of the tree that hold the word.
pub(super) fn marked(stack: &Stack) -> impl Iterator<Item = (FileId, &Source)> {
    let all = (0..stack.sources.len()).map(|index| FileId(index as u32));
    all.filter_map(|file| Some((file, stack.sources.get(file)?)))
        .filter(|(_, source)| source.origin != Origin::Stock)
        .filter(|(_, source)| memchr::memmem::find(&source.bytes, WORD).is_some())
}

/// The comments of a text that hold the word and all around them, in order.
pub(super) fn comments(stack: &Stack, file: FileId, source: &Source) -> Vec<TextRange> {
    if let Some(tree) = stack.nginx.tree(file) {
        return tree.comments().to_vec();
    }
    let text = source.masked();
    if stack.fpm.masters.iter().any(|master| master.files.contains(&file)) {
        return ini::parse(text, Reader::Lines).comments;
    }
    if source.path.extension().is_some_and(|ending| ending == "ini") {
        return ini::parse(text, Reader::Whole).comments;
    }
    match classify(text) {
        Some(class) if class.is_nginx() => nginx::parse(text).comments().to_vec(),
        Some(_) => ini::parse(text, Reader::Lines).comments,
        None => hashes(text),
    }
}

/// Comments of a text in which `#` at the start of a word opens one: YAML, Dockerfiles, units.
fn hashes(text: &[u8]) -> Vec<TextRange> {
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let body = line.trim_ascii_end();
        let mut quote = None;
        let mut before = b' ';
        let at = body.iter().position(|&byte| {
            match (quote, byte) {
                (None, b'#') if before.is_ascii_whitespace() => return true,
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
            before = byte;
            false
        });
        if let Some(at) = at {
            comments.push(TextRange::new((start + at) as u32, (start + body.len()) as u32));
        }
        start += line.len();
    }
    comments
}

/// Where a comment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The line that it is about, counted from 1.
    pub(super) line: u32,
    /// Whether only comments and blanks stand above it, and nothing before it on its line.
    pub(super) is_top: bool,
}

/// The lines of a text and which of them are comments.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    index: &'a LineIndex,
    /// The lines on which a comment stands alone, in order, each with the next line on which none does.
    alone: Vec<(u32, u32)>,
    /// The first line that says something.
    first: u32,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a Source, comments: &[TextRange]) -> Self {
        let (text, index) = (source.bytes.as_slice(), source.lines());
        let is_alone = |line: u32, comment: &TextRange| {
            let start = index.range(line, text).start;
            TextRange::new(start, comment.start).of(text).trim_ascii().is_empty()
        };
        let placed = comments.iter().map(|comment| (index.line(comment.start), comment));
        let mut alone: Vec<(u32, u32)> = placed
            .filter(|(line, comment)| is_alone(*line, comment))
            .map(|(line, _)| (line, line + 1))
            .collect();
        let mut below = (0, 0);
        for (line, next) in alone.iter_mut().rev() {
            *next = if below.0 == *line + 1 { below.1 } else { *line + 1 };
            below = (*line, *next);
        }
        let mut lines = Self { text, index, alone, first: 1 };
        let last = index.line(text.len() as u32);
        lines.first =
            (1..=last).find(|line| !lines.is_blank(*line) && !lines.is_alone(*line)).unwrap_or(last + 1);
        lines
    }

    fn is_blank(&self, line: u32) -> bool {
        self.index.range(line, self.text).of(self.text).trim_ascii().is_empty()
    }

    /// For a line on which a comment stands alone, the next on which none does.
    fn next(&self, line: u32) -> Option<u32> {
        let at = self.alone.binary_search_by_key(&line, |(line, _)| *line).ok()?;
        self.alone.get(at).map(|(_, next)| *next)
    }

    fn is_alone(&self, line: u32) -> bool {
        self.next(line).is_some()
    }

    /// Where a comment stands.
    pub(super) fn of(&self, comment: TextRange) -> Place {
        let own = self.index.line(comment.start);
        Place { line: self.next(own).unwrap_or(own), is_top: own < self.first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_in_quotes_or_in_a_word_opens_no_comment() {
        let text = b"a: 'x # y' # one\n# two\nb: c#d\n";
        let found: Vec<_> = hashes(text).into_iter().map(|range| range.of(text)).collect();
        assert_eq!(found, [&b"# one"[..], b"# two"]);
    }
}
