//! The places of a configuration by context and by name.

use gatelint_catalog::nginx::Name;

use super::{ContextId, NameId, Nginx, PlaceId};

/// Puts the words of all files side by side, and tells each place where its own are.
fn lay_words(nginx: &mut Nginx) {
    let mut starts = Vec::with_capacity(nginx.parsed.len());
    for parsed in &nginx.parsed {
        starts.push(nginx.words.len());
        nginx
            .words
            .extend_from_slice(parsed.as_ref().map(|parsed| parsed.tree.all_words()).unwrap_or_default());
    }
    for place in &mut nginx.places {
        let file = place.file.0 as usize;
        let tree = nginx.parsed.get(file).and_then(Option::as_ref).map(|parsed| &parsed.tree);
        if let Some((start, range)) = starts.get(file).zip(tree.map(|tree| tree.word_range(place.node))) {
            place.words = ((start + range.start) as u32, range.len() as u32);
        }
    }
}

/// Groups the places by context and by name.
pub(super) fn index(nginx: &mut Nginx) {
    lay_words(nginx);
    let contexts = nginx.contexts.len();
    let mut own: Vec<u32> = vec![0; contexts + 1];
    let mut blocks: Vec<u32> = vec![0; contexts + 1];
    let mut named: Vec<u32> = vec![0; Name::count() + 2];
    let bump = |counts: &mut [u32], index: usize| {
        if let Some(count) = counts.get_mut(index + 1) {
            *count += 1;
        }
    };
    for place in &nginx.places {
        let counts = if place.opens.is_some() { &mut blocks } else { &mut own };
        bump(counts, place.context.0 as usize);
        bump(&mut named, place.name.0 as usize);
    }
    for counts in [&mut own, &mut blocks, &mut named] {
        let mut sum = 0;
        for count in counts.iter_mut() {
            sum += *count;
            *count = sum;
        }
    }
    let range = |starts: &[u32], index: usize| {
        (starts.get(index).copied().unwrap_or(0), starts.get(index + 1).copied().unwrap_or(0))
    };
    for (index, context) in nginx.contexts.iter_mut().enumerate() {
        context.own = range(&own, index);
        context.blocks = range(&blocks, index);
    }
    nginx.own = vec![(NameId::unknown(), PlaceId(0)); own.last().copied().unwrap_or(0) as usize];
    nginx.blocks = vec![ContextId(0); blocks.last().copied().unwrap_or(0) as usize];
    nginx.by_name = vec![PlaceId(0); nginx.places.len()];
    nginx.by_name_start = named.clone();
    for (index, place) in nginx.places.iter().enumerate() {
        let id = PlaceId(index as u32);
        match place.opens {
            Some(opens) => put(&mut nginx.blocks, &mut blocks, place.context.0, opens),
            None => put(&mut nginx.own, &mut own, place.context.0, (place.name, id)),
        }
        put(&mut nginx.by_name, &mut named, place.name.0, id);
    }
    for context in &nginx.contexts {
        if let Some(own) = nginx.own.get_mut(context.own.0 as usize..context.own.1 as usize) {
            // The identity is the reading order.
            own.sort_unstable();
        }
    }
}

/// Puts `value` at the next free slot of its group.
fn put<T>(values: &mut [T], starts: &mut [u32], group: u32, value: T) {
    if let Some(start) = starts.get_mut(group as usize) {
        if let Some(slot) = values.get_mut(*start as usize) {
            *slot = value;
        }
        *start += 1;
    }
}
