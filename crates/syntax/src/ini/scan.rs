//! The scanner: `zend_ini_scanner.l` in its normal mode.
//!
//! Each condition of that scanner is a [`Mode`]. Its rules compete: the longest match wins, of equally long
//! ones the first. The functions below take the candidates in an order that comes to the same.

use super::lexeme::{
    blanks, comment, constant, equals, in_brackets, in_value, is_blank, label, length, line_end, number,
    offset_end, quote, quoted_length, raw, run, section_end, word,
};
use super::token::{Kind, Token};
use crate::TextRange;

/// A condition of the scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Initial,
    SectionName,
    Offset,
    Value,
    DoubleQuotes,
    VarName,
}

/// The scanner over `text`, from `at` on.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    mode: Mode,
    /// The modes to return to; the grammar allows a variable within quotes within a value and no more.
    outer: Vec<Mode>,
    pub(super) line: u32,
    pub(super) comments: Vec<TextRange>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        Self { text, at, mode: Mode::Initial, outer: Vec::new(), line: 1, comments: Vec::new() }
    }

    /// The next token; [`Kind::End`] at the end, and where no rule fits, which ends the reading too.
    pub(super) fn next(&mut self) -> Token {
        loop {
            let input = self.text.get(self.at..).unwrap_or_default();
            if input.is_empty() {
                // A value that ends with the text ends as a line does.
                if self.mode == Mode::Value {
                    self.mode = Mode::Initial;
                    return self.take(Kind::EndOfLine, 0);
                }
                return self.take(Kind::End, 0);
            }
            let token = match self.mode {
                Mode::Initial => self.initial(input),
                Mode::Value => Some(self.value(input)),
                Mode::Offset | Mode::SectionName => Some(self.bracketed(input)),
                Mode::DoubleQuotes => Some(self.quoted(input)),
                Mode::VarName => Some(self.variable(input)),
            };
            if let Some(token) = token {
                return token;
            }
        }
    }

    /// The text of a token of the names' kind.
    pub(super) fn text(&self, range: TextRange) -> &'t [u8] {
        range.of(self.text)
    }

    /// Where the next token starts.
    pub(super) fn offset(&self) -> u32 {
        self.at as u32
    }

    fn take(&mut self, kind: Kind, len: usize) -> Token {
        let (start, end) = (self.at, self.at + len);
        self.at = end;
        let bytes = self.text.get(start..end).unwrap_or_default();
        let lead = bytes.iter().take_while(|byte| is_blank(**byte)).count();
        let body = bytes.get(lead..).unwrap_or_default();
        let tail = body.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
        let trimmed = TextRange::new((start + lead) as u32, (end - tail.min(body.len())) as u32);
        let text = match kind {
            Kind::Label | Kind::Offset | Kind::VarName => trimmed,
            _ => TextRange::new(start as u32, end as u32),
        };
        let range = if kind == Kind::Whitespace { text } else { trimmed };
        Token { kind, text, range }
    }

    fn end_of_line(&mut self, len: usize, is_comment: bool) -> Token {
        self.mode = Mode::Initial;
        self.line += 1;
        let token = self.take(Kind::EndOfLine, len);
        if is_comment {
            self.comments.push(token.range);
        }
        token
    }

    /// Between statements and before `=`.
    fn initial(&mut self, input: &[u8]) -> Option<Token> {
        // Most tokens are names, and nothing else starts with a letter.
        if !input.first().is_some_and(u8::is_ascii_alphabetic) {
            let comment = length(comment(input));
            if comment > 0 {
                return Some(self.end_of_line(comment, true));
            }
            let line_end = length(line_end(input));
            if line_end > 0 {
                return Some(self.end_of_line(line_end, false));
            }
            if input.first() == Some(&b'[') {
                self.mode = Mode::SectionName;
                return Some(self.take(Kind::Section, 1));
            }
            let equals = length(equals(input));
            if equals > 0 {
                self.mode = Mode::Value;
                return Some(self.take(Kind::Byte(b'='), equals));
            }
        }
        let label = length(label(input));
        if label == input.len() {
            // A name that ends with the text is none: the scanner runs past the end and gives up.
            return Some(self.take(Kind::End, 0));
        }
        if label > 0 && input.get(label) == Some(&b'[') {
            let inner = length(blanks(input.get(label + 1..).unwrap_or_default()));
            self.mode = Mode::Offset;
            let mut token = self.take(Kind::Offset, label);
            self.at += 1 + inner;
            token.range.end = token.text.end;
            return Some(token);
        }
        if let Some((kind, len)) = word(input).filter(|(_, len)| *len >= label) {
            return Some(self.take(kind, len));
        }
        let blank = length(blanks(input));
        if label > 0 && label >= blank {
            return Some(self.take(Kind::Label, label));
        }
        if blank > 0 {
            self.at += blank;
            return None;
        }
        match input.first() {
            Some(byte) if b"\"(){}&|^$!~".contains(byte) => Some(self.take(Kind::Byte(*byte), 1)),
            _ => Some(self.take(Kind::End, 0)),
        }
    }

    /// After `=`.
    fn value(&mut self, input: &[u8]) -> Token {
        // A plain string starts with none of what these start with.
        if !input.first().is_some_and(|byte| in_value(*byte)) {
            let end = length(line_end(input));
            if end > 0 {
                return self.end_of_line(end, false);
            }
            let comment = length(comment(input));
            if comment > 0 {
                return self.end_of_line(comment, true);
            }
            if let Some(token) = self.opening(input) {
                return token;
            }
        }
        let run = run(input, in_value, false);
        if let Some((kind, len)) = word(input).filter(|(_, len)| *len >= run) {
            return self.take(kind, len);
        }
        match input.first() {
            Some(byte) if b"&|^~()!".contains(byte) => {
                let after = length(blanks(input.get(1..).unwrap_or_default()));
                self.take(Kind::Byte(*byte), 1 + after)
            }
            // The scanner steps back and ends the line, so that the parser meets a `=` where a statement starts.
            Some(b'=') => {
                self.mode = Mode::Initial;
                self.take(Kind::EndOfLine, 0)
            }
            // An empty raw string is none: its first quote ends the value, the second one starts a key.
            Some(b'\'') if input.get(1) == Some(&b'\'') => {
                self.mode = Mode::Initial;
                self.take(Kind::EndOfLine, 1)
            }
            _ => self.piece(input, run),
        }
    }

    /// Between `[` and `]`.
    fn bracketed(&mut self, input: &[u8]) -> Token {
        if self.mode == Mode::SectionName && input.first() == Some(&b']') {
            self.mode = Mode::Initial;
            self.line += 1;
            return self.take(Kind::Byte(b']'), length(section_end(input)));
        }
        if self.mode == Mode::Offset {
            let end = length(offset_end(input));
            if end > 0 {
                self.mode = Mode::Initial;
                return self.take(Kind::Byte(b']'), end);
            }
        }
        if let Some(token) = self.opening(input) {
            return token;
        }
        self.piece(input, run(input, in_brackets, true))
    }

    /// What opens a variable or a string.
    fn opening(&mut self, input: &[u8]) -> Option<Token> {
        if input.starts_with(b"${") {
            self.outer.push(self.mode);
            self.mode = Mode::VarName;
            return Some(self.take(Kind::DollarCurly, 2));
        }
        let quote = length(quote(input));
        if quote > 0 {
            self.outer.push(self.mode);
            self.mode = Mode::DoubleQuotes;
            return Some(self.take(Kind::Byte(b'"'), quote));
        }
        let raw = length(raw(input));
        if raw > 0 {
            let mut token = self.take(Kind::Raw, raw);
            token.text = TextRange::new(token.text.start + 1, token.text.end.saturating_sub(1));
            return Some(token);
        }
        None
    }

    /// A part of a value, an index or a section name that is `run` bytes long as a plain string.
    fn piece(&mut self, input: &[u8], run: usize) -> Token {
        let blank = length(blanks(input));
        let candidates = [
            (length(constant(input)), Kind::Constant),
            (length(number(input)), Kind::Number),
            (run, Kind::String),
            (blank, Kind::Whitespace),
        ];
        let longest = candidates.iter().map(|(len, _)| *len).max().unwrap_or(0);
        match candidates.iter().find(|(len, _)| *len == longest && longest > 0) {
            Some((len, kind)) => self.take(*kind, *len),
            None => self.take(Kind::End, 0),
        }
    }

    /// Between double quotes.
    fn quoted(&mut self, input: &[u8]) -> Token {
        if input.first() == Some(&b'"') {
            let after = length(blanks(input.get(1..).unwrap_or_default()));
            self.mode = self.outer.pop().unwrap_or(Mode::Initial);
            return self.take(Kind::Byte(b'"'), 1 + after);
        }
        if input.starts_with(b"${") {
            self.outer.push(self.mode);
            self.mode = Mode::VarName;
            return self.take(Kind::DollarCurly, 2);
        }
        let len = quoted_length(input);
        let body = input.get(..len).unwrap_or_default();
        let after = body.iter().skip(1).chain(input.get(len));
        let ends = body.iter().zip(after.map(Some).chain([None]));
        let counts = |(byte, next): &(&u8, Option<&u8>)| match byte {
            b'\n' => true,
            b'\r' => *next != Some(&b'\n'),
            _ => false,
        };
        self.line += ends.filter(counts).count() as u32;
        let mut token = self.take(Kind::Quoted, len);
        token.range = token.text;
        token
    }

    /// Between `${` and `}`.
    fn variable(&mut self, input: &[u8]) -> Token {
        let label = length(label(input));
        if label > 0 && label < input.len() {
            return self.take(Kind::VarName, label);
        }
        if input.first() == Some(&b'}') {
            self.mode = self.outer.pop().unwrap_or(Mode::Initial);
            return self.take(Kind::Byte(b'}'), 1);
        }
        self.take(Kind::End, 0)
    }
}
