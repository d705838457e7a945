//! The places where packages, images and panels put configuration.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Class, Fragment, World, classify, classify_template};
use crate::files::Kind;
use crate::nginx::{ContextKind, glob};
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

/// What nginx's own image fills in as it starts, into vhosts.
const TEMPLATES: &str = "etc/nginx/templates/*.template";

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
    let mut denied = Vec::new();
    let nginx = match matches(files, NGINX_MAINS, &mut denied) {
        mains if mains.is_empty() => in_context(matches(files, VHOSTS, &mut denied), ContextKind::Http),
        mains => in_context(mains, ContextKind::Main),
    };
    let mut fpm: Vec<FpmRoot> = matches(files, FPM_MAINS, &mut denied)
        .into_iter()
        .map(|path| FpmRoot { paths: vec![path], is_main: true })
        .collect();
    if fpm.is_empty() {
        fpm = by_directory(matches(files, POOLS, &mut denied));
    }
    let templates = matches(files, &[TEMPLATES], &mut denied);
    let templates = templates.into_iter().filter_map(|path| template(files, path)).collect();
    denied.sort();
    denied.dedup_by(|path, before| path.starts_with(before));
    let roots = Roots { nginx, fpm };
    World { dir: PathBuf::from("/"), installed: true, roots, templates, denied, ..World::default() }
}

/// A vhost that the environment fills in: what its content leaves open stands in http.
fn template(files: &dyn Files, path: PathBuf) -> Option<Fragment> {
    let text = files.read(&path).ok()?;
    let class = match classify_template(&path, &text).or_else(|| classify(&text))? {
        Class::NginxSnippet(_) => Class::Nginx(ContextKind::Http),
        class => class,
    };
    Some(Fragment { path, class })
}

fn in_context(paths: Vec<PathBuf>, context: ContextKind) -> Vec<NginxRoot> {
    paths.into_iter().map(|path| NginxRoot { path, context }).collect()
}

/// Pool files of one directory are read by one master. A `php-fpm.conf` that holds pools and includes none is what
/// PHP-FPM starts from: it reads nothing beside it.
pub(super) fn by_directory(paths: Vec<PathBuf>) -> Vec<FpmRoot> {
    let (alone, paths): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| path.file_name().is_some_and(|name| name == "php-fpm.conf"));
    let mut out: Vec<FpmRoot> = Vec::new();
    for path in paths {
        match out.last_mut() {
            Some(last) if last.paths.first().and_then(|first| first.parent()) == path.parent() => {
                last.paths.push(path)
            }
            _ => out.push(FpmRoot { paths: vec![path], is_main: false }),
        }
    }
    out.extend(alone.into_iter().map(|path| FpmRoot { paths: vec![path], is_main: false }));
    out.sort_by(|one, other| one.paths.first().cmp(&other.paths.first()));
    out
}

/// The files that patterns stand for; directories that may not be listed are added to `denied`.
fn matches(files: &dyn Files, patterns: &[&str], denied: &mut Vec<PathBuf>) -> Vec<PathBuf> {
    let root = Path::new("/");
    let all = patterns.iter().flat_map(|pattern| glob(files, &root.join(pattern), denied));
    let mut out: Vec<PathBuf> = all.map(|entry| entry.path).collect();
    let mut seen = HashSet::new();
    out.retain(|path| files.kind(path) == Some(Kind::File) && seen.insert(path.clone()));
    out
}
