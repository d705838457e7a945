//! The grammar: `zend_ini_parser.y`.
//!
//! Its tables reduce as early as they can, so what stands before a mistake on the same line has been handed
//! over when the mistake is met, and the names of expected tokens are those of the outermost rule left.

use super::constant::resolve;
use super::lexeme::unescape;
use super::scan::Scanner;
use super::token::{Kind, Token};
use super::{Document, Entry, Reader, Section, Statement, SyntaxError, Text};
use crate::TextRange;

/// Broken lines after which the rest is not read: php-fpm stops at the first.
const MAX_ERRORS: usize = 1000;
/// Statements after which the rest is not read: ten times what ten thousand pools need.
const MAX_STATEMENTS: usize = 1 << 20;
/// Operators and parentheses of one value; more make it unknown rather than slow.
const MAX_OPERATORS: usize = 10_000;

/// Parses any bytes.
pub fn parse(text: &[u8], reader: Reader) -> Document {
    let mut document = Document::default();
    document.statements.reserve(text.len() / 40);
    match reader {
        Reader::Whole => parse_part(text, 0, &mut document),
        Reader::Lines => {
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', text) {
                let line = text.get(..=end).unwrap_or_default();
                parse_line(line, start, &mut document);
                start = end + 1;
                if document.errors.len() >= MAX_ERRORS || document.cut {
                    return document;
                }
            }
            if start < text.len() {
                // php-fpm ends the last line itself.
                let mut line = text.to_vec();
                line.push(b'\n');
                parse_line(&line, start, &mut document);
            }
        }
    }
    document
}

/// Parses the line of `text` that begins at `start` and ends with it.
fn parse_line(text: &[u8], start: usize, document: &mut Document) {
    let line = text.get(start..).unwrap_or_default();
    // Most lines of a shipped pool file say nothing.
    match line {
        [b'\n'] => return,
        [b';', ..] if !line.contains(&b'\r') && !line.contains(&0) => {
            let end = text.len().saturating_sub(1);
            document.comments.push(TextRange::new(start as u32, end as u32));
            return;
        }
        _ => {}
    }
    // The scanner takes a C string.
    let end = memchr::memchr(0, line).map_or(text.len(), |at| start + at);
    parse_part(text.get(..end).unwrap_or_default(), start, document);
}

fn parse_part(text: &[u8], start: usize, document: &mut Document) {
    // A byte order mark goes, if anything follows it.
    let part = text.get(start..).unwrap_or_default();
    let skipped = if part.len() > 3 && part.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut parser = Parser { scanner: Scanner::new(text, start + skipped), ahead: None };
    while let Some(result) = parser.statement() {
        if document.statements.len() >= MAX_STATEMENTS {
            document.cut = true;
            break;
        }
        match result {
            Ok(Some(statement)) => document.statements.push(statement),
            Ok(None) => {}
            Err(Stop { token, expected, statement }) => {
                document.statements.extend(statement);
                document.errors.push(parser.error(token, expected));
                break;
            }
        }
    }
    document.comments.append(&mut parser.scanner.comments);
}

/// The parser gives up.
struct Stop {
    token: Token,
    /// As in `expecting ...`; empty where the message names none.
    expected: &'static str,
    /// What was handed over just before.
    statement: Option<Statement>,
}

impl Stop {
    fn at(token: Token, expected: &'static str) -> Self {
        Self { token, expected, statement: None }
    }
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    ahead: Option<Token>,
}

impl Parser<'_> {
    fn next(&mut self) -> Token {
        self.ahead.take().unwrap_or_else(|| self.scanner.next())
    }

    fn back(&mut self, token: Token) {
        self.ahead = Some(token);
    }

    fn error(&self, token: Token, expected: &str) -> SyntaxError {
        let name = token.kind.name();
        let message = match expected {
            "" => format!("syntax error, unexpected {name}"),
            _ => format!("syntax error, unexpected {name}, expecting {expected}"),
        };
        SyntaxError { range: token.range, message, line: self.scanner.line }
    }

    /// The next statement; `None` at the end, `Ok(None)` for an empty line.
    fn statement(&mut self) -> Option<Result<Option<Statement>, Stop>> {
        let token = self.next();
        match token.kind {
            Kind::End => None,
            Kind::EndOfLine => Some(Ok(None)),
            Kind::Section => Some(self.section(token).map(Some)),
            Kind::Label => Some(self.entry(token)),
            Kind::Offset => Some(self.array(token).map(Some)),
            _ => Some(Err(Stop::at(token, ""))),
        }
    }

    fn section(&mut self, open: Token) -> Result<Statement, Stop> {
        let mut name = Text::new(self.scanner.offset(), b"");
        self.strings(&mut name, false)?;
        let close = self.next();
        if close.kind != Kind::Byte(b']') {
            return Err(Stop::at(close, "']'"));
        }
        Ok(Statement::Section(Section { range: open.range.to(close.range), name }))
    }

    fn entry(&mut self, key: Token) -> Result<Option<Statement>, Stop> {
        let equals = self.next();
        let entry = |value| Statement::Entry(Entry { key: key.text, index: None, value });
        if equals.kind != Kind::Byte(b'=') {
            self.back(equals);
            return Ok(Some(entry(None)));
        }
        self.value().map(|value| Some(entry(Some(value))))
    }

    fn array(&mut self, key: Token) -> Result<Statement, Stop> {
        let mut index = Text::new(self.scanner.offset(), b"");
        self.strings(&mut index, true)?;
        let close = self.next();
        if close.kind != Kind::Byte(b']') {
            return Err(Stop::at(close, "']'"));
        }
        let equals = self.next();
        if equals.kind != Kind::Byte(b'=') {
            return Err(Stop::at(equals, "'='"));
        }
        let value = self.value()?;
        Ok(Statement::Entry(Entry { key: key.text, index: Some(index), value: Some(value) }))
    }

    /// What follows `=`.
    fn value(&mut self) -> Result<Text, Stop> {
        let at = self.scanner.offset();
        let token = self.next();
        let word = |bytes: &[u8]| Text { range: token.range, bytes: Some(bytes.to_vec()) };
        match token.kind {
            Kind::True => Ok(word(b"1")),
            Kind::False | Kind::Null => Ok(word(b"")),
            Kind::EndOfLine => Ok(Text::new(at, b"")),
            _ => {
                self.back(token);
                self.expression()
            }
        }
    }

    /// Strings combined with `|`, `&`, `^` (all of one rank, to the left), `~`, `!` and parentheses.
    fn expression(&mut self) -> Result<Text, Stop> {
        let mut values: Vec<Text> = Vec::new();
        let mut waiting: Vec<(u8, TextRange)> = Vec::new();
        loop {
            // An operand, with what stands before it.
            let token = self.next();
            match token.kind {
                Kind::Byte(byte @ (b'~' | b'!' | b'(')) => {
                    waiting.push((byte, token.range));
                    if waiting.len() > MAX_OPERATORS {
                        return Err(Stop::at(token, ""));
                    }
                    continue;
                }
                _ => self.back(token),
            }
            let mut value = Text::new(token.range.start, b"");
            if !self.strings(&mut value, true)? {
                return Err(Stop::at(self.next(), ""));
            }
            values.push(value);
            // What follows it.
            loop {
                reduce(&mut values, &mut waiting);
                let token = self.next();
                match token.kind {
                    Kind::Byte(operator @ (b'|' | b'&' | b'^')) => {
                        waiting.push((operator, token.range));
                        break;
                    }
                    Kind::Byte(b')') if waiting.last().is_some_and(|(byte, _)| *byte == b'(') => {
                        if let (Some((_, open)), Some(value)) = (waiting.pop(), values.last_mut()) {
                            value.range = open.to(token.range);
                        }
                    }
                    _ if waiting.is_empty() => {
                        self.back(token);
                        return Ok(values.pop().unwrap_or_else(|| Text::new(token.range.start, b"")));
                    }
                    _ => return Err(Stop::at(token, "'^' or '|' or '&' or ')'")),
                }
            }
        }
    }

    /// Glued strings and variables; says whether there was one. Only where `constants` do bare words name
    /// constants.
    fn strings(&mut self, out: &mut Text, constants: bool) -> Result<bool, Stop> {
        let mut any = false;
        loop {
            let token = self.next();
            let text = self.scanner.text(token.text);
            match token.kind {
                Kind::Constant if constants => push(out, any, token.range, resolve(text).as_deref()),
                Kind::Constant | Kind::Raw | Kind::Number | Kind::String | Kind::Whitespace => {
                    push(out, any, token.range, Some(text));
                }
                Kind::Byte(b'"') => {
                    if !any {
                        out.range = token.range;
                    }
                    self.double_quoted(out, token)?;
                }
                Kind::DollarCurly => {
                    let end = self.variable()?;
                    push(out, any, token.range.to(end), None);
                }
                _ => {
                    self.back(token);
                    return Ok(any);
                }
            }
            any = true;
        }
    }

    fn double_quoted(&mut self, out: &mut Text, open: Token) -> Result<(), Stop> {
        loop {
            let token = self.next();
            match token.kind {
                Kind::Quoted => out.push(token.range, Some(&unescape(self.scanner.text(token.text)))),
                Kind::DollarCurly => {
                    let end = self.variable()?;
                    out.push(token.range.to(end), None);
                }
                Kind::Byte(b'"') => {
                    out.push(token.range, Some(b""));
                    return Ok(());
                }
                _ => {
                    let shown = Token { range: open.range, ..token };
                    return Err(Stop::at(shown, "TC_DOLLAR_CURLY or TC_QUOTED_STRING or '\"'"));
                }
            }
        }
    }

    /// What follows `${`; gives the place of the closing brace.
    fn variable(&mut self) -> Result<TextRange, Stop> {
        let name = self.next();
        if name.kind != Kind::VarName {
            return Err(Stop::at(name, "TC_VARNAME"));
        }
        let close = self.next();
        match close.kind {
            Kind::Byte(b'}') => Ok(close.range),
            _ => Err(Stop::at(close, "'}'")),
        }
    }
}

fn push(out: &mut Text, started: bool, range: TextRange, bytes: Option<&[u8]>) {
    if !started {
        out.range = range;
    }
    out.push(range, bytes);
}

/// Applies every operator whose operands are there; a parenthesis waits for its end.
fn reduce(values: &mut Vec<Text>, waiting: &mut Vec<(u8, TextRange)>) {
    while let Some(&(operator, at)) = waiting.last() {
        let result = match (operator, values.as_slice()) {
            (b'~' | b'!', [.., operand]) => Text::unary(operator, at, operand),
            (b'|' | b'&' | b'^', [.., left, right]) => {
                let result = Text::binary(operator, left, right);
                values.pop();
                result
            }
            _ => return,
        };
        values.pop();
        values.push(result);
        waiting.pop();
    }
}
