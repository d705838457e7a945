//! Facts as data: what nginx and PHP know by name. Tables generated from `data/`; no logic.

pub mod fpm;
mod hash;
pub mod nginx;
pub mod php;
pub mod stock;
pub mod variable;
