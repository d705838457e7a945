//! Regular expressions: `ngx_regex_compile()` of `src/core/ngx_regex.c`.

use super::super::Fault;

/// What PCRE refuses in a pattern, which is the word `index` or a part of it.
pub(super) fn judge(_index: usize, _pattern: &[u8], _is_caseless: bool) -> Option<Fault> {
    None
}
