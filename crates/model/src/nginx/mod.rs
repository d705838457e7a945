//! nginx: the context tree after includes, and the questions that rules ask of it.

mod context;

pub use context::ContextKind;

use crate::stack::NginxRoot;
use crate::{Files, Problem, Sources};

/// Every nginx configuration of the tree.
#[derive(Debug, Default)]
pub struct Nginx {}

impl Nginx {
    pub(crate) fn load(
        _files: &dyn Files,
        _sources: &mut Sources,
        _problems: &mut Vec<Problem>,
        _roots: &[NginxRoot],
    ) -> Self {
        Self::default()
    }
}
