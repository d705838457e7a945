//! Which compose files there are, and how they go together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::merge::merge;
use super::{Compose, Project, read, yaml};
use crate::{Files, Origin, Sources};

/// The most compose files that are read.
const MAX_FILES: usize = 16;

/// The files that `docker compose` takes by itself, the first of them that is there.
const BASE: &[&str] = &["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// What it lays over them.
const OVERRIDE: &[&str] = &[
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

impl Compose {
    /// Reads the compose files at `paths`.
    pub(crate) fn load(files: &dyn Files, sources: &mut Sources, paths: &[PathBuf]) -> Self {
        let mut by_dir: BTreeMap<&Path, Option<Vec<(&str, Project)>>> = BTreeMap::new();
        for path in paths.iter().take(MAX_FILES) {
            let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
            else {
                continue;
            };
            let Ok(bytes) = files.read(path) else { continue };
            let file = sources.add(path.clone(), bytes, Origin::Tree);
            let root = yaml::read(file, sources.bytes(file));
            let project = root.and_then(|root| read::project(files, &root, &dir.to_string_lossy()));
            let own = by_dir.entry(dir).or_insert_with(|| Some(Vec::new()));
            match (project, own.as_mut()) {
                (Some(project), Some(own)) => own.push((name, project)),
                // What every run takes is not known: nothing is.
                (None, _) if BASE.contains(&name) || OVERRIDE.contains(&name) => *own = None,
                _ => {}
            }
        }
        let known = by_dir.into_values().flatten();
        Self { projects: known.flat_map(together).collect() }
    }
}

/// The ways in which the files of one directory go together.
fn together(files: Vec<(&str, Project)>) -> Vec<Project> {
    let find = |names: &[&str]| names.iter().find_map(|name| files.iter().find(|(own, _)| own == name));
    let (base, over) = (find(BASE), find(OVERRIDE));
    let is_other =
        |name: &str| base.is_none_or(|(own, _)| *own != name) && over.is_none_or(|(own, _)| *own != name);
    let others = files.iter().filter(|(name, _)| is_other(name)).map(|(_, project)| project);
    let mut out = Vec::new();
    if let Some((_, base)) = base {
        out.push(over.map_or_else(|| base.clone(), |(_, over)| merge(base, over)));
        out.extend(others.clone().map(|other| merge(base, other)));
    }
    let is_complete = |project: &&Project| {
        project.services.iter().all(|service| service.made_of.is_some() || service.is_built)
    };
    out.extend(others.filter(is_complete).cloned());
    out
}
