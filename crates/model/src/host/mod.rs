//! What the tree says about the machine: users, groups, names.

use crate::{Files, Sources};

/// Facts of the machine; each is optional.
#[derive(Debug, Default)]
pub struct Host {}

impl Host {
    pub(crate) fn load(_files: &dyn Files, _sources: &mut Sources) -> Self {
        Self::default()
    }
}
