//! What the working directory says.

use std::io;
use std::path::{Path, PathBuf};

use gatelint_model::discover::{known, search};
use gatelint_model::files::Rooted;
use gatelint_run::root::default_root;

/// The root for a run that names no path: the nearest directory upwards that holds a configuration, else the
/// machine itself.
pub(crate) fn nearest() -> io::Result<Option<PathBuf>> {
    let here = std::env::current_dir()?;
    let host = Path::new("/");
    for dir in here.ancestors().filter(|dir| *dir != host) {
        if Rooted::open(dir).is_ok_and(|files| !known(&files).is_empty()) {
            return Ok(Some(dir.to_path_buf()));
        }
    }
    let (tree, _) = default_root(&here);
    if tree != host && Rooted::open(&tree).is_ok_and(|files| !search(&files, host, &tree).worlds.is_empty()) {
        return Ok(Some(tree));
    }
    Ok(Rooted::open(host).is_ok_and(|files| !known(&files).is_empty()).then(|| host.to_path_buf()))
}

/// A directory, named so that it opens from the working directory; empty where it is that.
pub(crate) fn from_here(root: &Path) -> PathBuf {
    let Ok(here) = std::env::current_dir() else { return root.to_path_buf() };
    if let Ok(below) = root.strip_prefix(&here) {
        return below.to_path_buf();
    }
    match here.strip_prefix(root) {
        Ok(inside) if root != Path::new("/") => inside.components().map(|_| "..").collect(),
        _ => root.to_path_buf(),
    }
}
