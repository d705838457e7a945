//! Facts as data.
