//! Names of files, seen from the outside.

use std::path::{Path, PathBuf};

use gatelint_model::{Origin, Source};

use crate::clean;

/// Where a world lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The directory of the world, relative to the root; empty where it is the root itself.
    pub within: PathBuf,
    /// The same directory, named so that it opens from the working directory; empty where it is that.
    pub from_here: PathBuf,
}

impl Place {
    /// The name of a path of the world relative to the root.
    pub fn name(&self, path: &Path) -> String {
        self.within.join(relative(path)).to_string_lossy().into_owned()
    }

    /// The name of a path of the world that opens from the working directory, safe to show.
    pub fn shown(&self, path: &Path) -> String {
        clean(&self.from_here.join(relative(path)).to_string_lossy()).into_owned()
    }

    /// As [`Place::shown`]; a text that gatelint brought along says so.
    pub fn shown_source(&self, source: &Source) -> String {
        match source.origin {
            Origin::Tree | Origin::Unreached => self.shown(source.file()),
            Origin::Stock => format!("{} (built in)", clean(&source.path.to_string_lossy())),
        }
    }
}

fn relative(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}
