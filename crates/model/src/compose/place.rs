//! Where the files of the tree are in the containers.

use gatelint_syntax::FileId;

use super::path::{below, normal};
use super::{Compose, Mount, Project, Service};
use crate::Stack;
use crate::nginx::ContextKind;

/// Where nginx's images have its configuration.
const NGINX_DIRS: &[&str] =
    &["/etc/nginx", "/usr/local/openresty/nginx/conf", "/opt/bitnami/nginx/conf", "/usr/local/nginx/conf"];

/// What the main configurations of these images include.
const INCLUDED: &[(&str, &str)] = &[
    ("/etc/nginx/conf.d/", ".conf"),
    ("/etc/nginx/templates/", ".template"),
    ("/opt/bitnami/nginx/conf/server_blocks/", ".conf"),
];

/// A file in a container.
#[derive(Clone, Debug)]
pub struct Home<'a> {
    /// The project.
    pub project: &'a Project,
    /// The service.
    pub service: &'a Service,
    /// The absolute path in the container.
    pub path: String,
}

impl Service {
    /// Where the file at `path` of the tree is in the container.
    pub fn finds(&self, path: &str) -> Option<String> {
        let each = |mount: &Mount| {
            let from = mount.path.as_deref()?;
            Some((from.len(), format!("{}{}", mount.target.trim_end_matches('/'), below(path, from)?)))
        };
        let found = self.mounts.iter().rev().filter_map(each).max_by_key(|(len, _)| *len)?;
        // Something else may lie over it.
        let is_own = |mount: &Mount| mount.path.as_deref().is_some_and(|from| below(path, from).is_some());
        self.mount_of(&found.1).is_some_and(|(mount, _)| is_own(mount)).then_some(found.1)
    }

    /// What is at `path` of the container: the mount that brings it, and the rest of the path below that.
    pub fn mount_of(&self, path: &str) -> Option<(&Mount, String)> {
        let path = normal(path);
        let each = |mount: &Mount| Some((mount.target.len(), below(&path, &mount.target)?.to_owned()));
        let found = self.mounts.iter().filter_map(|mount| each(mount).map(|(len, rest)| (len, mount, rest)));
        found.max_by_key(|(len, ..)| *len).map(|(_, mount, rest)| (mount, rest))
    }
}

impl Compose {
    /// The containers that have the file at `path` of the tree.
    pub fn homes(&self, path: &str) -> Vec<Home<'_>> {
        let all = self
            .projects
            .iter()
            .flat_map(|project| project.services.iter().map(move |service| (project, service)));
        all.filter_map(|(project, service)| Some(Home { project, service, path: service.finds(path)? }))
            .collect()
    }
}

impl Stack {
    /// The containers that have a file that was read; empty where no compose file says so.
    pub fn homes(&self, file: FileId) -> Vec<Home<'_>> {
        let Some(source) = self.sources.get(file).filter(|_| !self.world.compose.projects.is_empty()) else {
            return Vec::new();
        };
        self.world.compose.homes(&source.file().to_string_lossy())
    }

    /// The containers in which nginx reads a file; empty where no compose file says so.
    pub fn nginx_homes(&self, file: FileId) -> Vec<Home<'_>> {
        let mut homes = self.homes(file);
        // What no main configuration of the tree includes is read where the image's own one includes it.
        let is_fragment =
            self.nginx.roots.iter().any(|root| root.file == file && root.context != ContextKind::Main);
        homes.retain(|home| {
            let is_included = INCLUDED.iter().any(|(dir, ending)| {
                let name = home.path.strip_prefix(dir);
                name.is_some_and(|name| name.ends_with(ending) && !name.contains('/'))
            });
            let is_in = NGINX_DIRS.iter().any(|dir| below(&home.path, dir).is_some());
            is_in && (!is_fragment || is_included)
        });
        homes
    }
}
