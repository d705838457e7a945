//! What of a gatelint.toml is not understood.

use gatelint_syntax::Span;

/// One mistake in a gatelint.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place.
    pub span: Span,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// It is no TOML, in the parser's words.
    Syntax(String),
    /// A key that gatelint does not know.
    UnknownKey {
        /// The key.
        key: String,
        /// The table that it stands in; empty at the top.
        table: String,
        /// The closest key that exists there.
        nearest: Option<String>,
    },
    /// A name of no rule.
    UnknownRule {
        /// The name.
        name: String,
        /// The closest name of a rule.
        nearest: Option<String>,
    },
    /// A value that is none for its key.
    WrongValue {
        /// The key.
        key: String,
        /// What is expected.
        expected: String,
    },
    /// A key that must be there and is not.
    MissingKey {
        /// The key.
        key: String,
    },
}
