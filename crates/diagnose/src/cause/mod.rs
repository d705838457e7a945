//! From a line to the places that caused it.

mod ask;
mod finding;
mod place;

use gatelint_syntax::Span;

pub(crate) use ask::ask;
pub(crate) use finding::{Known, causes};

/// A place of the configuration, and what it has to do with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The place.
    pub at: Span,
    /// What it does, in one line.
    pub text: String,
    /// The rule that reports it too, where one does.
    pub rule: Option<&'static str>,
}

impl Cause {
    fn new(at: Span, text: impl Into<String>) -> Self {
        Self { at, text: text.into(), rule: None }
    }
}
