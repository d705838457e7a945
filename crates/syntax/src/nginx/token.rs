//! The tokens of `ngx_conf_read_token()`.
//!
//! A word starts after white space. A bare one ends at white space, `;` or `{`; quotes, `}` and `#` inside it
//! are ordinary, `\` protects the next byte, and `{` right after `$` belongs to the word. A quoted one ends at
//! its quote, after which white space, `;`, `{` or `)` must follow.

use nom::bytes::complete::{tag, take, take_till, take_while};
use nom::{IResult, Parser};

/// What the parser reads next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A word without quotes.
    Bare { raw: &'a [u8], escaped: bool },
    /// A word in quotes; `raw` is what stands between them. `closed` is false at the end of the text.
    Quoted { raw: &'a [u8], quote: u8, escaped: bool, closed: bool },
    /// `#` to the end of the line.
    Comment(&'a [u8]),
    /// `;`
    Semicolon,
    /// `{`
    Open,
    /// `}`
    Close,
    /// Nothing is left.
    End,
}

const SPACE: u8 = 1;
const BARE_STOP: u8 = 2;

/// What each byte means to the scanner.
#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    class[b' ' as usize] = SPACE | BARE_STOP;
    class[b'\t' as usize] = SPACE | BARE_STOP;
    class[b'\r' as usize] = SPACE | BARE_STOP;
    class[b'\n' as usize] = SPACE | BARE_STOP;
    class[b';' as usize] = BARE_STOP;
    class[b'{' as usize] = BARE_STOP;
    class[b'\\' as usize] = BARE_STOP;
    class[b'$' as usize] = BARE_STOP;
    class
};

#[inline(always)]
fn class(byte: u8) -> u8 {
    CLASS.get(byte as usize).copied().unwrap_or(0)
}

#[inline(always)]
pub(super) fn is_space(byte: u8) -> bool {
    class(byte) & SPACE != 0
}

/// Skips white space and reads one token. Never fails: every byte starts one.
#[inline(always)]
pub(super) fn token(input: &[u8]) -> IResult<&[u8], Token<'_>> {
    let (input, _) = take_while(is_space).parse(input)?;
    let Some(&first) = input.first() else {
        return Ok((input, Token::End));
    };
    match first {
        b';' => tag(";").map(|_| Token::Semicolon).parse(input),
        b'{' => tag("{").map(|_| Token::Open).parse(input),
        b'}' => tag("}").map(|_| Token::Close).parse(input),
        b'#' => comment(input),
        b'"' | b'\'' => quoted(input, first),
        _ => bare(input),
    }
}

/// Whether a byte may follow a closing quote.
pub(super) fn may_follow_quote(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b';' | b'{' | b')')
}

fn comment(input: &[u8]) -> IResult<&[u8], Token<'_>> {
    let end = memchr::memchr(b'\n', input).unwrap_or(input.len());
    take(end).map(Token::Comment).parse(input)
}

#[inline(always)]
fn bare(input: &[u8]) -> IResult<&[u8], Token<'_>> {
    let mut rest = input;
    let mut escaped = false;
    loop {
        (rest, _) = take_till(|byte| class(byte) & BARE_STOP != 0).parse(rest)?;
        match rest {
            [b'\\', tail @ ..] => {
                escaped = true;
                rest = tail.get(1..).unwrap_or_default();
            }
            [b'$', tail @ ..] => (rest, _) = take_while(|byte| byte == b'{').parse(tail)?,
            _ => break,
        }
    }
    let (rest, raw) = take(input.len() - rest.len()).parse(input)?;
    Ok((rest, Token::Bare { raw, escaped }))
}

fn quoted(input: &[u8], quote: u8) -> IResult<&[u8], Token<'_>> {
    let (body, _) = take(1usize).parse(input)?;
    let mut rest = body;
    let mut escaped = false;
    loop {
        let stop = memchr::memchr2(quote, b'\\', rest).unwrap_or(rest.len());
        (rest, _) = take(stop).parse(rest)?;
        match rest {
            [b'\\', tail @ ..] => {
                escaped = true;
                rest = tail.get(1..).unwrap_or_default();
            }
            _ => break,
        }
    }
    let closed = !rest.is_empty();
    let (_, raw) = take(body.len() - rest.len()).parse(body)?;
    let rest = rest.get(1..).unwrap_or_default();
    Ok((rest, Token::Quoted { raw, quote, escaped, closed }))
}
