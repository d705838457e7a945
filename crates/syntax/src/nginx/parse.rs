//! From tokens to a tree.

use super::Tree;

/// Parses any bytes.
pub fn parse(_text: &[u8]) -> Tree {
    Tree::default()
}
