//! What a name is on a running machine: owner, mode, and where a link leads.

use std::path::Path;

use super::{Files, ReadError};

/// What lies at a name, links not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: NodeKind,
    /// The number of its owner.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
    /// The permission bits.
    pub mode: u32,
    /// Whether an access control list says more than the mode.
    pub has_acl: bool,
}

/// What a name stands for, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A directory.
    Directory,
    /// A unix socket.
    Socket,
    /// A symbolic link; [`Files::read_link`] says where to.
    Link,
    /// Anything else.
    Other,
}

/// A machine that runs: beside its files, what the kernel says of them. Nothing is ever changed.
pub trait Probe: Files {
    /// What lies at `path`, a link at its end not followed.
    ///
    /// # Errors
    /// When nothing is there, or a directory on the way may not be searched.
    fn stat(&self, path: &Path) -> Result<Stat, ReadError>;
}
