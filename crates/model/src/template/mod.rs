//! Configuration that something else fills in before its program reads it: Jinja, Go templates and their like
//! (`{{ }}`, `{% %}`, `{# #}`), ERB and EPP (`<% %>`), what `envsubst` reads (`${NAME}`), and names between signs that
//! scripts replace (`%name%`, `@NAME@`, `!NAME!`, `__NAME__`).
//!
//! A template is read as its program would read it, with an unknown value wherever a mark stands. For that its text
//! is *masked*: a text of equal length, so that every place stays, in which a mark is a word that has no value, or
//! blank. Reports show the text as it is written.

mod ini;
mod marks;
mod nginx;
mod placeholder;

use std::path::Path;

use gatelint_syntax::TextRange;
use gatelint_syntax::nginx::parse;
use memchr::memmem;

use marks::{Kind, Mark};
use placeholder::is_placeholder;

/// Whose grammar the text around the marks follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// nginx.
    Nginx,
    /// PHP-FPM.
    Ini,
}

/// A template as its program's reader is to take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The masked text, as long as the one that was read.
    pub masked: Vec<u8>,
    /// What is filled in, in order: marks, and what they enclose within a directive.
    pub filled: Vec<TextRange>,
    /// Whether a conditional part opens or closes a block that it does not close or open itself: then the braces
    /// of the text prove nothing.
    pub is_uneven: bool,
}

/// Endings of names that only templates have.
pub(crate) const SUFFIXES: [&str; 14] = [
    ".j2",
    ".jinja",
    ".jinja2",
    ".erb",
    ".epp",
    ".template",
    ".tmpl",
    ".tpl",
    ".gotmpl",
    ".ctmpl",
    ".tftpl",
    ".mustache",
    ".hbs",
    ".envsubst",
];

/// Endings of names of what `envsubst` and its like fill in. The images of nginx take `.template`.
const ENVIRONMENT: [&str; 5] = [".template", ".tmpl", ".tpl", ".tftpl", ".envsubst"];

/// Longer texts are told by their beginning, in bytes.
const LOOKED_AT: usize = 256 << 10;

impl Template {
    /// Masks the text at `path`; `None` where it is no template.
    pub fn read(path: &Path, text: &[u8], grammar: Grammar) -> Option<Self> {
        is_template(path, text).then(|| {
            let marks = marks::find(text, ends_with(path, &ENVIRONMENT));
            match grammar {
                Grammar::Nginx => nginx::mask(text, &marks),
                Grammar::Ini => ini::mask(text, &marks),
            }
        })
    }

    /// Whether any byte of `range` is filled in.
    pub fn is_filled_in(&self, range: TextRange) -> bool {
        let first = self.filled.partition_point(|filled| filled.end <= range.start);
        self.filled.get(first).is_some_and(|filled| filled.start < range.end)
    }
}

/// The name without what only templates have: `site.conf` for `site.conf.j2`.
pub fn without_suffix(name: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

/// Whether something fills a text in before a program reads it: it holds marks, and its name or the marks' places say
/// that they are meant as such. In a file that is not named as a template, marks in comments and in what nginx takes
/// as it stands (quoted words, Lua) say nothing.
pub fn is_template(path: &Path, text: &[u8]) -> bool {
    if ends_with(path, &SUFFIXES) {
        return !marks::find(text, ends_with(path, &ENVIRONMENT)).is_empty();
    }
    let text = text.get(..LOOKED_AT).unwrap_or(text);
    let marks = marks::find(text, false);
    let mut line = 0;
    let mut evident = marks.iter().filter(|mark| {
        let before = TextRange::new(line, mark.range.start).of(text);
        line = memchr::memrchr(b'\n', before).map_or(line, |end| line + end as u32 + 1);
        is_evident(TextRange::new(line, mark.range.start).of(text), mark.range.of(text))
    });
    let Some(first) = evident.next() else { return false };
    is_placeholder(first.range.of(text))
        || evident.any(|mark| is_placeholder(mark.range.of(text)))
        || memmem::find(text, b"<%").is_some()
        || !parse(text).errors().is_empty()
}

fn ends_with(path: &Path, suffixes: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    suffixes.iter().any(|suffix| name.ends_with(suffix))
}

/// Whether a mark is in no comment of nginx or PHP-FPM, and is no table of Lua, nor what nginx itself is to replace in
/// pages; `line` is what stands before it.
fn is_evident(line: &[u8], mark: &[u8]) -> bool {
    if is_placeholder(mark) {
        let line = line.trim_ascii_start();
        let is_filter = line.starts_with(b"sub_filter") || line.starts_with(b"subs_filter");
        return !is_filter && !matches!(line.first(), Some(b'#' | b';'));
    }
    let inner = mark.get(2..mark.len().saturating_sub(2)).unwrap_or_default().trim_ascii_start();
    let inner = inner.strip_prefix(b"-").unwrap_or(inner).trim_ascii_start();
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || b"_.$#/^".contains(byte);
    let is_expression =
        inner.first().is_some_and(is_name) && !inner.iter().any(|byte| b"{};=".contains(byte));
    let is_comment = matches!(line.trim_ascii_start().first(), Some(b'#' | b';'));
    !is_comment && (!mark.starts_with(b"{{") || is_expression)
}

/// The text with every mark blank; line ends stay.
fn blanked(text: &[u8], marks: &[Mark]) -> Vec<u8> {
    let mut out = text.to_vec();
    marks.iter().for_each(|mark| blank(&mut out, mark.range));
    out
}

/// Makes a range blank; line ends stay.
fn blank(out: &mut [u8], range: TextRange) {
    let bytes = out.get_mut(range.start as usize..range.end as usize).unwrap_or_default();
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}

/// Makes a range one word of `nginx`: a variable that nobody defines. What is written stays recognisable.
fn put_word(out: &mut [u8], text: &[u8], range: TextRange) {
    let bytes = out.get_mut(range.start as usize..range.end as usize).unwrap_or_default();
    for (index, (byte, written)) in bytes.iter_mut().zip(range.of(text)).enumerate() {
        *byte = match (index, written) {
            (0, _) => b'$',
            (1 | 2, _) => b'_',
            (3..MAX_WORD, written) if written.is_ascii_alphanumeric() => *written,
            (3..MAX_WORD, _) => b'_',
            (_, b'\n') => b'\n',
            _ => b' ',
        };
    }
}

/// The longest word that a mark becomes, in bytes: what nginx's buffer cannot hold would be refused.
const MAX_WORD: usize = 1024;

/// Whether a word of a masked text may hold what is filled in.
pub(crate) fn is_masked(word: &[u8]) -> bool {
    // Most words hold no variable at all.
    memchr::memchr(b'$', word)
        .and_then(|at| word.get(at..))
        .is_some_and(|rest| memmem::find(rest, b"$__").is_some() || rest.ends_with(b"$_"))
}

/// Ranges in order, those that touch made one.
fn in_order(mut ranges: Vec<TextRange>) -> Vec<TextRange> {
    ranges.sort_unstable();
    let mut out: Vec<TextRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => out.push(range),
        }
    }
    out
}

/// For every opening mark of a region the one that closes it.
fn partners(marks: &[Mark]) -> Vec<Option<usize>> {
    let mut partners = vec![None; marks.len()];
    let mut open = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        match mark.kind {
            Kind::Open | Kind::Aside => open.push(index),
            Kind::Close => {
                if let Some(partner) = open.pop().and_then(|opener| partners.get_mut(opener)) {
                    *partner = Some(index);
                }
            }
            Kind::Value | Kind::Middle | Kind::Nothing => {}
        }
    }
    partners
}

#[cfg(test)]
mod tests;
