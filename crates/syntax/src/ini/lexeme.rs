//! The bytes of single tokens: the definitions at the head of `zend_ini_scanner.l`.

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_till, take_while, take_while1};
use nom::combinator::{opt, recognize};
use nom::{IResult, Parser};

use super::token::Kind;

pub(super) type Found<'t> = IResult<&'t [u8], &'t [u8]>;

/// A set of bytes, so that each is looked up and not searched for.
type Set = [bool; 256];

/// Every byte but these.
#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn all_but(bytes: &[u8]) -> Set {
    let mut set = [true; 256];
    let mut at = 0;
    while at < bytes.len() {
        set[bytes[at] as usize] = false;
        at += 1;
    }
    set
}

static LABEL: Set = all_but(b"=\n\r\t;&|^$~(){}!\"[\0");
static VALUE: Set = all_but(b"$= \t\n\r;&|^~()!\"'\0");
static BRACKETS: Set = all_but(b"$\n\r;\"']\\");

#[inline(always)]
fn has(set: &Set, byte: u8) -> bool {
    set.get(usize::from(byte)).copied().unwrap_or(false)
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

pub(super) fn blanks(input: &[u8]) -> Found<'_> {
    take_while(is_blank)(input)
}

fn newline(input: &[u8]) -> Found<'_> {
    alt((tag("\r\n"), tag("\n"), tag("\r"))).parse(input)
}

pub(super) fn line_end(input: &[u8]) -> Found<'_> {
    recognize((blanks, newline)).parse(input)
}

pub(super) fn comment(input: &[u8]) -> Found<'_> {
    recognize((blanks, tag(";"), take_till(|byte| matches!(byte, b'\r' | b'\n')), newline)).parse(input)
}

pub(super) fn label(input: &[u8]) -> Found<'_> {
    take_while1(|byte| has(&LABEL, byte)).parse(input)
}

pub(super) fn constant(input: &[u8]) -> Found<'_> {
    recognize((
        take_while1(|byte: u8| byte.is_ascii_alphabetic() || byte == b'_'),
        take_while(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_'),
    ))
    .parse(input)
}

pub(super) fn number(input: &[u8]) -> Found<'_> {
    let digits = || take_while(|byte: u8| byte.is_ascii_digit());
    let some = || take_while1(|byte: u8| byte.is_ascii_digit());
    alt((
        recognize((digits(), tag("."), some())),
        recognize((some(), tag("."))),
        recognize((opt(tag("-")), some())),
    ))
    .parse(input)
}

pub(super) fn raw(input: &[u8]) -> Found<'_> {
    recognize((tag("'"), take_while1(|byte| byte != b'\''), tag("'"))).parse(input)
}

pub(super) fn equals(input: &[u8]) -> Found<'_> {
    recognize((blanks, tag("="), blanks)).parse(input)
}

/// The `]` of a section header with the rest of its line, where that is empty.
pub(super) fn section_end(input: &[u8]) -> Found<'_> {
    recognize((tag("]"), blanks, opt(newline))).parse(input)
}

/// The `]` after an index.
pub(super) fn offset_end(input: &[u8]) -> Found<'_> {
    recognize((blanks, tag("]"))).parse(input)
}

pub(super) fn quote(input: &[u8]) -> Found<'_> {
    recognize((blanks, tag("\""))).parse(input)
}

/// The words that stand for a truth value, with the white space after them.
pub(super) fn word(input: &[u8]) -> Option<(Kind, usize)> {
    if !matches!(input.first().map(u8::to_ascii_lowercase), Some(b't' | b'o' | b'y' | b'f' | b'n')) {
        return None;
    }
    let one = |kind, words: &[&str]| {
        let hits = words.iter().filter_map(|word| {
            let found: Found<'_> = recognize((tag_no_case(*word), blanks)).parse(input);
            found.ok().map(|(_, bytes)| bytes.len())
        });
        hits.max().map(|len| (kind, len))
    };
    one(Kind::True, &["true", "on", "yes"])
        .or_else(|| one(Kind::False, &["false", "off", "none", "no"]))
        .or_else(|| one(Kind::Null, &["null"]))
}

/// `$` with what it takes along where no `{` follows.
fn dollar(input: &[u8]) -> usize {
    match input {
        [b'$', b'\\', after, ..] if *after != b'\r' || input.len() > 3 => 3,
        [b'$', next, ..] if !matches!(next, b'{' | 0) => 2,
        _ => 0,
    }
}

/// How many bytes `plain` or a lone dollar or, where `escapes`, a backslash with what follows it take.
pub(super) fn run(input: &[u8], plain: fn(u8) -> bool, escapes: bool) -> usize {
    let mut len = 0;
    while let Some(rest @ [first, ..]) = input.get(len..) {
        len += match first {
            b'$' => match dollar(rest) {
                0 => break,
                taken => taken,
            },
            b'\\' if escapes => match rest.len() {
                1 => break,
                _ => 2,
            },
            _ if plain(*first) => 1,
            _ => break,
        };
    }
    len
}

pub(super) fn in_value(byte: u8) -> bool {
    has(&VALUE, byte)
}

pub(super) fn in_brackets(byte: u8) -> bool {
    has(&BRACKETS, byte)
}

pub(super) fn length(found: Found<'_>) -> usize {
    found.map_or(0, |(_, bytes)| bytes.len())
}

/// How far a string in double quotes goes: to a quote that no backslash escapes, or to `${`. A quote that ends
/// its line is never escaped, for the sake of `"C:\"`.
pub(super) fn quoted_length(input: &[u8]) -> usize {
    let byte = |at: usize| input.get(at).copied();
    let mut at = 0;
    while let Some(here) = byte(at) {
        at += match here {
            b'"' => return at,
            b'$' if byte(at + 1) == Some(b'{') => return at,
            b'\\' if byte(at + 1) == Some(b'"') && byte(at + 2).is_none_or(|end| b"\r\n".contains(&end)) => 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    at.min(input.len())
}

/// A string in double quotes as it is meant: a backslash before `"`, `\` or `$` goes.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest.first() {
            Some(b'"' | b'\\' | b'$') => {}
            _ => out.push(b'\\'),
        }
        if let Some(byte) = rest.first() {
            out.push(*byte);
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    out.extend_from_slice(rest);
    out
}
