//! Bytes of a text and the positions that editors count in.
//!
//! A line ends at `\n`, `\r\n` or a lone `\r`. Bytes that are not UTF-8 count as the replacement characters that an
//! editor shows in their place.

use gatelint_syntax::{Span, TextRange};
use lsp_types::{Position, PositionEncodingKind, Range};

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// UTF-8 where the client offers it, for then nothing needs counting; else what every client speaks.
    pub(crate) fn choose(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, char: char) -> u32 {
        match self {
            Self::Utf8 => char.len_utf8() as u32,
            Self::Utf16 => char.len_utf16() as u32,
        }
    }
}

/// A text whose lines are counted.
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a [u8], encoding: Encoding) -> Self {
        let mut starts = vec![0];
        for (at, byte) in text.iter().enumerate().filter(|(_, byte)| matches!(byte, b'\n' | b'\r')) {
            if *byte == b'\n' || text.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self { text, starts, encoding }
    }

    /// The position of a byte; of one within a character that of the character.
    pub(crate) fn position(&self, offset: u32) -> Position {
        let offset = (offset as usize).min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let mut column = 0;
        for (at, char) in chars(self.text.get(start..).unwrap_or_default()) {
            if start + at + char.1 > offset {
                break;
            }
            column += self.encoding.width(char.0);
        }
        Position::new(line as u32, column)
    }

    pub(crate) fn range(&self, range: TextRange) -> Range {
        Range::new(self.position(range.start), self.position(range.end))
    }

    pub(crate) fn span(&self, span: Span) -> Range {
        self.range(span.range())
    }

    /// The byte at a position. A column behind the end of its line is that end, a line behind the last the end of the
    /// text, as the protocol says.
    pub(crate) fn offset(&self, position: Position) -> u32 {
        let Some(start) = self.starts.get(position.line as usize).copied() else {
            return self.text.len() as u32;
        };
        let end = self.starts.get(position.line as usize + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default();
        let mut column = 0;
        for (at, (char, length)) in chars(line) {
            if column >= position.character || matches!(char, '\n' | '\r') {
                return (start + at) as u32;
            }
            column += self.encoding.width(char);
            if column > position.character {
                // In the middle of a character is before it, unless it is the last that there is.
                return (start + at) as u32;
            }
            if start + at + length == end {
                return end as u32;
            }
        }
        end as u32
    }
}

/// The characters of a text with their offsets and lengths in bytes.
fn chars(text: &[u8]) -> impl Iterator<Item = (usize, (char, usize))> {
    let mut at = 0;
    text.utf8_chunks().flat_map(move |chunk| {
        let start = at;
        at += chunk.valid().len() + chunk.invalid().len();
        let bad = (!chunk.invalid().is_empty())
            .then_some((start + chunk.valid().len(), (char::REPLACEMENT_CHARACTER, chunk.invalid().len())));
        chunk.valid().char_indices().map(move |(at, char)| (start + at, (char, char.len_utf8()))).chain(bad)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = "a\u{e9}\u{1f600}b\r\n\u{1f600};\rx\n".as_bytes();

    #[test]
    fn columns_count_utf_16_units() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        let all = [(0, 0, 0), (1, 0, 1), (3, 0, 2), (7, 0, 4), (8, 0, 5), (10, 1, 0), (14, 1, 2), (16, 2, 0)];
        for (offset, line, column) in all {
            assert_eq!(lines.position(offset), Position::new(line, column), "{offset}");
            assert_eq!(lines.offset(Position::new(line, column)), offset);
        }
        assert_eq!(lines.position(18), Position::new(3, 0));
        assert_eq!(lines.offset(Position::new(3, 0)), 18);
    }

    #[test]
    fn positions_that_are_not_there_are_brought_in() {
        let lines = Lines::new(TEXT, Encoding::Utf16);
        assert_eq!(lines.offset(Position::new(0, 99)), 8);
        assert_eq!(lines.offset(Position::new(0, 3)), 3);
        assert_eq!(lines.offset(Position::new(99, 0)), 18);
        assert_eq!(lines.offset(Position::new(u32::MAX, u32::MAX)), 18);
        assert_eq!(lines.position(u32::MAX), Position::new(3, 0));
        assert_eq!(lines.position(5), Position::new(0, 2));
    }

    #[test]
    fn utf_8_columns_are_bytes() {
        let lines = Lines::new(TEXT, Encoding::Utf8);
        assert_eq!(lines.position(7), Position::new(0, 7));
        assert_eq!(lines.offset(Position::new(1, 4)), 14);
    }

    #[test]
    fn bytes_that_are_no_text_count_as_they_are_shown() {
        let lines = Lines::new(b"\xff\xe9a\xf0\x9f\nb", Encoding::Utf16);
        assert_eq!(lines.position(2), Position::new(0, 2));
        assert_eq!(lines.offset(Position::new(0, 3)), 3);
        assert_eq!(lines.position(5), Position::new(0, 4));
        assert_eq!(lines.position(6), Position::new(1, 0));
    }
}
