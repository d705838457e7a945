//! A tree of which some directories stand in for others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Entry, Files, Kind, ReadError, Walk, walk};

/// A tree in which directories of a repository are also where they lie on the host. What is not mapped, or not there
/// under its mapping, is where it is.
#[derive(Debug)]
pub struct Mapped<F> {
    inner: F,
    /// Where a directory lies in the tree, and where it is to be on the host.
    maps: Vec<(PathBuf, PathBuf)>,
}

impl<F: Files> Mapped<F> {
    /// Makes each first directory of `maps` also the second one; both are absolute paths within the tree.
    pub fn new(inner: F, mut maps: Vec<(PathBuf, PathBuf)>) -> Self {
        // The innermost directory counts.
        maps.sort_by_key(|(_, to)| std::cmp::Reverse(to.components().count()));
        Self { inner, maps }
    }

    /// Where `path` lies, where a mapping says so and something is there.
    fn place(&self, path: &Path) -> Option<PathBuf> {
        let mut places = self.maps.iter().filter_map(|(from, to)| {
            let rest = path.strip_prefix(to).ok()?;
            Some(if rest.as_os_str().is_empty() { from.clone() } else { from.join(rest) })
        });
        places.find(|place| self.inner.kind(place).is_some() || self.inner.read_link(place).is_some())
    }

    fn real(&self, path: &Path) -> PathBuf {
        self.place(path).unwrap_or_else(|| path.to_path_buf())
    }

    /// The names that mappings put into a directory.
    fn made(&self, dir: &Path) -> BTreeSet<PathBuf> {
        let below = self.maps.iter().filter_map(|(_, to)| to.strip_prefix(dir).ok()?.components().next());
        below.map(|name| dir.join(name)).collect()
    }
}

impl<F: Files> Files for Mapped<F> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.inner.read(&self.real(path))
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        let is_made = || self.maps.iter().any(|(_, to)| to.starts_with(path)).then_some(Kind::Directory);
        self.inner.kind(&self.real(path)).or_else(is_made)
    }

    fn try_list(&self, dir: &Path) -> Result<Vec<Entry>, ReadError> {
        let real = self.real(dir);
        let made = self.made(dir);
        let mut entries = match self.inner.try_list(&real) {
            Err(ReadError::NotFound) if !made.is_empty() => Vec::new(),
            listed => listed?,
        };
        if real != dir {
            for entry in &mut entries {
                entry.path = dir.join(entry.path.file_name().unwrap_or_default());
            }
        }
        entries.retain(|entry| !made.contains(&entry.path));
        entries.extend(made.into_iter().map(|path| Entry { path, kind: Kind::Directory }));
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        self.inner.read_link(&self.real(path))
    }

    fn lies_at(&self, path: &Path) -> Option<PathBuf> {
        self.place(path)
    }

    fn walk(&self, dir: &Path, limit: usize) -> Walk {
        // A mapped directory is met where it lies.
        if self.place(dir).is_some() { walk::walk(self, dir, limit) } else { self.inner.walk(dir, limit) }
    }
}
