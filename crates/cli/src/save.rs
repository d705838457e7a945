//! The only place that writes a file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use gatelint_model::files::{MAX_FILE_SIZE, Rooted};
use rustix::fs::{Access, AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid, XattrFlags};

/// Writes what a run says to a file that the user named.
///
/// # Errors
/// When the file cannot be written, with its name.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// The new text of a file, written beside it and ready to take its place. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Prepared {
    dir: Rc<OwnedFd>,
    name: OsString,
    temporary: Option<String>,
    old: Vec<u8>,
    was: (u64, u64),
}

/// The most extended attributes of a file that are kept, and their size in bytes.
const MAX_ATTRIBUTES: usize = 1 << 16;

/// Who replaces files of one tree.
#[derive(Debug)]
pub(crate) struct Saver<'a> {
    files: &'a Rooted,
    /// Each directory once, however many of its files are replaced.
    dirs: RefCell<HashMap<(u64, u64), Rc<OwnedFd>>>,
}

impl<'a> Saver<'a> {
    pub(crate) fn new(files: &'a Rooted) -> Self {
        Self { files, dirs: RefCell::default() }
    }

    fn dir(&self, dir: OwnedFd) -> io::Result<Rc<OwnedFd>> {
        let stat = rustix::fs::fstat(&dir)?;
        let mut dirs = self.dirs.borrow_mut();
        Ok(dirs.entry((stat.st_dev, stat.st_ino)).or_insert_with(|| Rc::new(dir)).clone())
    }

    /// Asks for what was committed to survive a loss of power; not all systems can say whether it will.
    pub(crate) fn sync(&self) {
        for dir in self.dirs.borrow().values() {
            let _ = rustix::fs::fsync(&**dir);
        }
    }

    /// Writes `new` beside the file at `path`, as long as that holds `old`: same mode, owner and attributes, down on
    /// the disk. A link is followed to its file, within the root.
    ///
    /// # Errors
    /// When the file has changed, or what replaces it would not be its equal.
    pub(crate) fn prepare(&self, path: &Path, old: &[u8], new: &[u8]) -> Result<Prepared, String> {
        let plain = |error: io::Error| error.to_string();
        let (dir, name) = self.files.locate(path).map_err(plain)?;
        prepare(self.dir(dir).map_err(plain)?, name, old, new)
    }
}

fn prepare(dir: Rc<OwnedFd>, name: OsString, old: &[u8], new: &[u8]) -> Result<Prepared, String> {
    let plain = |error: io::Error| error.to_string();
    let (file, stat) = open(&dir, &name)?;
    if !holds(file, old) {
        return Err(CHANGED.to_owned());
    }
    if stat.st_nlink > 1 {
        return Err("it has other names (hard links), which would keep the old text".to_owned());
    }
    rustix::fs::accessat(&*dir, &name, Access::WRITE_OK, AtFlags::EACCESS)
        .map_err(|_| "it may not be written".to_owned())?;
    let mut prepared =
        Prepared { dir, name, temporary: None, old: old.to_vec(), was: (stat.st_dev, stat.st_ino) };
    let mut copy = prepared.create().map_err(plain)?;
    copy.write_all(new).map_err(plain)?;
    keep(&prepared, &copy, &stat)?;
    copy.sync_all().map_err(plain)?;
    Ok(prepared)
}

const CHANGED: &str = "it changed since it was read";

impl Prepared {
    /// Puts the new text in the place of the old: at any moment the file is one or the other.
    ///
    /// # Errors
    /// When the file changed meanwhile, or the system refuses.
    pub(crate) fn commit(mut self) -> Result<(), String> {
        let (file, stat) = open(&self.dir, &self.name)?;
        if (stat.st_dev, stat.st_ino) != self.was || !holds(file, &self.old) {
            return Err(CHANGED.to_owned());
        }
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        if let Err(error) = rustix::fs::renameat(&*self.dir, temporary.as_str(), &*self.dir, &self.name) {
            self.temporary = Some(temporary);
            return Err(io::Error::from(error).to_string());
        }
        Ok(())
    }

    /// A new file in the same directory, for its owner alone until it is finished.
    fn create(&mut self) -> io::Result<File> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            // No pattern of an include takes a name that starts with a dot.
            let name = format!(".gatelint-{}-{number}.tmp", std::process::id());
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            match rustix::fs::openat(&*self.dir, name.as_str(), flags, Mode::RUSR | Mode::WUSR) {
                Err(rustix::io::Errno::EXIST) if number < 1 << 16 => {}
                Err(error) => return Err(error.into()),
                Ok(file) => {
                    self.temporary = Some(name);
                    return Ok(file.into());
                }
            }
        }
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if let Some(name) = &self.temporary {
            let _ = rustix::fs::unlinkat(&*self.dir, name.as_str(), AtFlags::empty());
        }
    }
}

fn open(dir: &OwnedFd, name: &OsStr) -> Result<(File, Stat), String> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let plain = |error: rustix::io::Errno| io::Error::from(error).to_string();
    let file = rustix::fs::openat(dir, name, flags, Mode::empty()).map_err(plain)?;
    let stat = rustix::fs::fstat(&file).map_err(plain)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok((file.into(), stat)),
        _ => Err(CHANGED.to_owned()),
    }
}

fn holds(file: File, text: &[u8]) -> bool {
    let mut now = Vec::with_capacity(text.len() + 1);
    file.take(MAX_FILE_SIZE + 1).read_to_end(&mut now).is_ok() && now == text
}

/// Gives a new file the owner, the mode and the attributes of the one that it replaces.
fn keep(prepared: &Prepared, copy: &File, stat: &Stat) -> Result<(), String> {
    let own = rustix::fs::fstat(copy).map_err(|error| error.to_string())?;
    let user = (own.st_uid != stat.st_uid).then(|| Uid::from_raw(stat.st_uid));
    let group = (own.st_gid != stat.st_gid).then(|| Gid::from_raw(stat.st_gid));
    if (user.is_some() || group.is_some()) && rustix::fs::fchown(copy, user, group).is_err() {
        return Err("its owner and group cannot be kept".to_owned());
    }
    let (file, _) = open(&prepared.dir, &prepared.name)?;
    let mut names = vec![0; MAX_ATTRIBUTES];
    let size = rustix::fs::flistxattr(&file, &mut names[..]).unwrap_or(0);
    for name in names.get(..size).unwrap_or_default().split(|byte| *byte == 0) {
        let mut value = vec![0; MAX_ATTRIBUTES];
        let size = rustix::fs::fgetxattr(&file, name, &mut value[..]);
        if let (Ok(size), false) = (size, name.is_empty()) {
            // What the system labels by itself it may not let anybody set.
            let value = value.get(..size).unwrap_or_default();
            let _ = rustix::fs::fsetxattr(copy, name, value, XattrFlags::empty());
        }
    }
    // After the owner, whose change takes bits away, and the access list, which is part of the mode.
    let mode = Mode::from_raw_mode(stat.st_mode & 0o7777);
    rustix::fs::fchmod(copy, mode).map_err(|error| io::Error::from(error).to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn lay() -> (tempfile::TempDir, Rooted) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("etc")).unwrap();
        fs::write(dir.path().join("etc/a"), "old").unwrap();
        let files = Rooted::open(dir.path()).unwrap();
        (dir, files)
    }

    fn names(dir: &tempfile::TempDir) -> usize {
        fs::read_dir(dir.path().join("etc")).unwrap().count()
    }

    fn write(files: &Rooted) -> Result<Prepared, String> {
        Saver::new(files).prepare(Path::new("/etc/a"), b"old", b"new")
    }

    #[test]
    fn a_file_that_changed_is_left_alone() {
        let (dir, files) = lay();
        let path = dir.path().join("etc/a");
        fs::write(&path, "other").unwrap();
        assert_eq!(write(&files).unwrap_err(), CHANGED);
        fs::write(&path, "old").unwrap();
        // In its place, and by another file of the same text.
        for other in ["other", "old"] {
            let prepared = write(&files).unwrap();
            fs::remove_file(&path).unwrap();
            fs::write(dir.path().join("etc/b"), "held").unwrap();
            fs::write(&path, other).unwrap();
            let outcome = prepared.commit();
            let is_same = fs::read(&path).unwrap() == b"new";
            assert!(outcome.is_err() && !is_same || outcome.is_ok() && other == "old");
            fs::write(&path, "old").unwrap();
            fs::remove_file(dir.path().join("etc/b")).unwrap();
        }
        assert_eq!(names(&dir), 1);
    }

    #[test]
    fn what_is_not_finished_is_taken_away() {
        let (dir, files) = lay();
        let prepared = write(&files).unwrap();
        assert_eq!(names(&dir), 2);
        drop(prepared);
        assert_eq!((names(&dir), fs::read(dir.path().join("etc/a")).unwrap()), (1, b"old".to_vec()));
    }

    #[test]
    fn mode_and_attributes_are_kept() {
        let (dir, files) = lay();
        let path = dir.path().join("etc/a");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o4751)).unwrap();
        // Not every file system has them.
        let is_set = rustix::fs::setxattr(&path, "user.made", b"by hand", XattrFlags::empty()).is_ok();
        write(&files).unwrap().commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o4751);
        let mut value = [0; 16];
        let size = rustix::fs::getxattr(&path, "user.made", &mut value[..]).unwrap_or(0);
        assert_eq!(value.get(..size), Some(if is_set { &b"by hand"[..] } else { b"" }));
    }

    #[test]
    fn a_link_that_leads_out_of_the_root_is_none() {
        let (dir, files) = lay();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("a"), "old").unwrap();
        std::os::unix::fs::symlink(outside.path().join("a"), dir.path().join("etc/out")).unwrap();
        assert!(Saver::new(&files).prepare(Path::new("/etc/out"), b"old", b"new").is_err());
        std::os::unix::fs::symlink("/etc/a", dir.path().join("etc/in")).unwrap();
        Saver::new(&files).prepare(Path::new("/etc/in"), b"old", b"new").unwrap().commit().unwrap();
        assert!(dir.path().join("etc/in").is_symlink());
        assert_eq!(fs::read(dir.path().join("etc/a")).unwrap(), b"new");
        assert_eq!(fs::read(outside.path().join("a")).unwrap(), b"old");
    }
}
