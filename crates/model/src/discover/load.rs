//! From a world to its stack.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::search::{as_roots, is_set_aside, templates_as_roots};
use super::{Class, Fragment, World, unreached};
use crate::files::{ReadError, link_target};
use crate::nginx::ContextKind;
use crate::stack::Before;
use crate::{Files, Options, Problem, Roots, Source, Sources, Stack};

/// A world that was read.
#[derive(Debug)]
pub struct Loaded {
    /// Everything that was read.
    pub stack: Stack,
    /// Where reading started.
    pub roots: Roots,
    /// Evident vhosts and pools that no include takes, sorted.
    pub unreached: Vec<PathBuf>,
    /// Those of the roots that something else fills in: their marks are unknown values.
    pub templates: Vec<PathBuf>,
}

/// Reads a world. A fragment that no main configuration includes is read as a root of its own, unless it is
/// evidently out of use, or means nothing without its includer: then it is listed and not read.
pub fn load(files: &dyn Files, world: &World, options: &Options) -> Loaded {
    read(None, files, world, options)
}

/// As [`load`], of a world that was read before with the same options and in which nothing has changed but the texts
/// of the files that are called `changed`, each by every name by which it was read. The result is the same, sooner.
pub fn load_after(
    before: Loaded,
    changed: &[PathBuf],
    files: &dyn Files,
    world: &World,
    options: &Options,
) -> Loaded {
    let before = Before { stack: before.stack, changed: changed.to_vec() };
    read(Some(before), files, world, options)
}

fn read(before: Option<Before>, files: &dyn Files, world: &World, options: &Options) -> Loaded {
    let options = &Options { compose: world.compose.clone(), ..options.clone() };
    let mut roots = world.roots.clone();
    let templates = templates_as_roots(&world.templates);
    roots.nginx.extend(templates.nginx);
    roots.fpm.extend(templates.fpm);
    let mut stack = Stack::load_after(before, files, &roots, options);
    let mut unreached =
        if world.installed { unreached::scan(files, &world.roots, &stack.sources) } else { Vec::new() };

    let has_whole =
        !world.roots.nginx.is_empty() || world.fragments.iter().any(|fragment| !is_part(fragment));
    // What is mapped to another place is read there.
    let mapped: HashSet<&Path> =
        stack.sources.iter().filter_map(|(_, source)| source.lies_at.as_deref()).collect();
    let is_read = |path: &Path| stack.sources.find(path).is_some() || mapped.contains(path);
    let rest = world.fragments.iter().filter(|fragment| !is_read(&fragment.path));
    let is_out_of_use = |fragment: &Fragment| {
        world.installed || is_part(fragment) && has_whole || is_idle(fragment, &world.roots, &stack.sources)
    };
    let (idle, used): (Vec<Fragment>, Vec<Fragment>) = rest.cloned().partition(is_out_of_use);
    if !used.is_empty() {
        let more = as_roots(&used);
        roots.nginx.extend(more.nginx);
        roots.fpm.extend(more.fpm);
        let before = Before { stack, changed: Vec::new() };
        stack = Stack::load_after(Some(before), files, &roots, options);
    }
    if !idle.is_empty() {
        let linked = |source: &Source| link_target(files, &source.path);
        let linked: HashSet<PathBuf> =
            stack.sources.iter().filter_map(|(_, source)| linked(source)).collect();
        let is_read = |path: &PathBuf| stack.sources.find(path).is_some() || linked.contains(path);
        let idle = idle.into_iter().map(|fragment| fragment.path);
        unreached.extend(idle.filter(|path| is_worth_a_line(path) && !is_read(path)));
    }
    unreached.sort();
    let is_told = |path: &PathBuf| stack.problems.iter().any(|problem| problem.path == *path);
    let untold: Vec<&PathBuf> = world.denied.iter().filter(|path| !is_told(path)).collect();
    let denied =
        |path: &PathBuf| Problem { path: path.clone(), at: None, message: ReadError::Denied.to_string() };
    stack.problems.extend(untold.into_iter().map(denied));
    let templates = world.templates.iter().map(|template| template.path.clone()).collect();
    stack.add_unreached(files, &unreached);
    Loaded { stack, roots, unreached, templates }
}

/// Whether a fragment is made to be included by a vhost: alone it lacks what stands around the `include`.
fn is_part(fragment: &Fragment) -> bool {
    matches!(fragment.class, Class::Nginx(ContextKind::Server | ContextKind::Location))
}

/// Whether a main configuration reads the fragment's neighbours and not the fragment. A main configuration
/// that reads none of them may be for another place: a repository rarely is laid out as the image it makes.
fn is_idle(fragment: &Fragment, roots: &Roots, sources: &Sources) -> bool {
    let has_main = if fragment.class.is_nginx() {
        roots.nginx.iter().any(|root| root.context == ContextKind::Main)
    } else {
        roots.fpm.iter().any(|root| root.is_main)
    };
    let is_root = |path: &Path| {
        roots.nginx.iter().any(|root| root.path == path)
            || roots.fpm.iter().any(|root| root.paths.iter().any(|of| of == path))
    };
    let is_neighbour = |path: &Path| path.parent() == fragment.path.parent() && !is_root(path);
    has_main && sources.iter().any(|(_, source)| is_neighbour(&source.path))
}

fn is_worth_a_line(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.components().any(|part| part.as_os_str().to_string_lossy().ends_with("-available"));
    !aside && !is_set_aside(&name)
}
