//! A directory that plays `/`.

mod probe;
mod steps;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::walk::walk_on_disk;
use super::{Entry, Files, Kind, MAX_FILE_SIZE, MAX_LINKS, ReadError, Walk};

/// A directory that plays `/`, like a chroot: whatever a path or a link says, nothing outside is opened.
///
/// The kernel resolves every path itself, below a directory that was opened once (`openat2` with
/// `RESOLVE_IN_ROOT`, Linux 5.6). Where it cannot, the steps are taken one by one, with the same result. No
/// path is ever compared with another, so nothing that changes meanwhile can lead outside.
#[derive(Debug)]
pub struct Rooted {
    root: OwnedFd,
    /// Where the root lies, for the search alone: it takes names, and what they name is opened below `root`.
    host: PathBuf,
    by_steps: AtomicBool,
}

/// How often a path is tried again that the kernel could not resolve safely because of a rename elsewhere.
const RETRIES: u32 = 64;

/// A directory with more names than this is listed in part.
const MAX_NAMES: usize = 1 << 20;

impl Rooted {
    /// Opens the directory that is to play `/`.
    ///
    /// # Errors
    /// When it is not there, is no directory, or may not be opened.
    pub fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self {
            root: rustix::fs::openat(CWD, root, flags, Mode::empty())?,
            host: root.to_path_buf(),
            by_steps: AtomicBool::new(false),
        })
    }

    /// A directory of this tree as a tree of its own.
    ///
    /// # Errors
    /// As [`Rooted::open`].
    pub fn subtree(&self, dir: &Path) -> io::Result<Self> {
        let root = self.open_at(dir, OFlags::PATH | OFlags::DIRECTORY)?;
        let host = self.host.join(dir.strip_prefix("/").unwrap_or(dir));
        Ok(Self { root, host, by_steps: AtomicBool::new(self.by_steps.load(Ordering::Relaxed)) })
    }

    /// What `path` is, links followed, and whether it may be read or listed.
    ///
    /// # Errors
    /// When nothing is there, or it may not be opened.
    pub fn find(&self, path: &Path) -> Result<Kind, ReadError> {
        let found = self.open_at(path, OFlags::PATH).and_then(|file| kind_of_file(&file));
        let kind = found.map_err(io::Error::from)?;
        if kind != Kind::Other {
            self.open_at(path, OFlags::RDONLY | OFlags::NONBLOCK).map_err(io::Error::from)?;
        }
        Ok(kind)
    }

    /// The directory that holds the file at `path`, links followed, and the name of the file in it: what a writer
    /// needs that is to stay in the root.
    ///
    /// # Errors
    /// When the directory is not there or may not be listed, or links go round in a circle.
    pub fn locate(&self, path: &Path) -> io::Result<(OwnedFd, OsString)> {
        let mut path = path.to_path_buf();
        for _ in 0..MAX_LINKS {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { break };
            let dir = self.open_at(parent, OFlags::RDONLY | OFlags::DIRECTORY)?;
            match rustix::fs::readlinkat(&dir, name, Vec::new()) {
                Ok(target) => path = parent.join(OsString::from_vec(target.into_bytes())),
                Err(Errno::INVAL) => return Ok((dir, name.to_os_string())),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Errno::LOOP.into())
    }

    fn open_at(&self, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        if self.by_steps.load(Ordering::Relaxed) {
            return steps::open(&self.root, path, flags);
        }
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..RETRIES {
            match rustix::fs::openat2(&self.root, path, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                // An old kernel, or a container's filter of system calls.
                Err(Errno::NOSYS | Errno::PERM) => {
                    self.by_steps.store(true, Ordering::Relaxed);
                    return steps::open(&self.root, path, flags);
                }
                done => return done,
            }
        }
        Err(Errno::AGAIN)
    }
}

impl Files for Rooted {
    fn walk(&self, dir: &Path, limit: usize) -> Walk {
        walk_on_disk(&self.host, dir, limit)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        // Non-blocking, so that the open of a pipe without a writer returns.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = self.open_at(path, flags).map_err(|error| match error {
            // A socket, or a device without a driver.
            Errno::NXIO | Errno::NODEV => ReadError::NotAFile,
            other => ReadError::from(io::Error::from(other)),
        })?;
        let stat = rustix::fs::fstat(&file).map_err(io::Error::from)?;
        if !FileType::from_raw_mode(stat.st_mode).is_file() {
            return Err(ReadError::NotAFile);
        }
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        if size > MAX_FILE_SIZE {
            return Err(ReadError::TooLarge);
        }
        read_all(&file, size as usize)
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        self.open_at(path, OFlags::PATH).and_then(|file| kind_of_file(&file)).ok()
    }

    fn try_list(&self, dir: &Path) -> Result<Vec<Entry>, ReadError> {
        let opened = self.open_at(dir, OFlags::RDONLY | OFlags::DIRECTORY).and_then(Dir::new);
        let mut names = opened.map_err(io::Error::from)?;
        let mut entries = Vec::new();
        while let Some(Ok(entry)) = names.read() {
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems leave the kind to a further question.
                FileType::Unknown => names
                    .fd()
                    .and_then(|fd| rustix::fs::statat(fd, name, AtFlags::SYMLINK_NOFOLLOW))
                    .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
                known => known,
            };
            entries.push(Entry { path: dir.join(OsStr::from_bytes(name.to_bytes())), kind: kind_of(kind) });
            if entries.len() == MAX_NAMES {
                break;
            }
        }
        entries.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        let link = self.open_at(path, OFlags::PATH | OFlags::NOFOLLOW).ok()?;
        target_of(&link).ok()
    }
}

/// Reads to the end, but never more than [`MAX_FILE_SIZE`], however the file grows.
fn read_all(file: &OwnedFd, size: usize) -> Result<Vec<u8>, ReadError> {
    // One byte more than expected: a read that leaves it empty has met the end. Files of the kernel have no size, and
    // those below `/proc/sys` give all that they have at the first read, or lose the rest.
    let mut bytes = Vec::with_capacity(if size == 0 { 4096 } else { size + 1 });
    loop {
        if bytes.capacity() == bytes.len() {
            bytes.reserve(bytes.len().max(4096));
        }
        match rustix::io::read(file, spare_capacity(&mut bytes)) {
            Err(Errno::INTR) => continue,
            Err(error) => return Err(io::Error::from(error).into()),
            Ok(0) => return Ok(bytes),
            Ok(_) if bytes.len() as u64 > MAX_FILE_SIZE => return Err(ReadError::TooLarge),
            Ok(_) if bytes.len() == size => return Ok(bytes),
            Ok(_) => {}
        }
    }
}

/// What an opened link says.
fn target_of(link: &OwnedFd) -> rustix::io::Result<PathBuf> {
    let target = rustix::fs::readlinkat(link, c"", Vec::new())?;
    Ok(PathBuf::from(OsString::from_vec(target.into_bytes())))
}

fn kind_of_file(file: &OwnedFd) -> rustix::io::Result<Kind> {
    Ok(kind_of(FileType::from_raw_mode(rustix::fs::fstat(file)?.st_mode)))
}

fn kind_of(kind: FileType) -> Kind {
    match kind {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        _ => Kind::Other,
    }
}
