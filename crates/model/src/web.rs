//! What lies below the document roots, as far as the tree holds it.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::files::ReadError;
use crate::nginx::{Directive, DocumentRoot, Match, Scope, has_variables, internal_uri};
use crate::{Files, Stack};

/// A directory with more names than this is not looked at.
const MAX_NAMES: usize = 10_000;

/// What applications call the one directory of theirs that is to be served.
pub const PUBLIC: [&str; 6] = ["public", "web", "pub", "webroot", "htdocs", "public_html"];

/// The directories in which nginx looks for the files that its configuration names. A directory that the tree lacks
/// says nothing: a repository does not hold what is deployed.
#[derive(Debug, Default)]
pub struct Web {
    dirs: FxHashMap<PathBuf, Option<HashSet<OsString>>>,
}

impl Web {
    /// Lists every `root` and `alias`, and the directories below them that a fallback or a `^~` location names.
    pub(crate) fn load(files: &dyn Files, stack: &Stack) -> Self {
        let mut web = Self::default();
        if !stack.world.is_one_machine() {
            return web;
        }
        for name in ["root", "alias"] {
            for directive in stack.directives(name) {
                if let Some(dir) = directive.arg(0).and_then(|arg| literal(&arg.value)) {
                    let names = web.list(files, &dir);
                    let holds = |name: &&&str| names.is_some_and(|names| names.contains(OsStr::new(**name)));
                    for inner in PUBLIC.iter().filter(holds).collect::<Vec<_>>() {
                        web.add(files, dir.join(inner));
                    }
                }
            }
        }
        for tries in stack.directives("try_files") {
            let target = tries.args().last().and_then(|arg| internal_uri(&arg.value));
            let path = target.and_then(|uri| tries.scope().file_of(&uri));
            if let Some(dir) = path.as_deref().and_then(Path::parent) {
                web.add(files, dir.to_path_buf());
            }
        }
        // The block that takes the page looks for it below its own root; most servers have one root.
        for page in stack.directives("error_page") {
            let uri = page.args().last().and_then(|arg| internal_uri(&arg.value));
            let path = uri.and_then(|uri| page.scope().file_of(&uri));
            if let Some(dir) = path.as_deref().and_then(Path::parent) {
                web.add(files, dir.to_path_buf());
            }
        }
        for location in stack.directives("location").filter_map(Directive::block) {
            let Some(Match::PrefixOnly(prefix)) = location.location_match() else { continue };
            if let Some(dir) = location.file_of(prefix.strip_suffix(b"/").unwrap_or(prefix)) {
                web.add(files, dir);
            }
        }
        web
    }

    fn list(&mut self, files: &dyn Files, dir: &Path) -> Option<&HashSet<OsString>> {
        self.add(files, dir.to_path_buf());
        self.dirs.get(dir)?.as_ref()
    }

    fn add(&mut self, files: &dyn Files, dir: PathBuf) {
        if self.dirs.contains_key(&dir) {
            return;
        }
        // What lies in a directory that is not there is not asked for: most trees hold no web root at all.
        let parent = dir.parent().filter(|parent| *parent != Path::new("/"));
        if let Some(parent) = parent {
            self.add(files, parent.to_path_buf());
        }
        let is_there = match parent.and_then(|parent| self.dirs.get(parent)) {
            Some(Some(names)) => dir.file_name().is_some_and(|name| names.contains(name)),
            Some(None) => false,
            None => true,
        };
        let names = if is_there { list(files, &dir) } else { None };
        self.dirs.insert(dir, names);
    }

    /// Whether a file or directory of this absolute path is there; `None`: the tree does not tell.
    pub fn has(&self, path: &Path) -> Option<bool> {
        let names = self.dirs.get(path.parent()?)?.as_ref()?;
        Some(names.contains(path.file_name()?))
    }

    /// The names in a directory, sorted; `None` where the tree does not tell.
    pub fn names(&self, dir: &Path) -> Option<Vec<&OsStr>> {
        let names = self.dirs.get(dir)?.as_ref()?;
        let mut names: Vec<&OsStr> = names.iter().map(OsString::as_os_str).collect();
        names.sort_unstable();
        Some(names)
    }
}

/// `None` where it is not there, may not be read, is empty (the content comes later) or is too large.
fn list(files: &dyn Files, dir: &Path) -> Option<HashSet<OsString>> {
    let entries: Result<_, ReadError> = files.try_list(dir);
    let entries = entries.ok().filter(|entries| !entries.is_empty() && entries.len() <= MAX_NAMES)?;
    Some(entries.into_iter().filter_map(|entry| Some(entry.path.file_name()?.to_owned())).collect())
}

fn literal(value: &[u8]) -> Option<PathBuf> {
    let is_path = value.starts_with(b"/") && !has_variables(value) && !value.contains(&0);
    is_path.then(|| PathBuf::from(OsStr::from_bytes(value)).components().collect())
}

impl Scope<'_> {
    /// The file that this block looks for when it serves `uri`; `None` where a variable, an alias or the place of the
    /// installation decides.
    pub fn file_of(self, uri: &[u8]) -> Option<PathBuf> {
        let DocumentRoot::Root(root) = self.document_root() else { return None };
        let dir = literal(&root.arg(0)?.value)?;
        let below = uri.strip_prefix(b"/")?;
        let is_plain = !below.split(|byte| *byte == b'/').any(|part| part == b"..");
        is_plain.then(|| dir.join(OsStr::from_bytes(below)))
    }
}

impl Stack {
    /// Whether the file that `scope` looks for when it serves `uri` is there; `None`: the tree does not tell.
    pub fn has_file(&self, scope: Scope<'_>, uri: &[u8]) -> Option<bool> {
        self.web.has(&scope.file_of(uri)?)
    }
}
