//! Masking of PHP-FPM's configuration, line by line: what its own `${NAME}` stands for is as little known.

use gatelint_syntax::TextRange;

use super::marks::{Kind, Mark};
use super::{Template, blank, blanked, in_order, partners};

/// Masks a text. A mark in a value, in brackets or in a section's name is a part of it that the environment decides;
/// a line whose key a mark makes is blank, and so are marks alone on their line.
pub(super) fn mask(text: &[u8], marks: &[Mark]) -> Template {
    let base = blanked(text, marks);
    let mut masked = base.clone();
    let mut filled: Vec<TextRange> = marks.iter().map(|mark| mark.range).collect();
    let partners = partners(marks);
    let mut next = 0;
    while let Some(first) = marks.get(next) {
        let start = memchr::memrchr(b'\n', base.get(..first.range.start as usize).unwrap_or_default());
        let start = start.map_or(0, |end| end + 1);
        // A mark that goes on over lines takes them into its own.
        let (mut end, mut count) = (line_end(&base, start), 0);
        while let Some(mark) = marks.get(next + count).filter(|mark| (mark.range.start as usize) < end) {
            if mark.range.end as usize > end {
                end = line_end(&base, mark.range.end as usize);
            }
            count += 1;
        }
        let mut line = Line::new(&base, &mut masked, TextRange::new(start as u32, end as u32));
        let own = marks.get(next..next + count).unwrap_or_default();
        let closes = partners.get(next..next + count).unwrap_or_default();
        filled.extend(line.mask(own, |index| marks.get(closes.get(index).copied().flatten()?)));
        next += count;
    }
    Template { masked, filled: in_order(filled), is_uneven: false }
}

fn line_end(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or(text.len(), |end| from + end)
}

/// The longest line that is looked at, in bytes.
const MAX_LINE: usize = 8192;

/// What becomes of a mark.
enum Fate {
    /// It is blank.
    Blank,
    /// This range is a value, or a part of one.
    Value(TextRange),
    /// It decides which key is set: the line says nothing.
    Line,
}

struct Line<'a> {
    base: &'a [u8],
    masked: &'a mut [u8],
    range: TextRange,
    /// The `=` outside all marks.
    equals: Option<u32>,
    is_section: bool,
}

impl<'a> Line<'a> {
    fn new(base: &'a [u8], masked: &'a mut [u8], range: TextRange) -> Self {
        let text = range.of(base);
        let equals = memchr::memchr(b'=', text).map(|at| range.start + at as u32);
        Self { base, masked, range, equals, is_section: text.trim_ascii_start().starts_with(b"[") }
    }

    /// Masks the line; gives what is filled in beyond the marks.
    fn mask<'m>(&mut self, marks: &[Mark], close: impl Fn(usize) -> Option<&'m Mark>) -> Vec<TextRange> {
        self.join(marks);
        let mut filled = Vec::new();
        let text = self.range.of(self.base).trim_ascii_start();
        if text.is_empty() || text.starts_with(b";") {
            return filled;
        }
        if text.len() > MAX_LINE {
            blank(self.masked, self.range);
            filled.push(self.range);
            return filled;
        }
        let mut done = 0;
        for (index, mark) in marks.iter().enumerate() {
            if mark.range.start < done {
                continue;
            }
            let region = close(index).map(|close| mark.range.to(close.range));
            let region = region.filter(|region| region.end <= self.range.end);
            let place = match self.fate(*mark, region, marks) {
                Fate::Blank => continue,
                Fate::Value(place) => self.around(place),
                Fate::Line => self.range,
            };
            filled.push(place);
            if place == self.range || !self.put(place) {
                blank(self.masked, self.range);
                return filled;
            }
            done = place.end;
        }
        filled
    }

    fn fate(&self, mark: Mark, region: Option<TextRange>, marks: &[Mark]) -> Fate {
        let is_value = self.is_section || self.equals.is_some_and(|equals| mark.range.start > equals);
        match (mark.kind, region) {
            (Kind::Value, _) if is_value || self.is_bracketed(mark.range) => Fate::Value(mark.range),
            (Kind::Value, _) => Fate::Line,
            (Kind::Open | Kind::Aside, Some(region)) if is_value => Fate::Value(region),
            (Kind::Open | Kind::Aside, Some(region)) => {
                // A condition around one entry, or one that decides between two, or on a part of the key.
                let has_other = |mark: &&Mark| mark.kind == Kind::Middle && region.contains(mark.range.start);
                let is_whole = self.equals.is_some_and(|equals| region.contains(equals));
                if is_whole && !marks.iter().any(|mark| has_other(&mark)) { Fate::Blank } else { Fate::Line }
            }
            _ => Fate::Blank,
        }
    }

    /// Takes the line ends out of marks.
    fn join(&mut self, marks: &[Mark]) {
        for mark in marks {
            let bytes = self.masked.get_mut(mark.range.start as usize..mark.range.end as usize);
            bytes.unwrap_or_default().iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        }
    }

    /// Whether a mark stands between `[` and `]` of a key.
    fn is_bracketed(&self, mark: TextRange) -> bool {
        let before = TextRange::new(self.range.start, mark.start).of(self.base);
        let after = TextRange::new(mark.end, self.range.end).of(self.base);
        let closes = after.iter().find(|byte| matches!(byte, b']' | b'='));
        before.contains(&b'[') && !before.contains(&b']') && closes == Some(&b']')
    }

    /// The range with the single quotes around it, in which nothing comes from the environment.
    fn around(&self, range: TextRange) -> TextRange {
        let before = TextRange::new(self.range.start, range.start).of(self.base);
        let after = TextRange::new(range.end, self.range.end).of(self.base);
        let quotes = before.iter().filter(|byte| **byte == b'\'').count();
        let (open, close) = (memchr::memrchr(b'\'', before), memchr::memchr(b'\'', after));
        match (open, close) {
            (Some(open), Some(close)) if quotes % 2 == 1 => {
                TextRange::new(self.range.start + open as u32, range.end + close as u32 + 1)
            }
            _ => range,
        }
    }

    /// Makes a range a `${NAME}`; whether it is long enough.
    fn put(&mut self, range: TextRange) -> bool {
        let bytes = self.masked.get_mut(range.start as usize..range.end as usize).unwrap_or_default();
        let [dollar, brace, name @ .., close] = bytes else { return false };
        if name.is_empty() {
            return false;
        }
        (*dollar, *brace, *close) = (b'$', b'{', b'}');
        name.fill(b'_');
        true
    }
}
