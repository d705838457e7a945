//! A path resolved below a root step by step, where the kernel cannot do it in one.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::target_of;
use crate::files::MAX_LINKS;

/// The most steps of one path, those of links included.
const MAX_STEPS: u32 = 4096;

/// Opens `path` with `flags` as `openat2` with `RESOLVE_IN_ROOT` would.
///
/// Every directory on the way is held open, and `..` goes back to the one before, so a directory that is moved
/// meanwhile cannot lead outside. No step follows a link by itself.
pub(super) fn open(root: &OwnedFd, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    if path.as_os_str().is_empty() {
        return Err(Errno::NOENT);
    }
    let mut above: Vec<OwnedFd> = Vec::new();
    let mut pending = steps(path);
    let mut links = 0;
    let mut taken = 0;
    while let Some(step) = pending.pop_front() {
        taken += 1;
        if taken > MAX_STEPS {
            return Err(Errno::LOOP);
        }
        match step.as_bytes() {
            b"." => continue,
            b".." => {
                above.pop();
                continue;
            }
            _ => {}
        }
        let here = current(root, &above);
        let last = pending.is_empty();
        let look = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(here, step.as_os_str(), look, Mode::empty())?;
        let kind = FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode);
        if kind == FileType::Symlink {
            if last && flags.contains(OFlags::NOFOLLOW) {
                return if flags.contains(OFlags::PATH) { Ok(fd) } else { Err(Errno::LOOP) };
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(Errno::LOOP);
            }
            let target = target_of(&fd)?;
            if target.has_root() {
                above.clear();
            }
            for step in steps(&target).into_iter().rev() {
                pending.push_front(step);
            }
        } else if kind == FileType::Directory {
            above.push(fd);
        } else if !last {
            return Err(Errno::NOTDIR);
        } else if flags.contains(OFlags::PATH) {
            return if flags.contains(OFlags::DIRECTORY) { Err(Errno::NOTDIR) } else { Ok(fd) };
        } else {
            // Should it have become a link since, this fails and does not follow.
            return rustix::fs::openat(here, step.as_os_str(), flags | OFlags::NOFOLLOW, Mode::empty());
        }
    }
    rustix::fs::openat(current(root, &above), c".", flags, Mode::empty())
}

fn current<'a>(root: &'a OwnedFd, above: &'a [OwnedFd]) -> BorrowedFd<'a> {
    above.last().unwrap_or(root).as_fd()
}

/// The names on the way. A `/` at the end asks for a directory, which a final `.` does too.
fn steps(path: &Path) -> VecDeque<OsString> {
    let bytes = path.as_os_str().as_bytes();
    let names = bytes.split(|&byte| byte == b'/').filter(|name| !name.is_empty());
    let mut steps: VecDeque<OsString> =
        names.map(|name| std::ffi::OsStr::from_bytes(name).to_os_string()).collect();
    if bytes.ends_with(b"/") {
        steps.push_back(".".into());
    }
    steps
}
