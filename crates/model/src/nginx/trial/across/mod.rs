//! What several directives say together. Each check hears of the directives that it names, in reading order, and
//! of the end of every block.

mod location;
mod package;
mod pass;
mod redirect;
mod referer;
pub(super) mod repeat;
mod root;
mod section;
mod store;

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
pub(super) fn checks<'a>(stack: &'a Stack) -> Vec<Box<dyn Check<'a> + 'a>> {
    vec![
        Box::new(root::Roots),
        Box::new(pass::Passes::default()),
        Box::new(redirect::Redirects),
        Box::new(store::Stores),
        Box::new(repeat::Lists),
        Box::new(referer::Referers::default()),
        Box::new(location::Locations),
        Box::new(section::Sections::default()),
        Box::new(package::Packages::new(stack)),
    ]
}
