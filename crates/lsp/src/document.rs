//! Texts that an editor has open.

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use crate::position::{Encoding, Lines};

/// A text as the editor has it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// As the editor names it.
    pub(crate) uri: Uri,
    pub(crate) version: i32,
    pub(crate) text: Vec<u8>,
}

impl Document {
    /// Makes edits, one after the other, each in the text that the one before it left.
    pub(crate) fn edit(&mut self, changes: Vec<TextDocumentContentChangeEvent>, encoding: Encoding) {
        for change in changes {
            let Some(range) = change.range else {
                self.text = change.text.into_bytes();
                continue;
            };
            let lines = Lines::new(&self.text, encoding);
            let (start, end) = (lines.offset(range.start) as usize, lines.offset(range.end) as usize);
            self.text.splice(start..end.max(start), change.text.into_bytes());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]
mod tests {
    use std::str::FromStr;

    use lsp_types::{Position, Range};

    use super::*;

    fn edited(text: &str, edits: &[(Option<[u32; 4]>, &str)]) -> String {
        let uri = Uri::from_str("file:///a").unwrap();
        let mut document = Document { uri, version: 1, text: text.as_bytes().to_vec() };
        let change = |(range, text): &(Option<[u32; 4]>, &str)| TextDocumentContentChangeEvent {
            range: range.map(|[a, b, c, d]| Range::new(Position::new(a, b), Position::new(c, d))),
            range_length: None,
            text: (*text).to_owned(),
        };
        document.edit(edits.iter().map(change).collect(), Encoding::Utf16);
        String::from_utf8(document.text).unwrap()
    }

    #[test]
    fn edits_follow_each_other() {
        assert_eq!(
            edited("ab\ncd\n", &[(Some([0, 1, 1, 1]), "X"), (Some([0, 2, 0, 3]), "\u{e9}")]),
            "aX\u{e9}\n"
        );
        assert_eq!(edited("\u{1f600}b", &[(Some([0, 2, 0, 3]), "c")]), "\u{1f600}c");
        assert_eq!(edited("old", &[(None, "new"), (Some([0, 3, 0, 3]), "er")]), "newer");
    }

    #[test]
    fn edits_that_fit_nowhere_do_no_harm() {
        assert_eq!(edited("a", &[(Some([9, 9, 3, 3]), "b")]), "ab");
        assert_eq!(edited("abc", &[(Some([0, 2, 0, 1]), "X")]), "abXc");
    }
}
