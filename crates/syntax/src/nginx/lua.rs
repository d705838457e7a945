//! Where a block of Lua ends: `*_by_lua_block { ... }` of lua-nginx-module is no nginx configuration.

use nom::bytes::complete::{take, take_till};
use nom::{IResult, Parser};

/// Whether the block of a directive called `name` holds Lua.
pub fn is_lua_block(name: &[u8]) -> bool {
    name.ends_with(b"_by_lua_block")
}

/// How many bytes of `text`, which starts behind the opening brace, are Lua.
pub fn lua_length(text: &[u8]) -> usize {
    lua(text).map_or(text.len(), |(_, lua)| lua.len())
}

/// Reads Lua from behind the opening brace to its closing brace, which is left in the rest; the rest is empty
/// where it is missing. Braces in strings and comments do not count.
pub(super) fn lua(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let mut rest = input;
    let mut depth = 0usize;
    loop {
        (rest, _) = take_till(|byte| matches!(byte, b'{' | b'}' | b'"' | b'\'' | b'-' | b'[')).parse(rest)?;
        let Some((&byte, tail)) = rest.split_first() else { break };
        match byte {
            b'}' if depth == 0 => break,
            b'}' => depth -= 1,
            b'{' => depth += 1,
            b'"' | b'\'' => {
                rest = skip_string(tail, byte);
                continue;
            }
            b'-' if tail.first() == Some(&b'-') => {
                rest = skip_comment(tail.get(1..).unwrap_or_default());
                continue;
            }
            b'[' => {
                if let Some(after) = skip_long_bracket(rest) {
                    rest = after;
                    continue;
                }
            }
            _ => {}
        }
        rest = tail;
    }
    take(input.len() - rest.len()).parse(input)
}

fn skip_string(mut rest: &[u8], quote: u8) -> &[u8] {
    loop {
        let Some(stop) = memchr::memchr2(quote, b'\\', rest) else { return &[] };
        let step = if rest.get(stop) == Some(&b'\\') { stop + 2 } else { stop + 1 };
        let done = rest.get(stop) == Some(&quote);
        rest = rest.get(step..).unwrap_or_default();
        if done {
            return rest;
        }
    }
}

fn skip_comment(rest: &[u8]) -> &[u8] {
    skip_long_bracket(rest).unwrap_or_else(|| {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        rest.get(end..).unwrap_or_default()
    })
}

/// Skips `[[...]]` or `[==[...]==]`; `None` where no such bracket opens here.
fn skip_long_bracket(input: &[u8]) -> Option<&[u8]> {
    let body = input.strip_prefix(b"[")?;
    let level = body.iter().take_while(|&&byte| byte == b'=').count();
    let mut rest = body.get(level..)?.strip_prefix(b"[")?;
    loop {
        let Some(stop) = memchr::memchr(b']', rest) else { return Some(&[]) };
        let tail = rest.get(stop + 1..).unwrap_or_default();
        let closes =
            tail.iter().take_while(|&&byte| byte == b'=').count() == level && tail.get(level) == Some(&b']');
        if closes {
            return tail.get(level + 1..);
        }
        rest = tail;
    }
}
