//! Text to `(tree, errors)`: nginx's grammar and PHP's INI dialect.
//!
//! Parsing never fails and never guesses: any bytes give a tree that holds exactly what the program's own
//! reader would read, and the list of places where it would stop. No IO, no meaning.

pub mod ini;
pub mod lines;
pub mod nginx;
mod span;

pub use span::{FileId, Span, TextRange};
