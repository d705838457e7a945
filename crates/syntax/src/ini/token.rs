//! What the grammar is made of.

use crate::TextRange;

/// What the grammar is made of, under the names that its messages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    End,
    Section,
    Label,
    Offset,
    EndOfLine,
    True,
    False,
    Null,
    Raw,
    Constant,
    Number,
    String,
    Whitespace,
    DollarCurly,
    VarName,
    Quoted,
    /// A byte that stands for itself.
    Byte(u8),
}

impl Kind {
    /// The name in a message of the parser.
    pub(super) fn name(self) -> String {
        match self {
            Self::End => "end of file",
            Self::Section => "TC_SECTION",
            Self::Label => "TC_LABEL",
            Self::Offset => "TC_OFFSET",
            Self::EndOfLine => "END_OF_LINE",
            Self::True => "BOOL_TRUE",
            Self::False => "BOOL_FALSE",
            Self::Null => "NULL_NULL",
            Self::Raw => "TC_RAW",
            Self::Constant => "TC_CONSTANT",
            Self::Number => "TC_NUMBER",
            Self::String => "TC_STRING",
            Self::Whitespace => "TC_WHITESPACE",
            Self::DollarCurly => "TC_DOLLAR_CURLY",
            Self::VarName => "TC_VARNAME",
            Self::Quoted => "TC_QUOTED_STRING",
            Self::Byte(byte) => return format!("'{}'", char::from(byte)),
        }
        .into()
    }
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The bytes that carry its text: trimmed for names, without quotes for raw strings.
    pub(super) text: TextRange,
    /// All of its bytes but white space at the ends.
    pub(super) range: TextRange,
}
