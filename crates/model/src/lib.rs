//! Meaning: one cross-referenced model of nginx, PHP-FPM, PHP's settings and the host.
//!
//! The model answers questions; it never judges, phrases or ranks. Files are read only through [`Files`].

pub mod address;
pub mod compose;
mod derived;
pub mod discover;
pub mod files;
pub mod fpm;
pub mod host;
pub mod links;
pub mod nginx;
pub mod paths;
pub mod sources;
pub mod stack;
pub mod target;
pub mod template;
pub mod unreached;
pub mod value;
pub mod web;
pub mod world;

pub use address::{Address, HostName, normal_path};
pub use files::Files;
pub use sources::{Origin, Source, Sources};
pub use stack::{Options, Problem, Roots, Stack};
pub use target::{Flavour, Target};
pub use value::Value;
pub use web::Web;
