//! Which directory plays `/`.

use std::io;
use std::path::{Component, Path, PathBuf};

use gatelint_model::files::{Kind, ReadError, Rooted};

/// A path that was named, seen from its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The directory that plays `/`: absolute, a path of the machine.
    pub root: PathBuf,
    /// The absolute path within it.
    pub path: PathBuf,
    /// As it was named.
    pub named: PathBuf,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Whether something shows that the root is one, other than that the path lies there.
    pub is_evident: bool,
}

impl Target {
    /// The directory that it is or lies in, within the root.
    pub fn dir(&self) -> &Path {
        if self.is_dir { &self.path } else { self.path.parent().unwrap_or(&self.path) }
    }
}

/// Finds the root of a path that was named: the one that was given, or the default. What the path is, is
/// seen through the root: a link there may lead nowhere on this machine.
///
/// # Errors
/// When there is no such file or directory below the root.
pub fn target(named: &Path, given: Option<&Path>) -> io::Result<Target> {
    let path = absolute(named)?;
    let (root, is_evident) = match given {
        Some(root) => (absolute(root)?, true),
        None => default_root(&path),
    };
    let inside = inside(&path, &root)?;
    let is_dir = match Rooted::open(&root)?.find(&inside) {
        Ok(Kind::File) => false,
        Ok(Kind::Directory) => true,
        Ok(Kind::Other) => return Err(io::Error::other("neither a file nor a directory")),
        // The name may come from the tree itself, so it is not followed.
        Err(ReadError::NotFound) if path.exists() => {
            let message = format!("leads out of the root {}: name what it leads to", root.display());
            return Err(io::Error::other(message));
        }
        Err(ReadError::NotFound) => return Err(io::ErrorKind::NotFound.into()),
        Err(error) => return Err(io::Error::other(error.to_string())),
    };
    Ok(Target { root, path: inside, named: named.to_path_buf(), is_dir, is_evident })
}

/// As [`target`], of a text that is read instead of the file: there need not be one.
///
/// # Errors
/// As [`target`], but for a file that is missing.
pub fn text_target(named: &Path, given: Option<&Path>) -> io::Result<Target> {
    let path = absolute(named)?;
    let (root, is_evident) = match given {
        Some(root) => (absolute(root)?, true),
        None => default_root(&path),
    };
    let inside = inside(&path, &root)?;
    Ok(Target { root, path: inside, named: named.to_path_buf(), is_dir: false, is_evident })
}

/// The absolute path within `root` of a path of the machine.
fn inside(path: &Path, root: &Path) -> io::Result<PathBuf> {
    let inside = match path.strip_prefix(root) {
        Ok(inside) => inside.to_path_buf(),
        // The same place under two names.
        Err(_) => match path.canonicalize()?.strip_prefix(root.canonicalize()?) {
            Ok(inside) => inside.to_path_buf(),
            Err(_) => return Err(io::Error::other(format!("not below the root {}", root.display()))),
        },
    };
    Ok(Path::new("/").join(inside))
}

/// Gives paths whose roots nothing shows one root: what is named together is read together.
pub fn unite(targets: &mut [Target]) {
    let root = common(targets.iter().filter(|target| !target.is_evident).map(|target| target.root.as_path()));
    if root.parent().is_none() {
        return;
    }
    for target in targets.iter_mut().filter(|target| !target.is_evident) {
        let above = target.root.strip_prefix(&root).unwrap_or(Path::new(""));
        let inside = target.path.strip_prefix("/").unwrap_or(&target.path);
        target.path = Path::new("/").join(above).join(inside).components().collect();
        target.root.clone_from(&root);
    }
}

/// The ancestor that holds `etc`, else the git work tree, else the directory itself. The machine's own `/`
/// plays the root only for what lies in its `/etc`: no repository reaches the files of the machine that it is
/// checked on. Says too whether anything shows that it is the root.
pub fn default_root(path: &Path) -> (PathBuf, bool) {
    let start = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let above = || start.ancestors().filter(|dir| dir.parent().is_some());
    if path.starts_with("/etc") {
        return (PathBuf::from("/"), true);
    }
    let evident = above()
        // `usr/local/etc` belongs to the tree around `usr`.
        .find(|dir| dir.join("etc").is_dir() && !dir.ends_with("usr/local"))
        .or_else(|| above().find(|dir| dir.join(".git").exists()));
    (evident.unwrap_or(start).to_path_buf(), evident.is_some())
}

/// An absolute path without `.` and `..`; a link at its end stays one.
///
/// # Errors
/// When a directory on the way up cannot be found.
pub fn absolute(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    if !path.components().any(|part| part == Component::ParentDir) {
        return Ok(path.components().collect());
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.canonicalize()?.join(name)),
        _ => path.canonicalize(),
    }
}

/// The way from one absolute directory to another.
pub fn between(from: &Path, to: &Path) -> PathBuf {
    let shared = common([from, to]);
    let up = from.strip_prefix(&shared).map_or(0, |rest| rest.components().count());
    let down = to.strip_prefix(&shared).unwrap_or(to);
    std::iter::repeat_n(Path::new(".."), up).chain([down]).collect()
}

/// The deepest directory that holds all of `roots`.
pub fn common<'a>(roots: impl IntoIterator<Item = &'a Path>) -> PathBuf {
    let shared = |a: PathBuf, b: &Path| {
        a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    };
    let mut roots = roots.into_iter();
    let first = roots.next().map(Path::to_path_buf).unwrap_or_default();
    roots.fold(first, shared)
}

/// Why a path cannot be used, in plain words.
pub fn plain_error(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => {
            "no such file or directory; expected an nginx or PHP-FPM configuration, or a directory that holds one".into()
        }
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}
