//! Names between signs that a script replaces: `%name%`, `@NAME@`, `!NAME!`, `__NAME__`.

use gatelint_syntax::TextRange;
use memchr::{memchr3_iter, memmem};

/// Whether a mark is a name between signs.
pub(super) fn is_placeholder(mark: &[u8]) -> bool {
    matches!(mark.strip_prefix(b"$").unwrap_or(mark).first(), Some(b'%' | b'@' | b'!' | b'_'))
}

/// Every one of a text, in order. A `$` before one is a part of it: what is put there is the name of a variable.
pub(super) fn placeholders(text: &[u8]) -> Vec<TextRange> {
    let mut starts: Vec<usize> = memchr3_iter(b'%', b'@', b'!', text).collect();
    starts.extend(memmem::find_iter(text, b"__"));
    starts.sort_unstable();
    let (mut found, mut done) = (Vec::new(), 0);
    for at in starts.into_iter() {
        let Some(length) = text.get(at..).filter(|_| at >= done).and_then(length) else { continue };
        let before = text.get(..at).and_then(<[u8]>::last).copied();
        let is_underscored = text.get(at) == Some(&b'_');
        if is_underscored && before.is_some_and(|byte| is_name(byte) || byte == b'$') {
            continue;
        }
        let start = at - usize::from(before == Some(b'$') && at > done);
        done = at + length;
        found.push(TextRange::new(start as u32, done as u32));
    }
    found
}

/// The longest name, in bytes.
const MAX_NAME: usize = 64;

/// The length of the one that starts here.
fn length(rest: &[u8]) -> Option<usize> {
    let sign: &[u8] = if rest.starts_with(b"__") { b"__" } else { rest.get(..1)? };
    let inner = rest.get(sign.len()..)?;
    let count = inner.iter().take(MAX_NAME).take_while(|byte| is_name(**byte)).count();
    let (name, after) = if sign == b"__" {
        let name = inner.get(..count)?.strip_suffix(b"__")?;
        (name, inner.get(count..)?)
    } else {
        (inner.get(..count)?, inner.get(count..)?.strip_prefix(sign)?)
    };
    let (first, last) = (name.first()?, name.last()?);
    // `%C3%A9` is a letter of a URL, and `%m` one of PHP-FPM's `access.format`.
    let is_encoded = || matches!(after, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    let is_hex = || name.len() == 2 && name.iter().all(u8::is_ascii_hexdigit);
    let is_upper = || !name.iter().any(u8::is_ascii_lowercase);
    let fits = match sign {
        b"%" => !is_encoded() && !is_hex(),
        _ => is_upper(),
    };
    let is_word = name.len() > 1 && first.is_ascii_alphabetic() && last.is_ascii_alphanumeric();
    (is_word && fits).then_some(name.len() + 2 * sign.len())
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
