//! `src/http/modules/ngx_http_referer_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::{Setter, regex};

pub(super) const SETTERS: &[(&str, Setter)] = &[("valid_referers", valid_referers)];

/// The host of a referer that is neither a keyword nor a pattern: what stands before the first `/`.
pub(in super::super) fn host(word: &[u8]) -> Option<&[u8]> {
    if matches!(word, b"none" | b"blocked" | b"server_names" | [b'~', ..]) {
        return None;
    }
    word.split(|byte| *byte == b'/').next()
}

/// What `ngx_hash_add_key()` of `src/core/ngx_hash.c` takes: a name, `.name`, `*.name` or `name.*`.
fn is_host_name(host: &[u8]) -> bool {
    let stars = host.iter().filter(|byte| **byte == b'*').count();
    let has_gap = host.windows(2).any(|pair| pair == b"..");
    let is_wildcard = host.len() > 2 && (host.starts_with(b"*.") || host.ends_with(b".*"));
    let is_dotted = host.len() > 1 && host.starts_with(b".");
    stars <= 1 && !has_gap && (stars == 0 || is_wildcard || is_dotted)
}

fn valid_referers(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let expected = Expected::What("`none`, `blocked`, `server_names`, a host name or `~` and a pattern");
    line.words_from(1).find_map(|(index, word)| match &*word {
        b"" => Some(Fault::value(index, expected, "invalid referer \"\"")),
        b"~" => Some(Fault::value(index, expected, "empty regex in \"~\"")),
        [b'~', pattern @ ..] => regex::judge(index, pattern, true, &line.target),
        word => {
            let host = host(word).filter(|host| !is_host_name(host))?;
            let message = format!("invalid hostname or wildcard \"{}\"", String::from_utf8_lossy(host));
            Some(Fault::value(index, expected, message))
        }
    })
}
