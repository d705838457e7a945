//! Findings by the place that causes them.

use gatelint_syntax::Span;
use rustc_hash::FxHashMap;

/// What was found at each place: the first of it, and how often. Places come in the order in which they came up.
pub(crate) struct ByPlace<T> {
    found: Vec<(T, usize)>,
    index: FxHashMap<Span, usize>,
}

impl<T> Default for ByPlace<T> {
    fn default() -> Self {
        Self { found: Vec::new(), index: FxHashMap::default() }
    }
}

impl<T> ByPlace<T> {
    /// Counts one more at `place`.
    pub(crate) fn add(&mut self, place: Span, what: T) {
        let at = *self.index.entry(place).or_insert(self.found.len());
        match self.found.get_mut(at) {
            Some((_, count)) => *count += 1,
            None => self.found.push((what, 1)),
        }
    }

    /// The first of each place.
    pub(crate) fn into_values(self) -> impl Iterator<Item = T> {
        self.found.into_iter().map(|(first, _)| first)
    }

    /// The first of each place, and how often there was one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&T, usize)> {
        self.found.iter().map(|(first, count)| (first, *count))
    }
}
