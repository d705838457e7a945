//! The search below a directory.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::{Files, Kind};

/// What lies below a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Regular files, sorted.
    pub files: Vec<PathBuf>,
    /// Whether everything was looked at.
    pub complete: bool,
}

/// The deepest directory that is looked into.
const MAX_DEPTH: usize = 24;

/// Directories that hold the work of others, or none.
const SKIPPED: &[&str] = &[".git", ".hg", ".svn", ".cache", ".venv", "node_modules", "vendor"];

/// Breadth first, so that a limit cuts what is deep rather than what sorts last.
pub(super) fn walk<F: Files + ?Sized>(files: &F, dir: &Path, limit: usize) -> Walk {
    let mut out = Walk { files: Vec::new(), complete: true };
    let mut queue = VecDeque::from([(dir.to_path_buf(), 0)]);
    let mut seen = 0;
    while let Some((dir, depth)) = queue.pop_front() {
        for entry in files.list(&dir) {
            seen += 1;
            if seen > limit {
                out.complete = false;
                queue.clear();
                break;
            }
            let name = entry.path.file_name().unwrap_or_default();
            match entry.kind {
                Kind::File => out.files.push(entry.path),
                Kind::Directory if SKIPPED.iter().any(|skipped| name == *skipped) => {}
                Kind::Directory if depth == MAX_DEPTH => out.complete = false,
                Kind::Directory => queue.push_back((entry.path, depth + 1)),
                Kind::Other => {}
            }
        }
    }
    out.files.sort();
    out
}
