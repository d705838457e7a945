//! Owners and modes of what lies below a root.

use std::io;
use std::path::Path;

use rustix::fs::{FileType, OFlags};

use super::Rooted;
use crate::files::ReadError;
use crate::files::probe::{NodeKind, Probe, Stat};

/// Where the kernel keeps a file's access control list.
const ACL: &str = "system.posix_acl_access";

impl Probe for Rooted {
    fn stat(&self, path: &Path) -> Result<Stat, ReadError> {
        let node = self.open_at(path, OFlags::PATH | OFlags::NOFOLLOW).map_err(io::Error::from)?;
        let stat = rustix::fs::fstat(&node).map_err(io::Error::from)?;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => NodeKind::Directory,
            FileType::Socket => NodeKind::Socket,
            FileType::Symlink => NodeKind::Link,
            _ => NodeKind::Other,
        };
        // A handle that opens nothing is refused here, so the name is asked: of the machine itself alone, where no
        // link can lead out of the root.
        let has_acl = kind != NodeKind::Link
            && self.host == Path::new("/")
            && rustix::fs::lgetxattr(path, ACL, &mut [0_u8; 0][..]).is_ok_and(|size| size > 0);
        Ok(Stat { kind, uid: stat.st_uid, gid: stat.st_gid, mode: stat.st_mode & 0o7777, has_acl })
    }
}
