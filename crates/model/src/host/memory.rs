//! How much memory a program may have.

use std::path::Path;

use super::Unit;
use crate::Files;

/// The memory of the machine in bytes: `MemTotal` of `/proc/meminfo`, which only the tree of a running host has.
pub(super) fn total(files: &dyn Files) -> Option<u64> {
    let text = files.read(Path::new("/proc/meminfo")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1 << 10)
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
