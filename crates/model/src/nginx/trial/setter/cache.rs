//! Caches: `ngx_http_file_cache_set_slot()` and `ngx_http_file_cache_valid_set_slot()` of
//! `src/http/ngx_http_file_cache.c`, `open_file_cache` of `src/http/ngx_http_core_module.c`.

use gatelint_catalog::nginx::{Directive, Version};

use super::super::line::Line;
use super::super::{Expected, Fault, Lack};
use super::{Setter, zone};
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("proxy_cache_path", path),
    ("fastcgi_cache_path", path),
    ("uwsgi_cache_path", path),
    ("scgi_cache_path", path),
    ("proxy_cache_valid", valid),
    ("fastcgi_cache_valid", valid),
    ("uwsgi_cache_valid", valid),
    ("scgi_cache_valid", valid),
    ("open_file_cache", open_files),
    ("open_log_file_cache", open_logs),
];

const PARAMETERS: &[&str] = &[
    "levels=",
    "use_temp_path=",
    "keys_zone=",
    "inactive=",
    "max_size=",
    "min_free=",
    "manager_files=",
    "manager_sleep=",
    "manager_threshold=",
    "loader_files=",
    "loader_sleep=",
    "loader_threshold=",
];

/// The release in which caches watch the space that is left.
const MIN_FREE: Version = (1, 19, 1);

fn path(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let mut has_zone = false;
    for (index, word) in line.words_from(2) {
        let fault = parameter(line, index, &word);
        if fault.is_some() {
            return fault;
        }
        if let Some(zone) = word.strip_prefix(b"keys_zone=") {
            has_zone = !zone.starts_with(b":");
        }
    }
    (!has_zone).then(|| {
        let message = format!("\"{}\" must have \"keys_zone\" parameter", directive.name);
        Fault::value(0, Expected::What("`keys_zone=name:size`"), message)
    })
}

fn parameter(line: &Line<'_>, index: usize, word: &[u8]) -> Option<Fault> {
    let shown = String::from_utf8_lossy(word);
    let equals = memchr::memchr(b'=', word).map_or(word.len(), |at| at + 1);
    let (key, value) = word.split_at_checked(equals).unwrap_or_default();
    let wrong = |expected, message: String| Some(Fault::value(index, expected, message));
    let check = |is_valid: bool, expected| {
        if is_valid {
            return None;
        }
        let key = String::from_utf8_lossy(key);
        wrong(expected, format!("invalid {} value \"{shown}\"", key.trim_end_matches('=')))
    };
    let seconds = || check(number::seconds(value).is_some(), Expected::Seconds);
    let time = || check(number::milliseconds(value).is_some(), Expected::Time);
    let count = || check(number::integer(value).is_some(), Expected::Number);
    let offset = || check(number::offset(value).is_some(), Expected::Offset);
    match key {
        b"levels=" if !is_levels(value) => {
            let levels = Expected::What("one to three levels of `1` or `2` with `:` between");
            wrong(levels, format!("invalid \"levels\" \"{shown}\""))
        }
        b"levels=" => None,
        b"use_temp_path=" if !matches!(value, b"on" | b"off") => {
            let message = format!("invalid use_temp_path value \"{shown}\", it must be \"on\" or \"off\"");
            wrong(Expected::OneOf(&["on", "off"]), message)
        }
        b"use_temp_path=" => None,
        b"keys_zone=" => match zone::size_of(value) {
            None => wrong(zone::NAME_AND_SIZE, format!("invalid keys zone size \"{shown}\"")),
            Some(size) if size < 2 * zone::PAGE => {
                wrong(Expected::What("at least 8k"), format!("keys zone \"{shown}\" is too small"))
            }
            Some(_) => None,
        },
        b"inactive=" => seconds(),
        b"max_size=" => offset(),
        b"min_free=" if line.target.is_at_least(MIN_FREE) != Some(false) => offset(),
        b"manager_files=" | b"loader_files=" => count(),
        b"manager_sleep=" | b"manager_threshold=" | b"loader_sleep=" | b"loader_threshold=" => time(),
        b"purger=" | b"purger_files=" | b"purger_sleep=" | b"purger_threshold="
            if line.target.is_plus() != Some(false) =>
        {
            None
        }
        _ => {
            let lack = match key {
                b"min_free=" => Some(Lack::Since(MIN_FREE)),
                key if key.starts_with(b"purger") => Some(Lack::Plus),
                _ => None,
            };
            let fault =
                Fault::value(index, Expected::OneOf(PARAMETERS), format!("invalid parameter \"{shown}\""));
            Some(Fault { lack, ..fault })
        }
    }
}

/// `1:2:2`, at most three levels.
fn is_levels(value: &[u8]) -> bool {
    let mut levels = value.split(|byte| *byte == b':');
    value.is_empty() || levels.clone().count() <= 3 && levels.all(|level| matches!(level, b"1" | b"2"))
}

fn valid(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let last = line.count();
    let word = line.word(last)?;
    if number::seconds(&word).is_none() {
        let message = format!("invalid time value \"{}\"", String::from_utf8_lossy(&word));
        return Some(Fault::value(last, Expected::Seconds, message));
    }
    line.words_from(1).take(last - 1).find_map(|(index, word)| {
        let is_status =
            *word == *b"any" || number::integer(&word).is_some_and(|status| (100..=599).contains(&status));
        (!is_status).then(|| {
            let message = format!("invalid status \"{}\"", String::from_utf8_lossy(&word));
            Fault::value(index, Expected::What("`any` or a status from 100 to 599"), message)
        })
    })
}

fn open_files(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    descriptors(line, &["max=", "inactive=", "off"], "must have the \"max\" parameter")
}

fn open_logs(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    descriptors(line, &["max=", "inactive=", "min_uses=", "valid=", "off"], "must have \"max\" parameter")
}

/// A cache of descriptors.
fn descriptors(line: &Line<'_>, known: &'static [&'static str], lack: &str) -> Option<Fault> {
    let (mut max, mut is_off) = (0, false);
    let name = line.word(0)?;
    let name = String::from_utf8_lossy(&name);
    for (index, word) in line.words_from(1) {
        let key = known.iter().find(|key| match key.strip_suffix('=') {
            Some(_) => word.starts_with(key.as_bytes()),
            None => *word == *key.as_bytes(),
        });
        let value = key.and_then(|key| word.get(key.len()..)).unwrap_or_default();
        let read = match key {
            Some(&"off") => {
                is_off = true;
                Some(0)
            }
            Some(&("inactive=" | "valid=")) => number::seconds(value),
            Some(&"max=") => number::integer(value).inspect(|count| max = *count),
            Some(_) => number::integer(value),
            None => None,
        };
        if read.is_none() {
            let word = String::from_utf8_lossy(&word);
            let message = format!("invalid \"{name}\" parameter \"{word}\"");
            return Some(Fault::value(index, Expected::OneOf(known), message));
        }
    }
    (!is_off && max == 0)
        .then(|| Fault::value(0, Expected::What("`max=number`"), format!("\"{name}\" {lack}")))
}
