//! From the paths that somebody names, in a shell or in an editor, to the worlds that are read.

pub mod root;
pub mod settings;
pub mod world;
