//! Regular expressions: `ngx_regex_compile()` of `src/core/ngx_regex.c`.

use pcre2::bytes::RegexBuilder;

use super::super::{Defect, Fault};

/// What PCRE refuses in a pattern that begins in this word.
pub(in super::super) fn judge(word: usize, pattern: &[u8], caseless: bool) -> Option<Fault> {
    let text = std::str::from_utf8(pattern).ok()?;
    let error = RegexBuilder::new().caseless(caseless).build(text).err()?;
    let offset = error.offset()?;
    let full = error.to_string();
    let (_, reason) = full.split_once(&format!("offset {offset}: "))?;
    let tail = text.get(offset..).filter(|tail| !tail.is_empty());
    let at = tail.map(|tail| format!(" at \"{tail}\"")).unwrap_or_default();
    Some(Fault::new(Defect::Regex, word, format!("pcre2_compile() failed: {reason} in \"{text}\"{at}")))
}
