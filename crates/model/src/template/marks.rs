//! The marks of template engines in a text.

use gatelint_syntax::TextRange;
use memchr::{memchr3_iter, memmem};

use super::placeholder::placeholders;

/// What a mark does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Puts something in its place: a value, whole lines, another file, nothing.
    Value,
    /// Starts what is there conditionally or repeatedly.
    Open,
    /// Starts what is not put here: a macro, the text of a variable.
    Aside,
    /// Ends one alternative and starts the next.
    Middle,
    /// Ends what the last open one started.
    Close,
    /// Puts nothing in its place: a comment, an assignment.
    Nothing,
}

/// A mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) range: TextRange,
    pub(super) kind: Kind,
}

/// Every mark, in order; with `environment` the variables too that `envsubst` fills in. The time is linear in the
/// length of the text.
pub(super) fn find(text: &[u8], environment: bool) -> Vec<Mark> {
    let mut finder = Finder { text, unclosed: Vec::new(), budget: text.len().saturating_mul(4) };
    let mut marks = Vec::new();
    let mut done = 0;
    // Of `<` and `{` every mark starts, and of `$` those of the environment.
    for at in memchr3_iter(b'{', b'<', b'$', text) {
        if at < done {
            continue;
        }
        let Some((length, kind)) = finder.at(at, environment) else { continue };
        done = at + length;
        marks.push(Mark { range: TextRange::new(at as u32, done as u32), kind });
        if kind == Kind::Nothing && is_raw(text.get(at..done).unwrap_or_default()) {
            // No mark counts up to the one that ends it.
            let rest = text.get(done..).unwrap_or_default();
            let ends = memmem::find_iter(rest, b"{%").find(|start| {
                let word = rest.get(start + 2..).map(word).unwrap_or_default();
                matches!(word, b"endraw" | b"endverbatim")
            });
            done = ends.map_or(text.len(), |start| done + start);
        }
    }
    with_placeholders(text, marks)
}

/// The marks, and the names between signs beside them.
fn with_placeholders(text: &[u8], marks: Vec<Mark>) -> Vec<Mark> {
    let mut all = Vec::with_capacity(marks.len());
    let mut own = placeholders(text).into_iter().peekable();
    for mark in marks {
        while let Some(range) = own.next_if(|range| range.start < mark.range.end) {
            if range.end <= mark.range.start {
                all.push(Mark { range, kind: Kind::Value });
            }
        }
        all.push(mark);
    }
    all.extend(own.map(|range| Mark { range, kind: Kind::Value }));
    all
}

fn is_raw(mark: &[u8]) -> bool {
    mark.starts_with(b"{%") && matches!(word(mark.get(2..).unwrap_or_default()), b"raw" | b"verbatim")
}

struct Finder<'t> {
    text: &'t [u8],
    /// Marks' ends that the rest of the text does not hold.
    unclosed: Vec<&'static [u8]>,
    /// How many bytes may still be read for nothing.
    budget: usize,
}

impl Finder<'_> {
    /// The length and the kind of the mark that starts here.
    fn at(&mut self, at: usize, environment: bool) -> Option<(usize, Kind)> {
        let rest = self.text.get(at..)?;
        match rest.get(..2)? {
            b"{{" => {
                let length = self.expression(at)?;
                // `{{{ name }}}` of Mustache.
                let is_triple = rest.starts_with(b"{{{") && rest.get(length) == Some(&b'}');
                let inner = rest.get(2..length - 2)?;
                Some((length + usize::from(is_triple), braces(inner)))
            }
            b"{%" => {
                let length = self.close(at + 2, b"%}")? + 2;
                Some((length, jinja(rest.get(2..length - 2)?)))
            }
            b"{#" => Some((self.close(at + 2, b"#}")? + 2, Kind::Nothing)),
            b"<%" if rest.get(2) != Some(&b'%') => {
                let length = self.close(at + 2, b"%>")? + 2;
                Some((length, ruby(rest.get(2..length - 2)?)))
            }
            [b'$', _] if environment => Some((variable(rest)?, Kind::Value)),
            _ => None,
        }
    }

    /// How far it is from `from` to behind the next `end`.
    fn close(&mut self, from: usize, end: &'static [u8]) -> Option<usize> {
        if self.unclosed.contains(&end) {
            return None;
        }
        let found = memmem::find(self.text.get(from..)?, end);
        if found.is_none() {
            self.unclosed.push(end);
        }
        Some(found? + end.len())
    }

    /// The length of `{{ ... }}`: a `}}` within a string is part of it.
    fn expression(&mut self, at: usize) -> Option<usize> {
        let plain = self.close(at + 2, b"}}")? + 2;
        let rest = self.text.get(at..)?;
        let has_string = rest.get(..plain)?.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        if !has_string || self.budget == 0 {
            return Some(plain);
        }
        let limit = rest.len().min(self.budget);
        let (mut here, mut quote) = (2, None);
        while let Some(tail) = rest.get(here..limit).filter(|tail| !tail.is_empty()) {
            match (quote, tail) {
                (Some(own), [byte, ..]) if *byte == own => quote = None,
                (Some(_), [b'\\', ..]) => here += 1,
                (Some(_), _) => {}
                (None, [b'}', b'}', ..]) => return Some(here + 2),
                (None, [b'{', b'{', ..]) if here > 3 => break,
                (None, [byte @ (b'"' | b'\'' | b'`'), ..]) => quote = Some(*byte),
                (None, _) => {}
            }
            here += 1;
        }
        self.budget = self.budget.saturating_sub(here);
        Some(plain)
    }
}

/// The first word of a mark, behind what trims white space.
fn word(inner: &[u8]) -> &[u8] {
    let inner =
        inner.strip_prefix(b"-").or(inner.strip_prefix(b"+")).or(inner.strip_prefix(b"~")).unwrap_or(inner);
    let inner = inner.trim_ascii_start();
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let length = inner.iter().take_while(is_word).count();
    inner.get(..length).unwrap_or_default()
}

/// A mark's text without what trims white space around it.
fn code(inner: &[u8]) -> &[u8] {
    let inner = inner.strip_prefix(b"-").or(inner.strip_prefix(b"~")).unwrap_or(inner);
    inner.strip_suffix(b"-").or(inner.strip_suffix(b"~")).unwrap_or(inner).trim_ascii()
}

/// `{% %}`: Jinja, Twig, Liquid.
fn jinja(inner: &[u8]) -> Kind {
    match word(inner) {
        b"if" | b"for" | b"with" | b"block" | b"filter" | b"autoescape" | b"unless" | b"case"
        | b"foreach" | b"trans" => Kind::Open,
        b"macro" | b"call" | b"comment" => Kind::Aside,
        b"set" if !inner.contains(&b'=') => Kind::Aside,
        b"else" | b"elif" | b"elseif" | b"elsif" | b"when" => Kind::Middle,
        b"include" | b"render" => Kind::Value,
        b"endraw" | b"endverbatim" => Kind::Nothing,
        word if word.starts_with(b"end") => Kind::Close,
        _ => Kind::Nothing,
    }
}

/// `{{ }}`: an expression, or a statement of Go's templates or of Mustache.
fn braces(inner: &[u8]) -> Kind {
    let code = code(inner);
    let word = word(inner);
    let after = code.get(word.len()..).unwrap_or_default();
    let has_operand = after.first().is_some_and(u8::is_ascii_whitespace)
        && after.trim_ascii_start().first().is_some_and(|byte| !b"|=+-*~,)]".contains(byte));
    match (word, code) {
        (_, [b'/', b'*', ..] | [b'!', ..]) => Kind::Nothing,
        (_, [b'#' | b'^', ..]) => Kind::Open,
        (_, [b'/', ..]) => Kind::Close,
        (_, [b'$', rest @ ..]) if is_assignment(rest) => Kind::Nothing,
        (b"if" | b"range" | b"with" | b"block", _) if has_operand => Kind::Open,
        (b"define", _) if has_operand => Kind::Aside,
        (b"else", _) if after.is_empty() || has_operand => Kind::Middle,
        (b"end", _) if after.is_empty() => Kind::Close,
        (b"break" | b"continue", _) if after.is_empty() => Kind::Nothing,
        _ => Kind::Value,
    }
}

/// `$name := value` and `$name = value`.
fn is_assignment(rest: &[u8]) -> bool {
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let after = rest.get(name..).unwrap_or_default().trim_ascii_start();
    after.starts_with(b":=") || after.starts_with(b"=") && !after.starts_with(b"==")
}

/// `<% %>`: Ruby or Puppet.
fn ruby(inner: &[u8]) -> Kind {
    if inner.starts_with(b"=") {
        return Kind::Value;
    }
    let code = code(inner);
    let opens = || {
        let has = |part: &[u8]| memmem::find(code, part).is_some();
        code.ends_with(b"{")
            || code.ends_with(b" do")
            || code.ends_with(b"|") && (has(b" do |") || has(b"{ |") || has(b"{|"))
    };
    match word(inner) {
        _ if inner.starts_with(b"#") => Kind::Nothing,
        _ if code.starts_with(b"}") => {
            if opens() {
                Kind::Middle
            } else {
                Kind::Close
            }
        }
        b"else" | b"elsif" | b"when" | b"rescue" | b"ensure" | b"in" => Kind::Middle,
        b"end" => Kind::Close,
        b"if" | b"unless" | b"case" | b"for" | b"while" | b"until" | b"begin" if !code.ends_with(b" end") => {
            Kind::Open
        }
        _ if opens() => Kind::Open,
        _ => Kind::Nothing,
    }
}

/// The length of `$NAME` or `${NAME}` where the name is one that environments use. Others are left to the program.
fn variable(rest: &[u8]) -> Option<usize> {
    let is_braced = rest.get(1) == Some(&b'{');
    let name = rest.get(if is_braced { 2 } else { 1 }..)?;
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    let length = name.iter().take_while(is_word).count();
    let name = name.get(..length)?;
    let is_upper = !name.iter().any(u8::is_ascii_lowercase);
    let starts = name.first().is_some_and(|byte| !byte.is_ascii_digit());
    let closes = !is_braced || rest.get(2 + length) == Some(&b'}');
    (starts && is_upper && closes).then_some(if is_braced { length + 3 } else { length + 1 })
}
