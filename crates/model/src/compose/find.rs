//! Which compose files there are, and how they go together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::merge::merge;
use super::yaml::Node;
use super::{Compose, Project, read, yaml};
use crate::files::ReadError;
use crate::{Files, Origin, Problem, Sources};

/// The most compose files that are read.
const MAX_FILES: usize = 64;

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
    /// Reads the compose files at `paths`. What is evidently one and cannot be read becomes a problem.
    pub(crate) fn load(
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        paths: &[PathBuf],
    ) -> Self {
        let mut by_dir: BTreeMap<&Path, Option<Vec<(&str, Project)>>> = BTreeMap::new();
        if let Some(path) = paths.get(MAX_FILES) {
            let message = format!("not read: a tree of more than {MAX_FILES} compose files");
            problems.push(Problem { path: path.clone(), at: None, message });
        }
        for path in paths.iter().take(MAX_FILES) {
            let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
            else {
                continue;
            };
            let mut problem = |message| problems.push(Problem { path: path.clone(), at: None, message });
            let project = match read(files, sources, path, name) {
                Ok(root) => read::project(files, &root, &dir.to_string_lossy()),
                Err(Some(message)) => {
                    problem(message);
                    None
                }
                Err(None) => None,
            };
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

/// The YAML of one file; else what is to be said of it: nothing where it is not there, or evidently no compose file.
fn read(files: &dyn Files, sources: &mut Sources, path: &Path, name: &str) -> Result<Node, Option<String>> {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(ReadError::NotFound | ReadError::NotAFile) => return Err(None),
        Err(error) => return Err(Some(error.to_string())),
    };
    let file = sources.add(path.to_path_buf(), bytes, Origin::Tree);
    let bytes = sources.bytes(file);
    let is_named = || BASE.contains(&name) || OVERRIDE.contains(&name) || name.starts_with("docker-");
    let has_services = || bytes.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"services:"));
    yaml::read(file, bytes).map_err(|why| (is_named() || has_services()).then(|| format!("not read: {why}")))
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
