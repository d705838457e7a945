//! The php.ini files that a container gets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::path::below;
use super::{Compose, Service};
use crate::Files;
use crate::files::Kind;

/// Where PHP's official images have php.ini and the directory of further files.
const PHP_DIR: &str = "/usr/local/etc/php";
/// The most files of one container.
const MAX_FILES: usize = 200;

/// Files of the tree that PHP reads in a container, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inis {
    /// php.ini, where the container gets one.
    pub(crate) main: Option<PathBuf>,
    /// Those of the scan directory, by their names there.
    pub(crate) more: Vec<PathBuf>,
}

impl Compose {
    /// The php.ini files of the containers that have all of `pools`, where these agree; `None` where none of them gets
    /// any.
    pub(crate) fn inis(&self, files: &dyn Files, pools: &[&Path]) -> Option<Inis> {
        let has_all = |service: &&Service| {
            !pools.is_empty() && pools.iter().all(|path| service.finds(&path.to_string_lossy()).is_some())
        };
        let services = self.projects.iter().flat_map(|project| &project.services).filter(has_all);
        let mut all = services.map(|service| service.inis(files));
        let first = all.next()?;
        (first != Inis::default() && all.all(|other| other == first)).then_some(first)
    }
}

impl Service {
    fn inis(&self, files: &dyn Files) -> Inis {
        let mut main = None;
        let mut more: BTreeMap<String, PathBuf> = BTreeMap::new();
        let mut take = |target: &str, path: PathBuf| {
            let name = below(target, PHP_DIR).unwrap_or_default();
            match name.strip_prefix("/conf.d/") {
                Some(name) if name.ends_with(".ini") && !name.contains('/') => {
                    more.insert(name.to_owned(), path);
                }
                None if name == "/php.ini" => main = Some(path),
                _ => {}
            }
        };
        let scan = format!("{PHP_DIR}/conf.d");
        for mount in self.mounts.iter().filter(|mount| below(&mount.target, PHP_DIR).is_some()) {
            let Some(path) = mount.path.as_deref().map(Path::new) else { continue };
            if files.kind(path) == Some(Kind::File) {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                // A copy to the directory, without a slash at its end.
                let is_dir = [scan.as_str(), PHP_DIR].contains(&mount.target.as_str());
                let target = if is_dir { format!("{}/{name}", mount.target) } else { mount.target.clone() };
                take(&target, path.to_path_buf());
                continue;
            }
            let inner = if mount.target == PHP_DIR { files.list(&path.join("conf.d")) } else { Vec::new() };
            for entry in files.list(path).into_iter().chain(inner).take(MAX_FILES) {
                let Ok(rest) = entry.path.strip_prefix(path) else { continue };
                take(&format!("{}/{}", mount.target, rest.to_string_lossy()), entry.path.clone());
            }
        }
        Inis { main, more: more.into_values().collect() }
    }
}
