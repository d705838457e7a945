//! What a project says to gatelint: its settings and its ignore comments.

pub(crate) mod invalid_setting;
pub(crate) mod unknown_ignore;
pub(crate) mod unknown_setting;
pub(crate) mod unused_ignore;
