//! The places where packages, images and panels put configuration.

use std::path::{Path, PathBuf};

use super::World;
use crate::files::Kind;
use crate::nginx::ContextKind;
use crate::stack::{FpmRoot, NginxRoot};
use crate::{Files, Roots};

const NGINX_MAINS: &[&str] = &[
    "etc/nginx/nginx.conf",
    "usr/local/nginx/conf/nginx.conf",
    "usr/local/openresty/nginx/conf/nginx.conf",
    "usr/local/etc/nginx/nginx.conf",
    "etc/openresty/nginx.conf",
    "etc/angie/angie.conf",
    "etc/tengine/nginx.conf",
    "opt/nginx/conf/nginx.conf",
    "opt/bitnami/nginx/conf/nginx.conf",
];

const FPM_MAINS: &[&str] = &[
    "etc/php/*/fpm/php-fpm.conf",
    "etc/php-fpm.conf",
    "etc/php*/php-fpm.conf",
    "etc/php*/fpm/php-fpm.conf",
    "etc/opt/remi/php*/php-fpm.conf",
    "usr/local/etc/php-fpm.conf",
    "usr/local/php*/etc/php-fpm.conf",
    "opt/bitnami/php/etc/php-fpm.conf",
    "opt/cpanel/ea-php*/root/etc/php-fpm.conf",
];

/// Where an image's own main configuration includes vhosts from.
const VHOSTS: &[&str] = &["etc/nginx/conf.d/*.conf", "etc/nginx/http.d/*.conf", "etc/nginx/sites-enabled/*"];

/// Where a main configuration that is not here includes pools from.
const POOLS: &[&str] = &[
    "etc/php/*/fpm/pool.d/*.conf",
    "etc/php-fpm.d/*.conf",
    "etc/php*/php-fpm.d/*.conf",
    "etc/opt/remi/php*/php-fpm.d/*.conf",
    "usr/local/etc/php-fpm.d/*.conf",
];

/// What lies in known places of a tree, whatever it holds. An overlay for an image, which has the vhosts or
/// the pools and not the main configuration that reads them, counts too.
pub fn known(files: &dyn Files) -> World {
    let nginx = match matches(files, NGINX_MAINS) {
        mains if mains.is_empty() => in_context(matches(files, VHOSTS), ContextKind::Http),
        mains => in_context(mains, ContextKind::Main),
    };
    let mut fpm: Vec<FpmRoot> = matches(files, FPM_MAINS)
        .into_iter()
        .map(|path| FpmRoot { paths: vec![path], is_main: true })
        .collect();
    if fpm.is_empty() {
        fpm = by_directory(matches(files, POOLS));
    }
    World { dir: PathBuf::from("/"), installed: true, roots: Roots { nginx, fpm }, ..World::default() }
}

fn in_context(paths: Vec<PathBuf>, context: ContextKind) -> Vec<NginxRoot> {
    paths.into_iter().map(|path| NginxRoot { path, context }).collect()
}

/// Pool files of one directory are read by one master.
pub(super) fn by_directory(paths: Vec<PathBuf>) -> Vec<FpmRoot> {
    let mut out: Vec<FpmRoot> = Vec::new();
    for path in paths {
        match out.last_mut() {
            Some(last) if last.paths.first().and_then(|first| first.parent()) == path.parent() => {
                last.paths.push(path)
            }
            _ => out.push(FpmRoot { paths: vec![path], is_main: false }),
        }
    }
    out
}

fn matches(files: &dyn Files, patterns: &[&str]) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = Vec::new();
    for pattern in patterns {
        out.extend(expand(files, pattern));
    }
    let mut seen = std::collections::HashSet::new();
    out.retain(|path| seen.insert(path.clone()));
    out
}

/// The files that a pattern with at most one `*` a name stands for, in sorted order.
fn expand(files: &dyn Files, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for part in pattern.split('/') {
        found = match part.split_once('*') {
            None => found.into_iter().map(|dir| dir.join(part)).collect(),
            Some((head, tail)) => found
                .iter()
                .flat_map(|dir| files.list(dir))
                .map(|entry| entry.path)
                .filter(|path| is_match(path, head, tail))
                .collect(),
        };
    }
    found.retain(|path| files.kind(path) == Some(Kind::File));
    found
}

fn is_match(path: &Path, head: &str, tail: &str) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    !name.starts_with(b".")
        && name.strip_prefix(head.as_bytes()).is_some_and(|rest| rest.ends_with(tail.as_bytes()))
}
