//! Whether files are there, as far as the tree tells and a way has assumed.

use super::super::Scope;
use super::walk::State;

/// Something assumed of a file or directory.
#[derive(Clone, Debug)]
pub(super) struct Assumed {
    /// Its path, or the request's where that is not known.
    pub(super) path: Vec<u8>,
    pub(super) is_directory: bool,
    pub(super) is_there: bool,
}

impl State<'_> {
    /// Whether a file, or a directory, of this path below the document root is there; `None`: not known.
    pub(super) fn has(&self, uri: &[u8], wants_directory: bool) -> Option<bool> {
        let path = path_of(self.scope, uri);
        let of_path = || self.files.iter().filter(|one| one.path == path);
        if let Some(one) = of_path().find(|one| one.is_directory == wants_directory) {
            return Some(one.is_there);
        }
        if of_path().any(|one| one.is_there) {
            return Some(false);
        }
        is_there(self.scope, uri, wants_directory)
    }

    pub(super) fn assume(&mut self, uri: &[u8], is_directory: bool, is_there: bool) {
        let path = path_of(self.scope, uri);
        self.files.push(Assumed { path, is_directory, is_there });
    }
}

/// What tells a file or directory from others.
fn path_of(scope: Scope<'_>, uri: &[u8]) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let bare = uri.strip_suffix(b"/").unwrap_or(uri);
    scope.file_of(bare).map_or_else(|| bare.to_vec(), |path| path.as_os_str().as_bytes().to_vec())
}

/// Whether the tree has a file, or a directory, of this path below the document root; `None`: it does not tell.
fn is_there(scope: Scope<'_>, uri: &[u8], wants_directory: bool) -> Option<bool> {
    let ends = uri.ends_with(b"/");
    if ends && !wants_directory {
        return Some(false);
    }
    let bare = uri.strip_suffix(b"/").unwrap_or(uri);
    if bare.iter().all(|byte| *byte == b'/') {
        // The document root itself.
        return Some(wants_directory);
    }
    let name = bare.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    // Directories with a suffix are rare enough.
    if wants_directory && name.contains(&b'.') {
        return Some(false);
    }
    match scope.stack.has_file(scope, bare)? {
        false => Some(false),
        // A name with a suffix is a file's; what else it is, is not told.
        true => name.contains(&b'.').then_some(true),
    }
}
