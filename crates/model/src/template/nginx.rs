//! Masking of nginx's configuration.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::TextRange;
use gatelint_syntax::nginx::{is_lua_block, lua_length};

use super::marks::{Kind, Mark};
use super::{Template, blank, blanked, in_order, partners, put_word};

/// Masks a text. A mark within a directive is a word or a part of one, as is a conditional part of a directive; a mark
/// in a directive's place, with nothing behind it on its line, may be any number of directives and is blank.
pub(super) fn mask(text: &[u8], marks: &[Mark]) -> Template {
    let base = blanked(text, marks);
    let masker = Masker {
        text,
        marks,
        partners: partners(marks),
        masked: base.clone(),
        base,
        filled: marks.iter().map(|mark| mark.range).collect(),
        next: 0,
        at: 0,
        state: State::Gap,
        name: None,
        depth: 0,
        regions: Vec::new(),
        is_uneven: false,
        blanks: (0, 0),
    };
    masker.run()
}

/// The longest part of a directive that is conditional, in bytes.
const MAX_PART: u32 = 4096;

/// The most regions within each other that are looked at.
const MAX_DEPTH: usize = 64;

/// Where nginx's reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between words.
    Gap,
    /// In a word without quotes.
    Word,
    /// In a word in these quotes.
    Quoted(u8),
    Comment,
}

/// An open region that starts in a directive's place.
struct Region {
    close: usize,
    /// Where the alternative at hand starts, and how many blocks are open there.
    start: u32,
    depth: i64,
    /// Whether an alternative before has opened or closed a block for what follows.
    is_uneven: bool,
    /// Whether all alternatives before end within a directive.
    is_ragged: Option<bool>,
}

struct Masker<'t> {
    text: &'t [u8],
    marks: &'t [Mark],
    partners: Vec<Option<usize>>,
    /// The text with every mark blank.
    base: Vec<u8>,
    masked: Vec<u8>,
    filled: Vec<TextRange>,
    /// The mark that comes next.
    next: usize,
    at: usize,
    state: State,
    /// Where the directive at hand starts; `None` where none is begun.
    name: Option<usize>,
    depth: i64,
    regions: Vec<Region>,
    is_uneven: bool,
    /// The blanks that were looked through last: where they start, and where they end.
    blanks: (usize, usize),
}

impl Masker<'_> {
    fn run(mut self) -> Template {
        while self.at < self.base.len() {
            match self.marks.get(self.next).filter(|mark| mark.range.start as usize <= self.at) {
                Some(mark) => self.mark(*mark),
                None => self.byte(),
            }
        }
        Template { masked: self.masked, filled: in_order(self.filled), is_uneven: self.is_uneven }
    }

    /// Takes one byte as `ngx_conf_read_token()` does.
    fn byte(&mut self) {
        let Some(&byte) = self.base.get(self.at) else { return };
        let is_space = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        match (self.state, byte) {
            (State::Comment, b'\n') => self.state = State::Gap,
            (State::Comment, _) => {}
            (State::Quoted(quote), byte) if byte == quote => self.state = State::Gap,
            (State::Quoted(_) | State::Word, b'\\') => self.at += 1,
            (State::Quoted(_), _) => {}
            (State::Word, _) if is_space => self.state = State::Gap,
            (State::Word, b'{') if self.base.get(self.at.wrapping_sub(1)) == Some(&b'$') => {}
            (State::Word | State::Gap, b';') => self.end(),
            (State::Word | State::Gap, b'{') => self.open(),
            (State::Gap, b'}') => {
                self.depth -= 1;
                self.end();
            }
            (State::Gap, b'#') => self.state = State::Comment,
            (State::Gap, _) if is_space => {}
            (State::Gap, _) => {
                self.name.get_or_insert(self.at);
                self.state = if matches!(byte, b'"' | b'\'') { State::Quoted(byte) } else { State::Word };
                self.at += usize::from(byte == b'\\');
            }
            (State::Word, _) => {}
        }
        self.at += 1;
    }

    fn end(&mut self) {
        (self.state, self.name) = (State::Gap, None);
    }

    fn open(&mut self) {
        let rest = self.name.and_then(|start| self.base.get(start..self.at)).unwrap_or_default();
        let name = rest.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let is_lua = is_lua_block(name);
        self.end();
        if !is_lua {
            self.depth += 1;
            return;
        }
        let end = self.at + 1 + lua_length(self.base.get(self.at + 1..).unwrap_or_default());
        while let Some(mark) = self.marks.get(self.next).filter(|mark| (mark.range.start as usize) < end) {
            if mark.kind == Kind::Value {
                put_word(&mut self.masked, self.text, mark.range);
            }
            self.next += 1;
        }
        self.at = end;
    }

    fn mark(&mut self, mark: Mark) {
        let index = self.next;
        self.next += 1;
        let at_start = self.state == State::Gap && self.name.is_none();
        let region = self.partner(index).map(|close| mark.range.to(close.range));
        match (mark.kind, region) {
            (Kind::Aside, Some(region)) => {
                blank(&mut self.masked, region);
                self.skip(region);
                return;
            }
            (Kind::Middle | Kind::Close, _) => self.turn(index),
            (Kind::Open, Some(region)) if self.is_within(region, at_start) => {
                self.word(region);
                return;
            }
            (Kind::Open, Some(_)) if self.regions.len() < MAX_DEPTH => self.regions.push(Region {
                close: self.partners.get(index).copied().flatten().unwrap_or(index),
                start: mark.range.end,
                depth: self.depth,
                is_uneven: false,
                is_ragged: None,
            }),
            // A statement on a line of its own continues no directive: one before it lacks its `;`.
            (Kind::Value, _) if self.is_statement_line(mark.range) => {}
            (Kind::Value, _) if !at_start || !self.ends_line(mark.range.end) => {
                self.word(mark.range);
                return;
            }
            // What puts nothing into a word leaves the word one.
            (Kind::Nothing, _) if matches!(self.state, State::Word | State::Quoted(_)) => {
                self.word(mark.range);
                return;
            }
            _ => {}
        }
        self.at = mark.range.end as usize;
        if self.state == State::Comment {
            self.fill(mark.range);
        } else if self.state == State::Word {
            self.state = State::Gap;
        }
    }

    fn partner(&self, index: usize) -> Option<Mark> {
        self.partners.get(index).copied().flatten().and_then(|close| self.marks.get(close)).copied()
    }

    /// Whether a region is a part of a directive.
    fn is_within(&mut self, region: TextRange, at_start: bool) -> bool {
        if region.end - region.start > MAX_PART {
            return false;
        }
        let inner = region.of(&self.base).trim_ascii();
        let line = region.of(&self.base).contains(&b'\n');
        if at_start {
            // `{% if old %}# {% endif %}listen 80;`
            let is_part = !line && !inner.iter().any(|byte| b";{}".contains(byte));
            return is_part && !self.ends_line(region.end);
        }
        if matches!(self.state, State::Comment) {
            return !line;
        }
        // A directive before it that lacks its `;` does not make its lines words.
        let word = inner.split(|byte| byte.is_ascii_whitespace() || *byte == b';').next().unwrap_or_default();
        !(self.state == State::Gap && line && Name::find(word).is_some())
    }

    fn is_statement_line(&mut self, mark: TextRange) -> bool {
        let before = TextRange::new(mark.start.saturating_sub(MAX_PART), mark.start).of(&self.base);
        let blanks = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        if self.state != State::Gap || blanks != Some(&b'\n') || !self.ends_line(mark.end) {
            return false;
        }
        // A value may be one more word, unless what follows starts or ends a block or a directive.
        let rest = self.base.get(mark.end as usize..).unwrap_or_default();
        let rest = rest.get(..MAX_PART as usize).unwrap_or(rest);
        let rest = rest.trim_ascii_start();
        let word = rest.split(|byte| byte.is_ascii_whitespace() || b";{".contains(byte)).next();
        let is_next = rest.starts_with(b"}") || word.is_some_and(|word| Name::find(word).is_some());
        mark.of(self.text).starts_with(b"{%") || is_next
    }

    /// Whether nothing but marks, a comment or the end of a block follows on the line.
    fn ends_line(&mut self, from: u32) -> bool {
        let (from, (start, end)) = (from as usize, self.blanks);
        if from < start || end < from {
            let limit = if from < start { start } else { self.base.len() };
            let rest = self.base.get(from..limit).unwrap_or_default();
            let count = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
            self.blanks = (from, if from < start && from + count == start { end } else { from + count });
        }
        matches!(self.base.get(self.blanks.1), None | Some(b'\n' | b'}' | b'#'))
    }

    /// Makes a range a word, or a part of the word at hand, and goes on behind it. What ends the last alternative of
    /// a region ends the whole: a quote, the `;`.
    fn word(&mut self, range: TextRange) {
        if self.state == State::Comment {
            self.fill(range);
            self.skip(range);
            return;
        }
        let inner = range.of(&self.base).trim_ascii_end();
        let quote = if let State::Quoted(quote) = self.state { Some(quote) } else { None };
        let is_end = |byte: &&u8| matches!(**byte, b';' | b'{') || Some(**byte) == quote;
        let mut tail: Vec<u8> = inner.iter().rev().take_while(is_end).copied().collect();
        tail.reverse();
        if quote.is_some_and(|quote| tail.first() != Some(&quote)) || tail.len() >= range.of(self.text).len()
        {
            tail.clear();
        }
        put_word(&mut self.masked, self.text, range);
        let end = range.end as usize;
        let start = end - tail.len();
        if let Some(bytes) = self.masked.get_mut(start..end) {
            bytes.copy_from_slice(&tail);
        }
        self.filled.push(range);
        self.name.get_or_insert(range.start as usize);
        if self.state == State::Gap {
            self.state = State::Word;
        }
        self.skip(range);
        for byte in tail {
            match byte {
                b';' => self.end(),
                b'{' => {
                    self.depth += 1;
                    self.end();
                }
                _ => self.state = State::Gap,
            }
        }
    }

    /// Keeps a range on the line of a comment.
    fn fill(&mut self, range: TextRange) {
        let bytes = self.masked.get_mut(range.start as usize..range.end as usize).unwrap_or_default();
        bytes.fill(b' ');
        self.filled.push(range);
    }

    fn skip(&mut self, range: TextRange) {
        self.at = range.end as usize;
        while self.marks.get(self.next).is_some_and(|mark| mark.range.start < range.end) {
            self.next += 1;
        }
    }

    /// At the end of an alternative. Of several that leave other blocks open than there were, or that all end within
    /// a directive, the first stands for all.
    fn turn(&mut self, index: usize) {
        let is_close = self.marks.get(index).is_some_and(|mark| mark.kind == Kind::Close);
        let Some(mark) = self.marks.get(index) else { return };
        // A region of a comment or a word that was not taken whole closes none of these.
        let Some(region) = self.regions.last_mut() else { return };
        if is_close && region.close != index {
            return;
        }
        let alternative = TextRange::new(region.start, mark.range.start);
        let is_ragged = self.name.is_some();
        let is_uneven = self.depth != region.depth;
        self.is_uneven |= is_uneven;
        let repeats = is_uneven && region.is_uneven || is_ragged && region.is_ragged == Some(true);
        if repeats {
            blank(&mut self.masked, alternative);
            self.depth = region.depth;
        }
        region.is_uneven |= is_uneven;
        region.is_ragged = Some(is_ragged && region.is_ragged != Some(false));
        region.start = mark.range.end;
        region.depth = self.depth;
        if is_close {
            self.regions.pop();
        } else {
            // The next alternative starts where the first did.
            self.end();
        }
    }
}
