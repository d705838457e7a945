//! What nginx's reader refuses, in its own words.

use crate::TextRange;

/// A place where nginx stops reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte at which nginx notices: it prints the line of this byte.
    pub at: u32,
    /// The bytes that show the mistake.
    pub range: TextRange,
    /// What it refuses.
    pub kind: SyntaxErrorKind,
}

/// The refusals of `ngx_conf_read_token()` and `ngx_conf_parse()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A byte where nothing of its kind may stand: `;` or `{` without words, `}` with words pending or
    /// without a block to close, anything glued to a closing quote.
    Unexpected(u8),
    /// The file ends inside a directive.
    EndInDirective,
    /// The file ends inside a block.
    EndInBlock,
    /// A quoted word that nginx's buffer of 4096 bytes cannot hold.
    TooLongQuoted(u8),
    /// A word or comment that nginx's buffer of 4096 bytes cannot hold; its first ten bytes.
    TooLong(Vec<u8>),
    /// Raw text (Lua) whose `}` is missing.
    EndInRaw,
    /// More directives than gatelint takes from one file; nginx has no such bound.
    TooManyDirectives,
    /// More errors than are worth listing; nginx stops at the first.
    TooManyErrors,
}

impl SyntaxErrorKind {
    /// What nginx prints, without the place.
    pub fn message(&self) -> String {
        match self {
            Self::Unexpected(byte) => format!("unexpected \"{}\"", char::from(*byte)),
            Self::EndInDirective => "unexpected end of file, expecting \";\" or \"}\"".into(),
            Self::EndInBlock => "unexpected end of file, expecting \"}\"".into(),
            Self::TooLongQuoted(quote) => {
                format!(
                    "too long parameter, probably missing terminating \"{}\" character",
                    char::from(*quote)
                )
            }
            Self::TooLong(start) => {
                format!("too long parameter \"{}...\" started", String::from_utf8_lossy(start))
            }
            Self::TooManyDirectives => "too many directives: reading stopped here".into(),
            Self::TooManyErrors => "too many errors: reading stopped here".into(),
            Self::EndInRaw => {
                "unexpected end of file, expecting terminating characters for lua code block".into()
            }
        }
    }
}
