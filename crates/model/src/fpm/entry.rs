//! Entries that php-fpm does not know, and what they probably are.

use gatelint_catalog::fpm::{self, Key};
use gatelint_catalog::php;

use super::Guess;

/// The table that a section's keys come from.
pub(super) fn find(in_pool: bool, name: &[u8]) -> Option<&'static Key> {
    if in_pool { fpm::pool(name) } else { fpm::global(name) }
}

/// Whether a master of PHP `version` on Linux has the key.
pub(super) fn exists(key: &Key, version: Option<(u8, u8)>) -> bool {
    key.linux && version.is_none_or(|version| key.since <= version)
}

pub(super) fn guess(in_pool: bool, name: &[u8]) -> Guess {
    if name.starts_with(b"#") || name.starts_with(b"//") {
        return Guess::Comment;
    }
    if let Some(key) = find(in_pool, name).filter(|key| key.linux) {
        return Guess::Newer(key.since);
    }
    if find(!in_pool, name).is_some() {
        return if in_pool { Guess::GlobalKey } else { Guess::PoolKey };
    }
    if fpm::array(name).is_some() {
        return Guess::Brackets;
    }
    let text = String::from_utf8_lossy(name);
    let keys = if in_pool { fpm::pools() } else { fpm::globals() };
    if let Some(key) = nearest(&text, keys) {
        return Guess::Misspelt(key);
    }
    if php::setting(&text).is_some() {
        return Guess::PhpSetting;
    }
    Guess::Nothing
}

/// What an unknown `name[...]` probably is.
pub(super) fn guess_array(name: &[u8]) -> Guess {
    if find(true, name).is_some() {
        return Guess::Brackets;
    }
    if name.starts_with(b"#") || name.starts_with(b"//") {
        return Guess::Comment;
    }
    nearest(&String::from_utf8_lossy(name), fpm::arrays()).map_or(Guess::Nothing, Guess::Misspelt)
}

/// The key that `name` is a slip of: few edits for its length.
fn nearest(name: &str, keys: &'static [Key]) -> Option<&'static str> {
    let name = name.trim().to_ascii_lowercase();
    let limit = match name.len() {
        0..=2 | 64.. => return None,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let scored = keys.iter().map(|key| (strsim::damerau_levenshtein(&name, key.name), key.name));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, key)| key)
}
