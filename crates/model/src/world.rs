//! What the tree says about where its programs run.

use std::path::{Path, PathBuf};

use crate::compose::Compose;
use crate::files::Kind;
use crate::stack::Containers;
use crate::{Files, Sources};

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

impl World {
    pub(crate) fn load(files: &dyn Files, sources: &mut Sources, given: &Containers) -> Self {
        let top = files.list(Path::new("/"));
        let is_conventional = |path: &Path| {
            let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
            name.is_some_and(|name| {
                [
                    "docker",
                    ".docker",
                    "containers",
                    "deploy",
                    "build",
                    "php",
                    "php-fpm",
                    "nginx",
                    "web",
                    "app",
                ]
                .contains(&name.as_str())
            })
        };
        let inner: Vec<_> = top
            .iter()
            .filter(|entry| entry.kind == Kind::Directory && is_conventional(&entry.path))
            .flat_map(|entry| files.list(&entry.path))
            .collect();
        let mut signs =
            top.iter().chain(&inner).map(|entry| &entry.path).filter(|path| is_container_file(path)).cloned();
        let containers = signs.next();
        let compose: Vec<PathBuf> =
            containers.iter().cloned().chain(signs).filter(|path| is_compose(path)).collect();
        let compose = if given.compose.is_empty() { compose } else { given.compose.clone() };
        let containers = containers.or_else(|| given.compose.first().cloned());
        Self { containers, compose: Compose::load(files, sources, &compose), apart: given.apart }
    }

    /// Whether a loopback address or a socket path means the same to nginx and to the pools of this tree.
    pub fn is_one_machine(&self) -> bool {
        !self.apart.unwrap_or(self.containers.is_some())
    }
}

/// Whether a name is that of a compose file: it stands at the top of a project.
pub(crate) fn is_compose(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    (name.starts_with("docker-compose") || name.starts_with("compose"))
        && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

fn is_container_file(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()) else {
        return false;
    };
    is_compose(path)
        || name == "dockerfile"
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
}
