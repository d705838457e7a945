//! Which directories of a repository are apart from each other: compose projects, and hosts' trees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::search::host_dir;
use crate::compose::{Compose, Project};
use crate::{Files, Sources};

/// The directories that play `/` for what lies in them.
#[derive(Debug, Default)]
pub(super) struct Projects {
    /// All of them; a file belongs to the nearest.
    pub(super) dirs: BTreeSet<PathBuf>,
    /// The compose files of each.
    compose: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl Projects {
    /// Reads the compose files. A project begins where everything lies that its containers get as configuration; the
    /// tree of a host or an image (`docker/nginx/etc/...`) from which they take it is a part of the project.
    pub(super) fn find(files: &dyn Files, compose: &[PathBuf], configurations: &BTreeSet<PathBuf>) -> Self {
        let mut out = Self::default();
        let mut by_dir: BTreeMap<&Path, Vec<PathBuf>> = BTreeMap::new();
        for path in compose {
            by_dir.entry(path.parent().unwrap_or(Path::new("/"))).or_default().push(path.clone());
        }
        let mut all: Vec<Project> = Vec::new();
        for (dir, paths) in by_dir {
            // What cannot be read is said when the world is read.
            let read = Compose::load(files, &mut Sources::default(), &mut Vec::new(), &paths);
            let laid = read.projects.iter().flat_map(Project::configuration).map(Path::new);
            let top = laid.fold(dir.to_path_buf(), |top, path| common(top, path.parent().unwrap_or(path)));
            out.dirs.insert(top.clone());
            out.compose.entry(top).or_default().extend(paths);
            all.extend(read.projects);
        }
        let hosts: BTreeSet<PathBuf> = configurations.iter().filter_map(|path| host_dir(path)).collect();
        let is_laid_out =
            |dir: &Path| all.iter().any(|project| project.is_laid_out_in(&dir.to_string_lossy()));
        let apart = hosts.into_iter().filter(|dir| !is_laid_out(dir));
        out.dirs.extend(apart);
        out
    }

    /// The compose files of the world at `dir`, as paths within it.
    pub(super) fn compose_of(&self, dir: &Path) -> Vec<PathBuf> {
        let paths = self.compose.get(dir).map(Vec::as_slice).unwrap_or_default();
        let inside = |path: &PathBuf| Some(Path::new("/").join(path.strip_prefix(dir).ok()?));
        paths.iter().filter_map(inside).collect()
    }
}

/// The deepest directory that holds both.
fn common(dir: PathBuf, other: &Path) -> PathBuf {
    dir.ancestors().find(|dir| other.starts_with(dir)).unwrap_or(Path::new("/")).to_path_buf()
}
