//! The order in which nginx meets things.

use std::sync::OnceLock;

use gatelint_syntax::Span;

use super::Nginx;

/// The places of each file, the first time that it is read: a place and where its words end. Made when first asked.
#[derive(Debug, Default)]
pub(crate) struct ReadingOrder {
    by_file: OnceLock<Vec<Vec<(u32, u32)>>>,
}

impl Nginx {
    /// When nginx comes to a byte, as a number that grows while it reads, includes inline: the directive that it
    /// came to last, and whether the byte stands behind the end of that one's words. What stands behind the last
    /// directive of a main configuration comes after everything.
    pub fn reading_order(&self, at: Span) -> (usize, u32) {
        let by_file = self.order.by_file.get_or_init(|| self.places_by_file());
        let places = by_file.get(at.file.0 as usize).map(Vec::as_slice).unwrap_or_default();
        let next = places.partition_point(|(_, end)| *end < at.start);
        match places.get(next) {
            Some((place, end)) if *end == at.start => (*place as usize, 0),
            Some((place, _)) => ((*place as usize).saturating_sub(1), 1),
            None if self.roots.iter().any(|root| root.file == at.file) => (self.places.len(), 0),
            None => (places.last().map_or(self.places.len(), |(place, _)| *place as usize), 1),
        }
    }

    /// The configuration that reads a byte; of several the first. `None` for what nginx does not read.
    pub fn root_of(&self, at: Span) -> Option<usize> {
        let by_file = self.order.by_file.get_or_init(|| self.places_by_file());
        let (first, _) = by_file.get(at.file.0 as usize)?.first()?;
        let context = self.places.get(*first as usize)?.context;
        let outermost = std::iter::successors(Some(context), |id| self.context(*id)?.parent).last()?;
        self.roots.iter().position(|root| root.id == outermost)
    }

    fn places_by_file(&self) -> Vec<Vec<(u32, u32)>> {
        let mut by_file: Vec<Vec<(u32, u32)>> = vec![Vec::new(); self.parsed.len()];
        for (index, place) in self.places.iter().enumerate() {
            let node = self.tree(place.file).and_then(|tree| tree.node(place.node));
            if let (Some(node), Some(places)) = (node, by_file.get_mut(place.file.0 as usize)) {
                // Words end later and later, until the file is read again.
                if places.last().is_none_or(|(_, before)| *before < node.terminator()) {
                    places.push((index as u32, node.terminator()));
                }
            }
        }
        by_file
    }
}
