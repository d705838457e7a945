//! Paths as texts: those in containers, and those of the tree that mounts name.

/// `path` below `base`, unless it is absolute.
pub(super) fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{base}/{path}") }
}

/// An absolute path without `//`, `.` and `..`, the link `/var/run` followed.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    crate::address::normal_path(&format!("/{}", parts.join("/")))
}

/// Where a relative path of a compose file or a build leads within the tree; `None` where it leaves it.
pub(super) fn in_tree(base: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// What of `path` lies below `dir`: empty for `dir` itself, else beginning with a slash.
pub(super) fn below<'p>(path: &'p str, dir: &str) -> Option<&'p str> {
    let dir = dir.trim_end_matches('/');
    path.strip_prefix(dir).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}
