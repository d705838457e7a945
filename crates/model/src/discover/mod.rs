//! From directories to roots: which files nginx and PHP-FPM start from.
//!
//! A machine's tree has its configuration in known places. A repository may have it anywhere: there every file
//! that could be configuration is told by its content, not only by its name.

mod classify;
mod fpm;
mod known;
mod load;
mod nginx;
mod projects;
mod search;
mod unreached;

pub use classify::{Class, classify, classify_template, is_binary};
pub use known::known;
pub use load::{Loaded, load};
pub use search::{search, search_in};

use std::path::PathBuf;

use crate::Roots;

/// Configurations that belong together: those of one host, one image or one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// The directory that plays `/` for them, as an absolute path within the tree that was searched.
    pub dir: PathBuf,
    /// Whether they lie where packages put them: then what no include takes is not in use.
    pub installed: bool,
    /// Main configurations, and fragments that certainly are read.
    pub roots: Roots,
    /// Fragments that a main configuration may include: only reading tells.
    pub fragments: Vec<Fragment>,
    /// Evident configuration that something else fills in before a program reads it.
    pub templates: Vec<Fragment>,
    /// Directories in known places that may not be listed.
    pub denied: Vec<PathBuf>,
    /// Compose files, as absolute paths within the world.
    pub compose: Vec<PathBuf>,
}

impl World {
    /// Whether nothing was found that can be read.
    pub fn is_empty(&self) -> bool {
        self.roots.nginx.is_empty()
            && self.roots.fpm.is_empty()
            && self.fragments.is_empty()
            && self.templates.is_empty()
    }
}

/// A file that is configuration by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The absolute path within the world.
    pub path: PathBuf,
    /// What it is.
    pub class: Class,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Sorted by directory; without those that hold nothing.
    pub worlds: Vec<World>,
    /// Whether everything was looked at; a search of a huge directory is cut short.
    pub complete: bool,
}

#[cfg(test)]
mod tests;
