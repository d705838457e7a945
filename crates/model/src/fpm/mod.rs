//! PHP-FPM: masters, their pools, what the pools listen on, and PHP's settings.

use crate::stack::FpmRoot;
use crate::{Files, Options, Problem, Sources};

/// Every master of the tree.
#[derive(Debug, Default)]
pub struct Fpm {}

impl Fpm {
    pub(crate) fn load(
        _files: &dyn Files,
        _sources: &mut Sources,
        _problems: &mut Vec<Problem>,
        _roots: &[FpmRoot],
        _options: &Options,
    ) -> Self {
        Self::default()
    }
}
