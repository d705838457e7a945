//! Edits that rules propose, made of what they hold in their hands.
//!
//! A list of edits is empty where the edit cannot be written: then there is help and no fix.

mod block;
mod ini;

use gatelint_lint::{Edit, Finding, Fix, Safety};
use gatelint_model::Stack;
use gatelint_model::nginx::Directive;
use gatelint_syntax::{Span, TextRange};

pub(crate) use block::{after, append, before, put, remove, remove_at};
pub(crate) use ini::{assign, is_commented, move_socket, php, value};

/// How a finding gets its fixes.
pub(crate) trait Mend: Sized {
    /// A fix without help of its own; none where there are no edits.
    fn mend(self, safety: Safety, title: impl Into<String>, edits: Vec<Edit>) -> Self;

    /// Help that is also a safe fix.
    fn cure(self, help: impl Into<String>, edits: Vec<Edit>) -> Self;

    /// Help that is also a fix to look at.
    fn suggest(self, help: impl Into<String>, edits: Vec<Edit>) -> Self;
}

impl Mend for Finding {
    fn mend(self, safety: Safety, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        if edits.is_empty() { self } else { self.fix(Fix { title: title.into(), safety, edits }) }
    }

    fn cure(self, help: impl Into<String>, edits: Vec<Edit>) -> Self {
        let help = help.into();
        self.mend(Safety::Safe, help.clone(), edits).help(help)
    }

    fn suggest(self, help: impl Into<String>, edits: Vec<Edit>) -> Self {
        let help = help.into();
        self.mend(Safety::Unsafe, help.clone(), edits).help(help)
    }
}

/// Other text for a place, as it is.
pub(crate) fn replace(span: Span, text: impl Into<String>) -> Vec<Edit> {
    vec![Edit { span, text: text.into() }]
}

/// Another value for a word of nginx's, in quotes where it needs them.
pub(crate) fn word(span: Span, value: &str) -> Vec<Edit> {
    quoted(value).map(|text| replace(span, text)).unwrap_or_default()
}

/// A value as nginx's reader takes it for one word; `None` where that takes more than quotes.
fn quoted(value: &str) -> Option<String> {
    let is_odd = |char: char| char.is_control() || "\"'\\".contains(char);
    if value.contains(|char: char| char.is_control()) {
        return None;
    }
    let needs_quotes = |char: char| char.is_whitespace() || ";{}".contains(char);
    match value {
        "" => Some("\"\"".to_owned()),
        _ if value.starts_with('#') || value.contains(needs_quotes) => {
            (!value.contains(is_odd)).then(|| format!("\"{value}\""))
        }
        // Outside of quotes a backslash stays, but for those that stand before these.
        _ => {
            let is_escape = |pair: &[u8]| matches!(pair, [b'\\', b'"' | b'\'' | b'\\' | b't' | b'r' | b'n']);
            let is_plain = !value.starts_with(['"', '\'']) && !value.as_bytes().windows(2).any(is_escape);
            is_plain.then(|| value.to_owned())
        }
    }
}

/// Other words for a directive, its `;` or block left as it is. Text that was cut for a reader is none.
pub(crate) fn statement(directive: Directive<'_>, text: impl AsRef<str>) -> Vec<Edit> {
    let text = text.as_ref().trim_end_matches(';');
    if text.contains("...") { Vec::new() } else { replace(directive.span(), text) }
}

/// Another text for a part of what stands at a place, where it is there once.
pub(crate) fn within(stack: &Stack, span: Span, old: &str, new: &str) -> Vec<Edit> {
    let Ok(text) = std::str::from_utf8(stack.sources.text(span)) else { return Vec::new() };
    let mut places = text.match_indices(old);
    match (places.next(), places.next()) {
        (Some((at, _)), None) if quoted(new).is_some_and(|quoted| quoted == new) => {
            let start = span.start + at as u32;
            replace(Span { start, end: start + old.len() as u32, ..span }, new)
        }
        _ => Vec::new(),
    }
}

/// Other text for what stands at a place; without text the lines go too that would be left empty.
pub(crate) fn lines_of(stack: &Stack, span: Span, text: &str) -> Vec<Edit> {
    let bytes = stack.sources.bytes(span.file);
    let before = bytes.get(..span.start as usize).unwrap_or_default();
    let after = bytes.get(span.end as usize..).unwrap_or_default();
    let blanks = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count()
    };
    let (left, right) = (blanks(&mut before.iter().rev()), blanks(&mut after.iter()));
    let starts_line = matches!(before.iter().rev().nth(left), None | Some(b'\n'));
    let (start, end) = match after.get(right) {
        Some(b'\n') if starts_line => (span.start - left as u32, span.end + right as u32 + 1),
        None | Some(b'\n') => (span.start - left as u32, span.end + right as u32),
        Some(_) => (span.start, span.end + right as u32),
    };
    replace(TextRange::new(start, end).in_file(span.file), text)
}

/// Further lines behind what stands at a place, indented as it is; on its line where more follows there.
pub(crate) fn below(stack: &Stack, span: Span, lines: &[&str]) -> Vec<Edit> {
    let bytes = stack.sources.bytes(span.file);
    let rest = bytes.get(span.end as usize..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or_default().trim_ascii();
    if !(line.is_empty() || line.starts_with(b"#") || line.starts_with(b";")) {
        let at = TextRange::empty(span.end).in_file(span.file);
        return replace(at, lines.iter().map(|line| format!(" {line}")).collect::<String>());
    }
    let eol = eol(bytes);
    let is_crlf = rest.get(..end).is_some_and(|line| line.ends_with(b"\r"));
    let at = span.end + end as u32 - u32::from(is_crlf);
    let indent = indent(bytes, span.start);
    let text: String = lines.iter().map(|line| format!("{eol}{indent}{line}")).collect();
    replace(TextRange::empty(at).in_file(span.file), text)
}

/// The blanks at the start of the line of a place.
pub(crate) fn indent(bytes: &[u8], at: u32) -> String {
    let before = bytes.get(..at as usize).unwrap_or_default();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = bytes.get(start..).unwrap_or_default();
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    blanks.map(|byte| char::from(*byte)).collect()
}

/// The line ending of a text.
fn eol(bytes: &[u8]) -> &'static str {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let before = end.and_then(|end| end.checked_sub(1)).and_then(|at| bytes.get(at));
    if before == Some(&b'\r') { "\r\n" } else { "\n" }
}
