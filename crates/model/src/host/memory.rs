//! How much memory a program may have.

use super::kernel::read;
use super::{Facts, Unit, gather};
use crate::Files;

/// The memory in bytes: as it was recorded, a container's limit where there is one; else `/proc/meminfo`, which only the
/// tree of a running host has.
pub(super) fn total(files: &dyn Files, facts: Option<&Facts>) -> Option<u64> {
    let recorded = facts.and_then(|facts| match (facts.memory, facts.memory_limit) {
        (Some(all), Some(limit)) => Some(all.min(limit)),
        (all, limit) => all.or(limit),
    });
    recorded.or_else(|| gather::memory(&read(files, "/proc/meminfo")?))
}

impl Unit {
    /// `MemoryMax` in bytes: at it the kernel ends a process of the unit. `None`: no limit, or a share of the
    /// machine's memory.
    pub fn memory_max(&self) -> Option<u64> {
        let text = self.get("MemoryMax").or_else(|| self.get("MemoryLimit"))?;
        let (number, factor) = match text.char_indices().next_back()? {
            (at, 'K') => (text.get(..at)?, 1 << 10),
            (at, 'M') => (text.get(..at)?, 1 << 20),
            (at, 'G') => (text.get(..at)?, 1 << 30),
            (at, 'T') => (text.get(..at)?, 1 << 40),
            _ => (text, 1),
        };
        number.trim().parse::<u64>().ok()?.checked_mul(factor)
    }
}
