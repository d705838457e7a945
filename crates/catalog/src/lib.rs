//! Facts as data: what nginx and PHP know by name. Tables generated from `data/`; no logic.

pub mod nginx;
pub mod stock;
