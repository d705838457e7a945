//! The order in which nginx meets things.

use std::sync::OnceLock;

use gatelint_syntax::{FileId, Span};
use rustc_hash::FxHashMap;

use super::{Nginx, Place};

/// When the directives of each file are met, worked out when first asked.
#[derive(Debug, Default)]
pub(crate) struct Order(OnceLock<FxHashMap<FileId, Met>>);

/// The directives of one file.
#[derive(Debug, Default)]
struct Met {
    /// The end of a directive and its place, for those that end behind all that were met before.
    ends: Vec<(u32, usize)>,
    /// The last place.
    last: usize,
}

impl Nginx {
    /// When nginx comes to a byte, as a number that grows while it reads, includes inline. What stands behind
    /// the last directive of a main configuration comes after everything.
    pub fn reading_order(&self, at: Span) -> usize {
        let order = self.order.0.get_or_init(|| self.met());
        let Some(met) = order.get(&at.file) else { return self.places.len() };
        let next = met.ends.partition_point(|(end, _)| *end < at.start);
        match met.ends.get(next) {
            Some(&(_, place)) => place,
            None if self.roots.iter().any(|root| root.file == at.file) => self.places.len(),
            None => met.last,
        }
    }

    fn met(&self) -> FxHashMap<FileId, Met> {
        let mut order: FxHashMap<FileId, Met> = FxHashMap::default();
        for (index, place) in self.places.iter().enumerate() {
            let met = order.entry(place.file).or_default();
            met.last = index;
            if let Some(end) = self.terminator(place)
                && met.ends.last().is_none_or(|(before, _)| *before < end)
            {
                met.ends.push((end, index));
            }
        }
        order
    }

    fn terminator(&self, place: &Place) -> Option<u32> {
        Some(self.tree(place.file)?.node(place.node)?.terminator())
    }
}
