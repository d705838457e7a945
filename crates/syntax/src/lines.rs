//! Offsets to lines and columns.

use crate::TextRange;

/// The offsets at which the lines of a text start.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds every line end (`\n`, as nginx and PHP count them) of `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
        Self { starts }
    }

    /// The line of `offset`, counted from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32
    }

    /// The bytes of `line` (counted from 1) without its line end.
    pub fn range(&self, line: u32, text: &[u8]) -> TextRange {
        let start = self.starts.get(line.saturating_sub(1) as usize).copied().unwrap_or(text.len() as u32);
        let end = self.starts.get(line as usize).map_or(text.len() as u32, |&next| next.saturating_sub(1));
        TextRange::new(start, end)
    }

    /// The column of `offset`, counted from 1 in characters; a byte that is not UTF-8 is one character.
    pub fn column(&self, offset: u32, text: &[u8]) -> u32 {
        let start = self.range(self.line(offset), text).start;
        let mut rest = TextRange::new(start, offset).of(text);
        let mut column = 1;
        while !rest.is_empty() {
            let step = match std::str::from_utf8(rest) {
                Ok(valid) => return column + valid.chars().count() as u32,
                Err(error) => {
                    let valid = rest.get(..error.valid_up_to()).unwrap_or_default();
                    let chars = std::str::from_utf8(valid).map_or(0, |valid| valid.chars().count());
                    let bad = error.error_len().unwrap_or(rest.len() - error.valid_up_to());
                    column += chars as u32 + bad as u32;
                    error.valid_up_to() + bad
                }
            };
            rest = rest.get(step..).unwrap_or_default();
        }
        column
    }
}
