//! The table of names: open addressing over a fixed number of slots, filled when the crate is built.
//!
//! A name is looked up several times for each directive of a configuration, so this hash takes eight bytes at a
//! time; nothing is stored under it that an input chooses.

/// The number of slots, a power of two: about a fifth are taken.
pub(crate) const SLOTS: usize = 8192;

/// A slot that nothing is in.
pub(crate) const EMPTY: u16 = u16::MAX;

/// Where the search for `name` starts; it goes on slot by slot up to an empty one.
#[inline]
pub(crate) fn slot(name: &[u8]) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = name.len() as u64;
    let mut rest = name;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        hash = (hash ^ u64::from_le_bytes(*chunk)).wrapping_mul(FACTOR);
        hash ^= hash >> 29;
        rest = tail;
    }
    let last = rest.iter().fold(0u64, |word, &byte| word << 8 | u64::from(byte));
    hash = (hash ^ last).wrapping_mul(FACTOR);
    (hash >> 40) as usize % SLOTS
}
