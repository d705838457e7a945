//! The only door to the file system.

mod mapped;
mod memo;
mod memory;
mod overlay;
mod probe;
mod rooted;
mod walk;

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

pub use mapped::Mapped;
pub use memo::{Memo, Memoized};
pub use memory::Memory;
pub use overlay::{Overlay, without_links};
pub use probe::{NodeKind, Probe, Stat};
pub use rooted::Rooted;
pub use walk::Walk;

/// The largest file that is read, in bytes.
pub const MAX_FILE_SIZE: u64 = 128 << 20;

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReadError {
    /// Nothing has this name.
    NotFound,
    /// A directory, a socket, a device: anything but a regular file.
    NotAFile,
    /// Larger than [`MAX_FILE_SIZE`].
    TooLarge,
    /// No permission.
    Denied,
    /// Anything else, in the system's words.
    Other(String),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such file"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::TooLarge => write!(f, "larger than {} MiB", MAX_FILE_SIZE >> 20),
            Self::Denied => f.write_str("permission denied"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::IsADirectory => Self::NotAFile,
            _ => Self::Other(error.to_string()),
        }
    }
}

/// What a name stands for, links followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Anything else that exists.
    Other,
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The absolute path within the tree.
    pub path: PathBuf,
    /// What it is, links not followed: a link is [`Kind::Other`].
    pub kind: Kind,
}

/// A tree of files in which every path is absolute and nothing outside can be reached.
///
/// Links are followed as in a chroot: the target of an absolute link starts at the root of the tree, and `..`
/// at the root stays there.
pub trait Files {
    /// The bytes of a regular file.
    ///
    /// # Errors
    /// When there is no such file, or it may not or cannot be read; see [`ReadError`].
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError>;

    /// What `path` is, links followed; `None` where nothing is there.
    fn kind(&self, path: &Path) -> Option<Kind>;

    /// The names in a directory, sorted by byte value.
    ///
    /// # Errors
    /// When there is no such directory, or it may not be listed.
    fn try_list(&self, dir: &Path) -> Result<Vec<Entry>, ReadError>;

    /// As [`Files::try_list`]; empty where it cannot be listed.
    fn list(&self, dir: &Path) -> Vec<Entry> {
        self.try_list(dir).unwrap_or_default()
    }

    /// What the symbolic link at `path` says, or `None` where it is not a link.
    fn read_link(&self, path: &Path) -> Option<PathBuf>;

    /// Where what is at `path` lies, where that is another path of the tree: by a mapping, not by a link.
    fn lies_at(&self, _path: &Path) -> Option<PathBuf> {
        None
    }

    /// All regular files below a directory, links not followed, directories of version control and of
    /// dependencies (`.git`, `node_modules`, `vendor`) left out, in sorted order. Looks at `limit` names at
    /// most, those near the top first.
    fn walk(&self, dir: &Path, limit: usize) -> Walk {
        walk::walk(self, dir, limit)
    }
}

impl<F: Files + ?Sized> Files for &F {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        (**self).read(path)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        (**self).kind(path)
    }

    fn try_list(&self, dir: &Path) -> Result<Vec<Entry>, ReadError> {
        (**self).try_list(dir)
    }

    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        (**self).read_link(path)
    }

    fn lies_at(&self, path: &Path) -> Option<PathBuf> {
        (**self).lies_at(path)
    }

    fn walk(&self, dir: &Path, limit: usize) -> Walk {
        (**self).walk(dir, limit)
    }
}

/// A file that a configuration includes.
#[derive(Debug)]
pub struct Included {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where it lies, where the name that it was asked by does not lead there from outside the tree.
    pub lies_at: Option<PathBuf>,
    /// Whether it is a mapping that leads there, and no link: outside, that name means nothing at all.
    pub is_mapped: bool,
}

/// Reads a file that a configuration includes; `kind` as its directory lists it. Where git keeps no links
/// (`core.symlinks` off) one lies in the work tree as a file that holds nothing but its target: it is followed like
/// the link that it stands for.
///
/// # Errors
/// As [`Files::read`], for the file or for what it stands for.
pub fn read_included(files: &dyn Files, path: &Path, kind: Kind) -> Result<Included, ReadError> {
    let is_absolute = |link: &Path| files.read_link(link).is_some_and(|target| target.has_root());
    let mut lies_at = if kind == Kind::Other && is_absolute(path) { link_target(files, path) } else { None };
    let mapped = |path: PathBuf| files.lies_at(&path).unwrap_or(path);
    let is_mapped = files.lies_at(path).is_some();
    lies_at = lies_at.map(mapped).or_else(|| files.lies_at(path));
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let bytes = files.read(&path)?;
        match (link_text(&bytes), path.parent()) {
            (Some(target), Some(dir)) => path = dir.join(target),
            _ => return Ok(Included { bytes, lies_at, is_mapped }),
        }
        lies_at = Some(mapped(normal(&path)));
    }
    Err(ReadError::NotFound)
}

/// Where the symbolic link at `link` leads, other links on the way not looked at; `None` where it is not a link.
pub fn link_target(files: &dyn Files, link: &Path) -> Option<PathBuf> {
    Some(normal(&link.parent()?.join(files.read_link(link)?)))
}

/// An absolute path without `.` and `..`, links on the way not looked at.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::Normal(name) => out.push(name),
            _ => {}
        }
    }
    out
}

/// The target of a link that lies in the work tree as a file.
fn link_text(bytes: &[u8]) -> Option<&Path> {
    let is_path = [&b"/"[..], b"./", b"../"].iter().any(|start| bytes.starts_with(start));
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b";{}\"'\\$#".contains(byte);
    (is_path && bytes.len() < 4096 && bytes.iter().all(is_plain)).then(|| Path::new(OsStr::from_bytes(bytes)))
}

/// How many links one path may lead through, as in Linux.
const MAX_LINKS: u32 = 40;
