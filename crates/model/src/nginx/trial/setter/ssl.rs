//! TLS: `src/http/modules/ngx_http_ssl_module.c` and its like in stream and mail.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("ssl_session_cache", session_cache), ("ssl_ocsp_cache", ocsp_cache), ("ssl_alpn", alpn)];

/// The least size of shared memory: 8 pages.
const LEAST: u64 = 8 * 4096;

/// What nginx makes of `name:size`, after `shared:`.
enum Shared {
    Valid,
    Invalid,
    TooSmall,
}

fn shared(text: &[u8]) -> Shared {
    let colon = memchr::memchr(b':', text);
    let size = colon.filter(|&at| at > 0).and_then(|at| number::size(text.get(at + 1..)?));
    match size {
        None => Shared::Invalid,
        Some(size) if size < LEAST => Shared::TooSmall,
        Some(_) => Shared::Valid,
    }
}

fn session_cache(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    line.words_from(1).find_map(|(index, word)| {
        let found = match &*word {
            b"off" | b"none" | b"builtin" => Shared::Valid,
            word => match (word.strip_prefix(b"builtin:"), word.strip_prefix(b"shared:")) {
                (Some(count), _) if number::integer(count).is_some() => Shared::Valid,
                (_, Some(zone)) => shared(zone),
                _ => Shared::Invalid,
            },
        };
        let shown = String::from_utf8_lossy(&word);
        let message = match found {
            Shared::Valid => return None,
            Shared::Invalid => format!("invalid session cache \"{shown}\""),
            Shared::TooSmall => format!("session cache \"{shown}\" is too small"),
        };
        let expected = Expected::What("`off`, `none`, `builtin`, or `shared:name:size` of at least `32k`");
        Some(Fault::value(index, expected, message))
    })
}

fn ocsp_cache(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let found = match &*word {
        b"off" => Shared::Valid,
        word => word.strip_prefix(b"shared:").map_or(Shared::Invalid, shared),
    };
    let shown = String::from_utf8_lossy(&word);
    let message = match found {
        Shared::Valid => return None,
        Shared::Invalid => format!("invalid OCSP cache \"{shown}\""),
        Shared::TooSmall => format!("OCSP cache \"{shown}\" is too small"),
    };
    Some(Fault::value(1, Expected::What("`off`, or `shared:name:size` of at least `32k`"), message))
}

fn alpn(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let (index, _) = line.words_from(1).find(|(_, word)| word.len() > 255)?;
    let expected = Expected::What("names of at most 255 bytes");
    Some(Fault::returned(directive.name, "protocol too long", index, expected))
}
