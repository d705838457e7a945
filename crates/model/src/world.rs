//! What the tree says about where its programs run.

use std::path::{Path, PathBuf};

use crate::compose::Compose;
use crate::files::Kind;
use crate::{Files, Options, Problem, Sources};

/// Signs that nginx and what stands behind it run apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// A Dockerfile or a compose file of the tree: nginx and PHP-FPM may be in containers of their own, where
    /// loopback and socket paths are not shared.
    pub containers: Option<PathBuf>,
    /// What the compose files say of them.
    pub compose: Compose,
    /// What the user says of it.
    apart: Option<bool>,
}

/// Directories at the top of a project that hold what containers are made of.
const CONVENTIONAL: &[&str] =
    &["docker", ".docker", "containers", "deploy", "build", "php", "php-fpm", "nginx", "web", "app"];

/// Files that say that programs run in containers of their own: those of Kubernetes.
const CLUSTER: &[&str] =
    &["kustomization.yaml", "kustomization.yml", "chart.yaml", "skaffold.yaml", "helmfile.yaml"];

impl World {
    /// Looks at the top of the tree, where projects have such files, and at the compose files that a search found; where
    /// the user names compose files, those count.
    pub(crate) fn load(
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        options: &Options,
    ) -> Self {
        let (found, given) = (&options.compose, &options.containers);
        let top = files.list(Path::new("/"));
        let is_conventional = |path: &Path| {
            let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
            name.is_some_and(|name| CONVENTIONAL.contains(&name.as_str()))
        };
        let inner: Vec<_> = top
            .iter()
            .filter(|entry| entry.kind == Kind::Directory && is_conventional(&entry.path))
            .flat_map(|entry| files.list(&entry.path))
            .collect();
        let around = top.iter().chain(&inner).filter(|entry| entry.kind != Kind::Directory);
        let mut signs: Vec<PathBuf> = found.clone();
        for path in around.map(|entry| &entry.path).filter(|path| is_container_file(path)) {
            if !signs.contains(path) {
                signs.push(path.clone());
            }
        }
        let compose: Vec<PathBuf> = match given.compose.as_slice() {
            [] => signs.iter().filter(|path| is_compose(path)).cloned().collect(),
            given => given.to_vec(),
        };
        let compose = Compose::load(files, sources, problems, &compose);
        let containers = signs.into_iter().next().or_else(|| given.compose.first().cloned());
        Self { containers, compose, apart: given.apart }
    }

    /// Whether a loopback address or a socket path means the same to nginx and to the pools of this tree.
    pub fn is_one_machine(&self) -> bool {
        !self.apart.unwrap_or(self.containers.is_some())
    }
}

/// Whether a name is that of a compose file: it stands at the top of a project.
pub(crate) fn is_compose(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    (["docker-compose", "compose", "docker-stack"].iter().any(|start| name.starts_with(start)))
        && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

fn is_container_file(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()) else {
        return false;
    };
    is_compose(path)
        || CLUSTER.contains(&name.as_str())
        || matches!(name.as_str(), "dockerfile" | "containerfile")
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
}
