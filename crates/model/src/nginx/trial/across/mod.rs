//! What several directives say together. Each check hears of the directives that it names, in reading order, and
//! of the end of every block.

mod bounds;
mod modules;
mod section;

use gatelint_catalog::nginx::Name;

use super::walk::Log;
use crate::Stack;
use crate::nginx::{Directive, Scope};

/// One such check, for one configuration.
pub(super) trait Check<'a> {
    /// The directives that it asks for.
    fn names(&self) -> &'static [&'static str];

    /// One of them; `name` may be what a misspelt name is meant to be.
    fn directive(&mut self, _name: Name, _directive: Directive<'a>, _log: &mut Log) {}

    /// A block (or the whole configuration) ends.
    fn leave(&mut self, _scope: Scope<'a>, _log: &mut Log) {}
}

/// All checks, in the order in which nginx comes to them at the end of a block; at most 32.
pub(super) fn checks<'a>(_stack: &'a Stack) -> Vec<Box<dyn Check<'a> + 'a>> {
    vec![
        Box::new(section::Sections::default()),
        Box::new(modules::Loads::default()),
        Box::new(modules::Pushes),
        Box::new(bounds::HeaderBuffers),
        Box::new(modules::SecureLinks::default()),
        Box::new(bounds::VariableTables),
    ]
}
