//! What is known of a value.

/// A value that the text determines fully, in part, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<T> {
    /// Exactly this.
    Known(T),
    /// One of these; never empty, never a single one.
    OneOf(Vec<T>),
    /// Made at run time, or by something that was not read.
    Unknown,
}

impl<T> Value<T> {
    /// The possible values, or `None` where they are not known.
    pub fn candidates(&self) -> Option<&[T]> {
        match self {
            Self::Known(one) => Some(std::slice::from_ref(one)),
            Self::OneOf(many) => Some(many),
            Self::Unknown => None,
        }
    }

    /// The value, where there is exactly one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(one) => Some(one),
            _ => None,
        }
    }
}
