//! A tree in memory, for tests and for the pages of rules.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use super::{Entry, Files, Kind, MAX_LINKS, ReadError};

/// A tree in memory. Directories are there when something lies in them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    nodes: BTreeMap<PathBuf, Node>,
}

#[derive(Clone, Debug)]
enum Node {
    File(Vec<u8>),
    Link(PathBuf),
}

impl Memory {
    /// A tree of these files; a path may lack its leading `/`.
    pub fn new<P: AsRef<Path>, T: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, text);
        }
        tree
    }

    /// Adds a file, or replaces what was there.
    pub fn add(&mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) {
        self.nodes.insert(absolute(path.as_ref()), Node::File(text.into()));
    }

    /// Adds a symbolic link, or replaces what was there.
    pub fn link(&mut self, path: impl AsRef<Path>, target: impl Into<PathBuf>) {
        self.nodes.insert(absolute(path.as_ref()), Node::Link(target.into()));
    }

    /// The path without links; `None` where nothing is there.
    fn resolve(&self, path: &Path, follow_last: bool) -> Option<PathBuf> {
        let mut at = PathBuf::from("/");
        let mut pending: VecDeque<OsString> = steps(path);
        let mut links = 0;
        while let Some(step) = pending.pop_front() {
            if step == ".." {
                at.pop();
                continue;
            }
            let next = at.join(&step);
            match self.nodes.get(&next) {
                Some(Node::Link(target)) if follow_last || !pending.is_empty() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return None;
                    }
                    if target.has_root() {
                        at = PathBuf::from("/");
                    }
                    for step in steps(target).into_iter().rev() {
                        pending.push_front(step);
                    }
                }
                Some(_) if !pending.is_empty() => return None,
                Some(_) => at = next,
                None if self.is_dir(&next) => at = next,
                None => return None,
            }
        }
        Some(at)
    }

    fn below<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = (&'a PathBuf, &'a Node)> {
        let from = self.nodes.range(dir.to_path_buf()..);
        from.take_while(move |(path, _)| path.starts_with(dir)).filter(move |(path, _)| *path != dir)
    }

    fn is_dir(&self, path: &Path) -> bool {
        path == Path::new("/") || self.below(path).next().is_some()
    }
}

fn absolute(path: &Path) -> PathBuf {
    Path::new("/").join(path)
}

/// The names on the way, `..` among them.
pub(super) fn steps(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_os_string()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        })
        .collect()
}

impl Files for Memory {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let real = self.resolve(path, true).ok_or(ReadError::NotFound)?;
        match self.nodes.get(&real) {
            Some(Node::File(text)) => Ok(text.clone()),
            _ => Err(ReadError::NotAFile),
        }
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        let real = self.resolve(path, true)?;
        Some(if self.nodes.contains_key(&real) { Kind::File } else { Kind::Directory })
    }

    fn try_list(&self, dir: &Path) -> Result<Vec<Entry>, ReadError> {
        let real = self.resolve(dir, true).ok_or(ReadError::NotFound)?;
        let mut entries: Vec<Entry> = Vec::new();
        for (path, node) in self.below(&real) {
            let mut rest = path.strip_prefix(&real).unwrap_or(path).components();
            let Some(name) = rest.next() else { continue };
            let kind = match node {
                _ if rest.next().is_some() => Kind::Directory,
                Node::File(_) => Kind::File,
                Node::Link(_) => Kind::Other,
            };
            let path = dir.join(name);
            if entries.last().is_none_or(|last| last.path != path) {
                entries.push(Entry { path, kind });
            }
        }
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        match self.nodes.get(&self.resolve(path, false)?) {
            Some(Node::Link(target)) => Some(target.clone()),
            _ => None,
        }
    }
}
