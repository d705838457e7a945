//! Shared memory and threads: `zone` of `src/http/modules/ngx_http_upstream_zone_module.c`, the caches of
//! `src/http/modules/ngx_http_ssl_module.c`, `src/core/ngx_thread_pool.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::{ContextKind, number};

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("zone", upstream),
    ("ssl_session_cache", ssl_sessions),
    ("ssl_ocsp_cache", ssl_ocsp),
    ("thread_pool", thread_pool),
    ("aio", aio),
];

/// The smallest memory page there is, in bytes.
pub(super) const PAGE: u64 = 4096;

/// What `zone=` and its like take.
pub(super) const NAME_AND_SIZE: Expected = Expected::What("a name, `:` and a size such as `10m`");

/// The size behind the first `:`, in bytes.
pub(super) fn size_of(value: &[u8]) -> Option<u64> {
    let at = memchr::memchr(b':', value)?;
    number::size(value.get(at + 1..)?)
}

/// A zone of less than eight pages.
pub(super) fn too_small(index: usize, message: String) -> Option<Fault> {
    Some(Fault::value(index, Expected::What("at least 32k"), message))
}

fn upstream(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let name = line.word(1)?;
    if name.is_empty() {
        return Some(Fault::value(1, Expected::What("a name"), "invalid zone name \"\""));
    }
    let size = line.word(2)?;
    match number::size(&size) {
        None => {
            let message = format!("invalid zone size \"{}\"", String::from_utf8_lossy(&size));
            Some(Fault::value(2, Expected::Size, message))
        }
        Some(size) if size < 8 * PAGE => {
            too_small(2, format!("zone \"{}\" is too small", String::from_utf8_lossy(&name)))
        }
        Some(_) => None,
    }
}

/// The name and the size of `shared:name:size`.
pub(in super::super) fn shared(word: &[u8]) -> Option<(&[u8], u64)> {
    let value = word.strip_prefix(b"shared:")?;
    let at = memchr::memchr(b':', value).filter(|at| *at > 0)?;
    Some((value.get(..at)?, number::size(value.get(at + 1..)?)?))
}

fn ssl_sessions(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let is_mail = matches!(line.kind, ContextKind::Mail | ContextKind::MailServer);
    line.words_from(1).find_map(|(index, word)| {
        let shown = String::from_utf8_lossy(&word);
        let size = shared(&word).map(|(_, size)| size);
        let builtin = word.strip_prefix(b"builtin:").filter(|count| !count.is_empty());
        let is_known = matches!(&*word, b"off" | b"none" | b"builtin")
            || builtin.is_some_and(|count| number::integer(count).is_some());
        match size {
            Some(size) if size < 8 * PAGE => {
                too_small(index, format!("session cache \"{shown}\" is too small"))
            }
            None if !is_known => {
                let cache = if is_mail {
                    "`off`, `none`, `builtin`, `builtin:size` or `shared:name:size`"
                } else {
                    "`off`, `none`, `builtin[:size]` or `shared:name:size`"
                };
                let message = format!("invalid session cache \"{shown}\"");
                Some(Fault::value(index, Expected::What(cache), message))
            }
            _ => None,
        }
    })
}

fn ssl_ocsp(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let shown = String::from_utf8_lossy(&word);
    match shared(&word) {
        _ if *word == *b"off" => None,
        None => {
            let cache = Expected::What("`off` or `shared:name:size`");
            Some(Fault::value(1, cache, format!("invalid OCSP cache \"{shown}\"")))
        }
        Some((_, size)) if size < 8 * PAGE => too_small(1, format!("OCSP cache \"{shown}\" is too small")),
        Some(_) => None,
    }
}

fn thread_pool(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let mut has_threads = false;
    for (index, word) in line.words_from(2) {
        let shown = String::from_utf8_lossy(&word);
        if let Some(threads) = word.strip_prefix(b"threads=") {
            if number::integer(threads).is_none_or(|threads| threads == 0) {
                let message = format!("invalid threads value \"{shown}\"");
                return Some(Fault::value(index, Expected::What("a number from 1 on"), message));
            }
            has_threads = true;
        } else if word.strip_prefix(b"max_queue=").is_some_and(|queue| number::integer(queue).is_none()) {
            let message = format!("invalid max_queue value \"{shown}\"");
            return Some(Fault::value(index, Expected::Number, message));
        }
    }
    (!has_threads).then(|| {
        let message = "\"thread_pool\" must have \"threads\" parameter";
        Fault::value(0, Expected::What("`threads=number`"), message)
    })
}

fn aio(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_known = matches!(&*word, b"on" | b"off" | b"threads") || word.starts_with(b"threads=");
    (!is_known).then(|| {
        Fault::returned("aio", "invalid value", 1, Expected::OneOf(&["on", "off", "threads", "threads="]))
    })
}
