//! How much a pool may take of the machine.

use super::{Master, PhpSetting, Pool, Setting};

/// The memory that a pool's processes may take when each reaches its limit.
#[derive(Clone, Debug)]
pub struct Memory<'a> {
    /// `pm.max_children`.
    pub children: u32,
    /// Where that is set.
    pub by: &'a Setting,
    /// `memory_limit`, in bytes; `None` where there is none (`-1`).
    pub limit: Option<u64>,
    /// The same as PHP has it, with its place.
    pub setting: PhpSetting,
}

impl Memory<'_> {
    /// All processes together, in bytes; `None` where nothing limits them.
    pub fn total(&self) -> Option<u64> {
        Some(self.limit?.saturating_mul(self.children.into()))
    }
}

impl Master {
    /// What the processes of `pool` may take; `None` where their number or their limit is not known.
    pub fn memory<'a>(&self, pool: &'a Pool) -> Option<Memory<'a>> {
        let (children, by) = pool.max_children()?;
        let setting = self.php(pool, "memory_limit");
        let limit = setting.quantity()?;
        Some(Memory { children, by, limit: u64::try_from(limit).ok(), setting })
    }
}
