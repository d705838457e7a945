//! Regular expressions, as `ngx_regex_compile()` of `src/core/ngx_regex.c` has PCRE2 compile them.

use std::cell::RefCell;
use std::rc::Rc;

use gatelint_catalog::nginx::Directive;
use pcre2::bytes::RegexBuilder;
use rustc_hash::FxHashMap;

use super::super::line::Line;
use super::super::{Defect, Expected, Fault};
use super::Setter;
use crate::Target;

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("fastcgi_split_path_info", fastcgi_split_path_info), ("gzip_disable", gzip_disable)];

/// The most patterns that are kept; the sites of a host share few.
const MAX_KEPT: usize = 4096;

/// The longest pattern that is compiled; nginx reads no longer word.
const MAX_LENGTH: usize = 4096;

/// nginx is built with PCRE2 since this release.
const PCRE2_SINCE: (u16, u16, u16) = (1, 21, 5);

/// What PCRE took before PCRE2: an escape without meaning (103), an escape within brackets that stands for no
/// character there (107), a hyphen behind `\w` within brackets (150).
const NEW_IN_PCRE2: [i32; 3] = [103, 107, 150];

/// What only later releases of PCRE2 refuse: `\x` without digits (178), `\K` in an assertion (199).
const LATER: [i32; 2] = [178, 199];

/// `{,3}` and `{ 1 }` are quantifiers (109: misplaced) in later releases of PCRE2, and text in earlier ones.
fn is_later_quantifier(code: i32, pattern: &[u8]) -> bool {
    code == 109 && pattern.windows(2).any(|pair| matches!(pair, b"{," | b"{ "))
}

/// What releases of PCRE2 before 10.43 say in other words.
const EARLIER_WORDS: [(i32, &str); 1] = [(125, "lookbehind assertion is not fixed length")];

/// What became of a pattern.
#[derive(Clone, Debug)]
enum Compiled {
    /// It has this many captures.
    Captures(usize),
    /// PCRE2 refuses it.
    Refused { code: i32, message: Rc<str> },
    /// Not known.
    Unknown,
}

thread_local! {
    /// Each pattern compiled once: with case, and without.
    static KEPT: RefCell<FxHashMap<Vec<u8>, [Option<Compiled>; 2]>> = RefCell::default();
}

fn compiled(pattern: &[u8], no_case: bool) -> Compiled {
    KEPT.with_borrow_mut(|kept| {
        if let Some(Some(known)) = kept.get(pattern).and_then(|known| known.get(usize::from(no_case))) {
            return known.clone();
        }
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        let compiled = compile(pattern, no_case);
        if let Some(slot) = kept.entry(pattern.to_vec()).or_default().get_mut(usize::from(no_case)) {
            *slot = Some(compiled.clone());
        }
        compiled
    })
}

fn compile(pattern: &[u8], no_case: bool) -> Compiled {
    // nginx compiles bytes; the crate takes text only.
    let Some(text) = std::str::from_utf8(pattern).ok().filter(|text| text.len() <= MAX_LENGTH) else {
        return Compiled::Unknown;
    };
    let error = match RegexBuilder::new().caseless(no_case).build(text) {
        Ok(regex) => return Compiled::Captures(regex.captures_len().saturating_sub(1)),
        Err(error) => error,
    };
    let Some(offset) = error.offset() else { return Compiled::Unknown };
    let code = error.code();
    if LATER.contains(&code) || is_later_quantifier(code, pattern) {
        return Compiled::Unknown;
    }
    let shown = error.to_string();
    let own_words = shown.split_once(&format!(" at offset {offset}: ")).map_or("", |(_, words)| words);
    let words = EARLIER_WORDS.iter().find(|(known, _)| *known == code).map_or(own_words, |(_, words)| words);
    let mut message = format!("pcre2_compile() failed: {words} in \"{text}\"");
    if let Some(rest) = pattern.get(earlier_offset(code, offset, pattern)..).filter(|rest| !rest.is_empty()) {
        message.push_str(&format!(" at \"{}\"", String::from_utf8_lossy(rest)));
    }
    Compiled::Refused { code, message: message.into() }
}

/// Where releases of PCRE2 before 10.43 say that they stopped: at the hyphen of a bad range (150), within the
/// brackets of a bad POSIX class (130, 113).
fn earlier_offset(code: i32, offset: usize, pattern: &[u8]) -> usize {
    let before = pattern.get(..offset).unwrap_or_default();
    let opening = |pair: [u8; 2]| before.windows(2).rposition(|found| *found == pair);
    match code {
        150 if before.ends_with(b"-") => offset - 1,
        130 => opening(*b"[:").map_or(offset, |at| at + 2),
        113 => opening(*b"[.").or_else(|| opening(*b"[=")).unwrap_or(offset),
        _ => offset,
    }
}

/// What nginx says of a pattern that it cannot compile; `index`: the word that holds it.
pub(in super::super) fn judge(index: usize, pattern: &[u8], no_case: bool, target: &Target) -> Option<Fault> {
    let Compiled::Refused { code, message } = compiled(pattern, no_case) else { return None };
    let is_new = NEW_IN_PCRE2.contains(&code) && target.is_at_least(PCRE2_SINCE) != Some(true);
    (!is_new).then(|| Fault::new(Defect::Regex, index, &*message))
}

/// A word that is a pattern where it begins with `~`: what follows, and whether case is ignored for a `*`.
pub(super) fn marked(word: &[u8]) -> Option<(&[u8], bool)> {
    let pattern = word.strip_prefix(b"~")?;
    Some(pattern.strip_prefix(b"*").map_or((pattern, false), |pattern| (pattern, true)))
}

/// `src/http/modules/ngx_http_fastcgi_module.c`.
fn fastcgi_split_path_info(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let pattern = line.word(1)?;
    match compiled(&pattern, false) {
        Compiled::Captures(2) => None,
        Compiled::Captures(_) => {
            let message = format!("pattern \"{}\" must have 2 captures", String::from_utf8_lossy(&pattern));
            Some(Fault::value(1, Expected::What("a pattern with two captures"), message))
        }
        _ => judge(1, &pattern, false, &line.target),
    }
}

/// `ngx_http_gzip_disable()` of `src/http/ngx_http_core_module.c`.
fn gzip_disable(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    line.words_from(1).find_map(|(index, pattern)| judge(index, &pattern, true, &line.target))
}
