//! The order in which nginx meets things.

use gatelint_syntax::Span;

use super::{Nginx, Place};

impl Nginx {
    /// When nginx comes to a byte, as a number that grows while it reads, includes inline. What stands behind
    /// the last directive of a main configuration comes after everything.
    pub fn reading_order(&self, at: Span) -> usize {
        let of_file = || self.places.iter().enumerate().filter(|(_, place)| place.file == at.file);
        let next = of_file().find(|(_, place)| self.terminator(place).is_some_and(|end| end >= at.start));
        if let Some((index, _)) = next {
            return index;
        }
        if self.roots.iter().any(|root| root.file == at.file) {
            return self.places.len();
        }
        of_file().next_back().map_or(self.places.len(), |(index, _)| index)
    }

    fn terminator(&self, place: &Place) -> Option<u32> {
        Some(self.tree(place.file)?.node(place.node)?.terminator())
    }
}
