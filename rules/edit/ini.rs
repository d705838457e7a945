//! Edits of INI files: pools and php.ini.

use gatelint_lint::Edit;
use gatelint_model::Stack;
use gatelint_model::fpm::{PhpOrigin, Pool};
use gatelint_model::nginx::Target;
use gatelint_syntax::{Span, TextRange};

use super::{below, replace, within};

/// Another value for an entry of an INI file: what stands behind its `=`.
pub(crate) fn value(stack: &Stack, entry: Span, value: &str) -> Vec<Edit> {
    let text = stack.sources.text(entry);
    match text.iter().position(|byte| *byte == b'=') {
        Some(at) if is_plain(value) => {
            let start = entry.start + at as u32 + 1;
            replace(Span { start, ..entry }, format!(" {value}"))
        }
        _ => Vec::new(),
    }
}

/// `key = value` in a pool, as help shows it.
pub(crate) fn assign(stack: &Stack, pool: &Pool, help: &str) -> Vec<Edit> {
    help.split_once(" = ").map(|(key, value)| set(stack, pool, key, value)).unwrap_or_default()
}

/// `key = value` in a pool: in the place of the entry that counts, else behind its last entry.
fn set(stack: &Stack, pool: &Pool, key: &str, value: &str) -> Vec<Edit> {
    if !is_plain(value) {
        return Vec::new();
    }
    let array = key.split_once('[').map(|(key, index)| (key, index.trim_end_matches(']')));
    let entry = match array {
        None => pool.get(key),
        Some((key, index)) => pool.settings.array(key).find(|one| one.index.as_deref() == Some(index)),
    };
    if let Some(entry) = entry {
        return match entry.value_span.start < entry.value_span.end {
            true => replace(entry.value_span, value),
            false => self::value(stack, entry.span, value),
        };
    }
    let line = format!("{key} = {value}");
    if let Some(commented) = commented(stack, pool, key) {
        return replace(commented, line);
    }
    let last = pool.settings.all.last().map_or(pool.header, |entry| entry.span);
    below(stack, last, &[&line])
}

/// A pool and a pass that both go by the name that packages use: `/run/php/php-fpm.sock`.
pub(crate) fn move_socket(stack: &Stack, pool: &Pool, target: &Target<'_>) -> Vec<Edit> {
    let there = assign(stack, pool, "listen = /run/php/php-fpm.sock");
    let here = within(stack, target.span, target.written, "unix:/run/php/php-fpm.sock");
    if there.is_empty() || here.is_empty() { Vec::new() } else { [there, here].concat() }
}

/// Whether a pool's file holds a key as a comment.
pub(crate) fn is_commented(stack: &Stack, pool: &Pool, key: &str) -> bool {
    commented(stack, pool, key).is_some()
}

/// The line of a pool's file that holds a key as a comment, as the stock files have them: `;listen.mode = 0660`.
fn commented(stack: &Stack, pool: &Pool, key: &str) -> Option<Span> {
    let [header] = pool.headers[..] else { return None };
    let bytes = stack.sources.bytes(header.file);
    let mut at = header.end as usize;
    let mut found = None;
    for line in bytes.get(at..)?.split(|byte| *byte == b'\n') {
        if line.trim_ascii_start().starts_with(b"[") {
            break;
        }
        let text = line.trim_ascii_end();
        let rest = text.strip_prefix(b";").and_then(|rest| rest.strip_prefix(key.as_bytes()));
        if found.is_none() && rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"=")) {
            let range = TextRange::new(at as u32, (at + text.len()) as u32);
            found = Some(range.in_file(header.file));
        }
        at += line.len() + 1;
    }
    found
}

/// Another value for a setting of PHP, where an INI file sets it.
pub(crate) fn php(stack: &Stack, origin: PhpOrigin, new: &str) -> Vec<Edit> {
    match origin {
        PhpOrigin::Default | PhpOrigin::Pass(_) => Vec::new(),
        origin => origin.span().map(|entry| value(stack, entry, new)).unwrap_or_default(),
    }
}

/// Whether PHP's reader takes a value as it is written, without quotes.
fn is_plain(value: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:, @".contains(&byte);
    !value.is_empty() && value.trim() == value && value.bytes().all(is_fine)
}
