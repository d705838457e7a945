//! Files that others bring in.

pub(crate) mod include_cycle;
pub(crate) mod unresolved_include;
