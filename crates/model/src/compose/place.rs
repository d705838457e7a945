//! Where the files of the tree are in the containers.

use gatelint_syntax::FileId;

use super::path::{below, normal};
use super::{Mount, Project, Service};
use crate::Stack;
use crate::derived::HomePlace;
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

/// Where a mount brings configuration of nginx or PHP-FPM, or may do so.
fn is_configured(target: &str) -> bool {
    let names = ["/", "/etc", "/usr", "/usr/local", "/usr/local/etc", "/opt", "/opt/bitnami"];
    let dirs = ["/etc", "/usr/local", "/opt"];
    names.contains(&target)
        || dirs.iter().any(|dir| below(target, dir).is_some())
            && ["nginx", "php"].iter().any(|name| target.contains(name))
}

impl Project {
    /// The paths of the tree that containers get as configuration of nginx or PHP-FPM.
    pub(crate) fn configuration(&self) -> impl Iterator<Item = &str> {
        let mounts = self.services.iter().flat_map(|service| &service.mounts);
        mounts.filter(|mount| is_configured(&mount.target)).filter_map(|mount| mount.path.as_deref())
    }

    /// Whether a container takes what it has in `/etc` or `/usr/local` from the directory `dir` of the tree.
    pub(crate) fn is_laid_out_in(&self, dir: &str) -> bool {
        let dir = dir.trim_end_matches('/');
        let is_inside =
            |path: &str| ["etc", "usr"].iter().any(|inner| below(path, &format!("{dir}/{inner}")).is_some());
        let plays_root = |service: &Service| {
            ["/etc", "/usr/local"]
                .iter()
                .any(|inner| service.finds(&format!("{dir}{inner}")).as_deref() == Some(inner))
        };
        self.configuration().any(is_inside) || self.services.iter().any(plays_root)
    }
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

impl Stack {
    /// The containers in which nginx reads a file; empty where no compose file says so.
    pub fn nginx_homes(&self, file: FileId) -> Vec<Home<'_>> {
        let projects = &self.world.compose.projects;
        if projects.is_empty() {
            return Vec::new();
        }
        let mut known = self.derived.nginx_homes.borrow_mut();
        let places = known.entry(file).or_insert_with(|| self.find_nginx_homes(file));
        let home = |(project, service, path): &HomePlace| {
            let project = projects.get(*project)?;
            Some(Home { project, service: project.services.get(*service)?, path: path.clone() })
        };
        places.iter().filter_map(home).collect()
    }

    fn find_nginx_homes(&self, file: FileId) -> Vec<HomePlace> {
        let Some(source) = self.sources.get(file) else { return Vec::new() };
        let path = source.file().to_string_lossy();
        // What no main configuration of the tree includes is read where the image's own one includes it.
        let is_fragment =
            self.nginx.roots.iter().any(|root| root.file == file && root.context != ContextKind::Main);
        let is_read = |path: &str| {
            let is_included = INCLUDED.iter().any(|(dir, ending)| {
                path.strip_prefix(dir).is_some_and(|name| name.ends_with(ending) && !name.contains('/'))
            });
            let is_in = NGINX_DIRS.iter().any(|dir| below(path, dir).is_some());
            is_in && (!is_fragment || is_included)
        };
        let mut out = Vec::new();
        for (at, project) in self.world.compose.projects.iter().enumerate() {
            let found = project
                .services
                .iter()
                .enumerate()
                .filter_map(|(index, one)| Some((index, one.finds(&path)?)));
            out.extend(found.filter(|(_, path)| is_read(path)).map(|(index, path)| (at, index, path)));
        }
        out
    }
}
