//! The search below a directory.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

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

fn is_skipped(name: &OsStr) -> bool {
    SKIPPED.iter().any(|skipped| name == *skipped)
}

/// What a run that was killed while it wrote leaves behind: `.gatelint-NUMBER.tmp`.
fn is_leftover(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".gatelint-") && name.ends_with(b".tmp")
}

/// A search on disk. A directory that turns into a link meanwhile can at most add names, and what they name is
/// opened below the root like everything else.
pub(super) fn walk_on_disk(host: &Path, dir: &Path, limit: usize) -> Walk {
    let mut out = Walk { files: Vec::new(), complete: true };
    let start = host.join(dir.strip_prefix("/").unwrap_or(dir));
    let is_wanted = |entry: &DirEntry| !(entry.file_type().is_dir() && is_skipped(entry.file_name()));
    let entries =
        WalkDir::new(&start).follow_links(false).max_depth(MAX_DEPTH).sort_by_file_name().into_iter();
    for (seen, entry) in entries.filter_entry(is_wanted).enumerate() {
        // What may not be listed is left out, as nginx's own globs leave it out.
        let Ok(entry) = entry else { continue };
        if seen > limit {
            out.complete = false;
            break;
        }
        if entry.file_type().is_dir() && entry.depth() == MAX_DEPTH {
            out.complete = false;
        }
        if entry.file_type().is_file()
            && !is_leftover(entry.file_name())
            && let Ok(inner) = entry.path().strip_prefix(&start)
        {
            out.files.push(dir.join(inner));
        }
    }
    out.files.sort();
    out
}

/// A search through [`Files::list`]. Breadth first, so that a limit cuts what is deep rather than what sorts last.
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
                Kind::File if is_leftover(name) => {}
                Kind::File => out.files.push(entry.path),
                Kind::Directory if is_skipped(name) => {}
                Kind::Directory if depth == MAX_DEPTH => out.complete = false,
                Kind::Directory => queue.push_back((entry.path, depth + 1)),
                Kind::Other => {}
            }
        }
    }
    out.files.sort();
    out
}
