//! Text with variables: `ngx_http_script_compile()` of `src/http/ngx_http_script.c`.

use super::{Defect, Expected, Fault};

/// What nginx refuses in the variables of a word.
pub(crate) fn judge(index: usize, word: &[u8]) -> Option<Fault> {
    let mut rest = word;
    while let Some(at) = memchr::memchr(b'$', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        let fault = |message: String| Some(Fault::new(Defect::Value(Expected::Variable), index, message));
        if matches!(rest.first(), Some(b'1'..=b'9')) {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let (inner, has_bracket) = match rest.strip_prefix(b"{") {
            Some(inner) => (inner, true),
            None => (rest, false),
        };
        let length = inner.iter().take_while(|byte| is_name(**byte)).count();
        let (name, after) = inner.split_at_checked(length).unwrap_or_default();
        if inner.is_empty() {
            return fault("invalid variable name".to_owned());
        }
        let after = match after.strip_prefix(b"}") {
            Some(after) if has_bracket => after,
            _ if has_bracket => {
                let name = String::from_utf8_lossy(name);
                return fault(format!("the closing bracket in \"{name}\" variable is missing"));
            }
            _ => after,
        };
        if name.is_empty() {
            return fault("invalid variable name".to_owned());
        }
        rest = after;
    }
    None
}

/// Whether a byte belongs to a variable's name.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
