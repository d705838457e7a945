//! Texts laid over a tree: what an editor holds, what a fix would write.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::memory::steps;
use super::{Entry, Files, Kind, MAX_LINKS, ReadError, Walk};

/// Another tree, with other texts for some of its files, and files that it does not have.
///
/// A text holds for its file under every name: one that is laid over a link is that of the file to which the link
/// leads. What leads where is looked up once, so an overlay lives no longer than one reading of the tree.
pub struct Overlay<'a> {
    below: &'a dyn Files,
    /// By the path without links.
    texts: BTreeMap<PathBuf, &'a [u8]>,
    /// Directories, and what they are without links.
    dirs: Mutex<HashMap<PathBuf, PathBuf>>,
}

impl<'a> Overlay<'a> {
    /// Lays texts over `below`; their paths are absolute within it.
    pub fn new<P: AsRef<Path>>(below: &'a dyn Files, texts: impl IntoIterator<Item = (P, &'a [u8])>) -> Self {
        let mut overlay = Self { below, texts: BTreeMap::new(), dirs: Mutex::default() };
        for (path, text) in texts {
            let real = overlay.real(path.as_ref());
            overlay.texts.insert(real, text);
        }
        overlay
    }

    /// The path without links; parts that are not there stay as they are.
    fn real(&self, path: &Path) -> PathBuf {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
            return without_links(self.below, path);
        };
        let known = self.dirs.lock().unwrap_or_else(PoisonError::into_inner).get(dir).cloned();
        let real = known.unwrap_or_else(|| {
            let real = without_links(self.below, dir);
            let mut dirs = self.dirs.lock().unwrap_or_else(PoisonError::into_inner);
            dirs.insert(dir.to_path_buf(), real.clone());
            real
        });
        let path = real.join(name);
        if self.below.read_link(&path).is_some() { without_links(self.below, &path) } else { path }
    }

    /// The first step below `dir` to each text there, and whether more steps follow.
    fn added(&self, dir: &Path) -> impl Iterator<Item = (&OsStr, bool)> {
        let inside = self.texts.keys().filter_map({
            let dir = dir.to_path_buf();
            move |path| path.strip_prefix(&dir).ok()
        });
        inside.filter_map(|inside| {
            let mut steps = inside.iter();
            steps.next().map(|first| (first, steps.next().is_some()))
        })
    }
}

/// The path by which a file is reached without following a link; parts that are not there stay as they are.
pub fn without_links(files: &dyn Files, path: &Path) -> PathBuf {
    let mut at = PathBuf::from("/");
    let mut pending = steps(path);
    let mut links = 0;
    while let Some(step) = pending.pop_front() {
        if step == ".." {
            at.pop();
            continue;
        }
        at.push(&step);
        let Some(target) = files.read_link(&at).filter(|_| links < MAX_LINKS) else { continue };
        links += 1;
        at.pop();
        if target.has_root() {
            at = PathBuf::from("/");
        }
        let mut steps: VecDeque<_> = steps(&target);
        steps.append(&mut pending);
        pending = steps;
    }
    at
}

impl Files for Overlay<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        match self.texts.get(&self.real(path)) {
            Some(text) => Ok(text.to_vec()),
            None => self.below.read(path),
        }
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        self.below.kind(path).or_else(|| {
            let real = self.real(path);
            let is_above = self.texts.keys().any(|text| *text != real && text.starts_with(&real));
            let is_text = self.texts.contains_key(&real);
            if is_text { Some(Kind::File) } else { is_above.then_some(Kind::Directory) }
        })
    }

    fn try_list(&self, dir: &Path) -> Result<Vec<Entry>, ReadError> {
        let listed = self.below.try_list(dir);
        let real = self.real(dir);
        let mut added = self.added(&real).peekable();
        if added.peek().is_none() || matches!(listed, Err(ReadError::Denied)) {
            return listed;
        }
        let mut entries = listed.unwrap_or_default();
        let mut by_name: BTreeMap<PathBuf, Kind> =
            entries.drain(..).map(|entry| (entry.path, entry.kind)).collect();
        for (name, is_above) in added {
            let kind = if is_above { Kind::Directory } else { Kind::File };
            by_name.entry(dir.join(name)).or_insert(kind);
        }
        entries.extend(by_name.into_iter().map(|(path, kind)| Entry { path, kind }));
        entries.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        self.below.read_link(path)
    }

    fn walk(&self, dir: &Path, limit: usize) -> Walk {
        let mut walk = self.below.walk(dir, limit);
        let real = self.real(dir);
        let inside = self.texts.keys().filter_map(|path| path.strip_prefix(&real).ok());
        let inside: Vec<PathBuf> = inside.map(|inside| dir.join(inside)).collect();
        walk.files.extend(inside);
        walk.files.sort();
        walk.files.dedup();
        walk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    fn below() -> Memory {
        let mut below = Memory::new([("/etc/a", "a"), ("/etc/sites/b", "b")]);
        below.link("/etc/on/b", "../sites/b");
        below.link("/abs", "/etc/sites");
        below.link("/loop", "/loop");
        below
    }

    #[test]
    fn a_text_holds_under_every_name_of_its_file() {
        let below = below();
        let overlay = Overlay::new(&below, [("/etc/on/b", &b"new"[..])]);
        for name in ["/etc/on/b", "/etc/sites/b", "/abs/b", "/etc/on/../sites/b"] {
            assert_eq!(overlay.read(Path::new(name)).unwrap(), b"new", "{name}");
        }
        assert_eq!(overlay.read(Path::new("/etc/a")).unwrap(), b"a");
        assert_eq!(overlay.read_link(Path::new("/etc/on/b")), Some("../sites/b".into()));
        assert!(overlay.read(Path::new("/loop")).is_err());
    }

    #[test]
    fn a_text_may_be_new() {
        let below = below();
        let overlay = Overlay::new(&below, [("/etc/sites/c", &b"c"[..]), ("/new/dir/d", b"d")]);
        let names = |dir: &str| -> Vec<_> {
            overlay.list(Path::new(dir)).into_iter().map(|entry| entry.path).collect()
        };
        assert_eq!(names("/abs"), [PathBuf::from("/abs/b"), "/abs/c".into()]);
        assert_eq!(names("/new"), [PathBuf::from("/new/dir")]);
        assert_eq!(overlay.kind(Path::new("/new/dir")), Some(Kind::Directory));
        assert_eq!(overlay.kind(Path::new("/abs/c")), Some(Kind::File));
        assert_eq!(overlay.kind(Path::new("/none")), None);
        assert!(overlay.try_list(Path::new("/none")).is_err());
        let walk = overlay.walk(Path::new("/"), 100);
        let is_there = |name: &str| walk.files.iter().any(|path| path == Path::new(name));
        assert!(is_there("/etc/sites/c") && is_there("/new/dir/d") && is_there("/etc/a"));
    }
}
