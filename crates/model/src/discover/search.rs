//! The search through a repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::known::{by_directory, known};
use super::nginx::is_nginx_alone;
use super::projects::Projects;
use super::{Class, Discovery, Fragment, World, classify, classify_template};
use crate::files::{Kind, Rooted, Walk};
use crate::nginx::ContextKind;
use crate::stack::{FpmRoot, NginxRoot};
use crate::template::{is_template, without_suffix};
use crate::world::is_compose;
use crate::{Files, Roots};

/// The most names that one search looks at.
const MAX_NAMES: usize = 100_000;

/// The largest file that is taken for configuration unasked, in bytes.
const MAX_SIZE: usize = 4 << 20;

/// Finds all configuration of a tree. What lies in known places comes first, and then is all there is;
/// otherwise everything is looked at, beginning with `near`. `name` is what the tree itself is called: a
/// directory named after nginx says something of the files in it.
pub fn search(files: &Rooted, near: &Path, name: &Path) -> Discovery {
    let here = known(files);
    if !here.is_empty() {
        return Discovery { worlds: vec![here], complete: true };
    }
    let mut found = files.walk(near, MAX_NAMES);
    if near != Path::new("/") {
        let all = files.walk(Path::new("/"), MAX_NAMES);
        found.complete &= all.complete;
        found.files.extend(all.files);
    }
    among(files, found, name)
}

/// As [`search`], below `dirs` and right in `tops` alone: nothing shows that what lies around them belongs to them.
pub fn search_in(files: &Rooted, dirs: &[&Path], tops: &[&Path], name: &Path) -> Discovery {
    let mut found = Walk { files: Vec::new(), complete: true };
    for dir in dirs {
        let below = files.walk(dir, MAX_NAMES);
        found.complete &= below.complete;
        found.files.extend(below.files);
    }
    for dir in tops {
        let entries = files.list(dir).into_iter().filter(|entry| entry.kind == Kind::File);
        found.files.extend(entries.map(|entry| entry.path));
    }
    among(files, found, name)
}

fn among(files: &Rooted, found: Walk, name: &Path) -> Discovery {
    let full = |path: &Path| name.join(path.strip_prefix("/").unwrap_or(path));
    let (compose, others): (Vec<PathBuf>, Vec<PathBuf>) =
        found.files.into_iter().partition(|path| is_compose(path));
    let paths: BTreeSet<PathBuf> =
        others.into_iter().filter(|path| may_be_configuration(&full(path))).collect();
    let projects = Projects::find(files, &compose, &paths);

    let mut by_world: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in paths {
        let dir = path.ancestors().skip(1).find(|dir| projects.dirs.contains(*dir)).unwrap_or(Path::new("/"));
        by_world.entry(dir.to_path_buf()).or_default().push(path);
    }
    let worlds = by_world.into_iter().filter_map(|(dir, paths)| {
        let compose = projects.compose_of(&dir);
        Some(World { compose, ..world(files, dir, &paths)? })
    });
    let worlds = worlds.collect();
    Discovery { worlds, complete: found.complete }
}

fn world(files: &Rooted, dir: PathBuf, paths: &[PathBuf]) -> Option<World> {
    let at_root = dir == Path::new("/");
    let inner = if at_root { None } else { Some(files.subtree(&dir).ok()?) };
    let files = inner.as_ref().unwrap_or(files);
    let known = if at_root { World::default() } else { known(files) };
    let paths = paths.iter().filter_map(|path| path.strip_prefix(&dir).ok());
    let loose = loose(files, paths.map(|path| Path::new("/").join(path)));
    let mut world = if known.is_empty() { loose } else { beside(known, loose) };
    world.dir = dir;
    (!world.is_empty()).then_some(world)
}

/// What lies in known places is in use; of whatever lies elsewhere, only includes and links can make use.
fn beside(known: World, loose: World) -> World {
    let nginx = |root: NginxRoot| Fragment { path: root.path, class: Class::Nginx(root.context) };
    let fpm = |path| Fragment { path, class: Class::FpmMain };
    let mut fragments = loose.fragments;
    fragments.extend(loose.roots.nginx.into_iter().map(nginx));
    fragments.extend(loose.roots.fpm.into_iter().flat_map(|root| root.paths).map(fpm));
    fragments.retain(|fragment| host_dir(&fragment.path).is_none());
    let mut templates = known.templates.clone();
    let is_new = |template: &Fragment| known.templates.iter().all(|other| other.path != template.path);
    templates.extend(loose.templates.into_iter().filter(is_new));
    World { fragments, templates, ..known }
}

/// A world of files that lie anywhere.
fn loose(files: &dyn Files, paths: impl Iterator<Item = PathBuf>) -> World {
    let mut world = World::default();
    let (mut snippets, mut snippet_templates) = (Vec::new(), Vec::new());
    for path in paths {
        let Ok(text) = files.read(&path) else { continue };
        if text.len() > MAX_SIZE {
            continue;
        }
        if is_template(&path, &text) {
            match classify_template(&path, &text) {
                Some(class @ Class::NginxSnippet(_)) => snippet_templates.push(Fragment { path, class }),
                Some(class) => world.templates.push(Fragment { path, class }),
                None => {}
            }
            continue;
        }
        match classify(&text) {
            Some(Class::Nginx(ContextKind::Main)) => {
                world.roots.nginx.push(NginxRoot { path, context: ContextKind::Main });
            }
            Some(Class::FpmMain) => world.roots.fpm.push(FpmRoot { paths: vec![path], is_main: true }),
            Some(class @ (Class::Nginx(_) | Class::FpmPool)) => {
                world.fragments.push(Fragment { path, class });
            }
            Some(class @ Class::NginxSnippet(_)) if is_nginx_alone(&text) => {
                snippets.push(Fragment { path, class });
            }
            Some(Class::NginxSnippet(_)) | None => {}
        }
    }
    if world.is_empty() {
        (world.fragments, world.templates) = (snippets, snippet_templates);
    }
    world
}

/// Templates as roots of their own: each is read for itself, for which of them end on one machine is not known.
pub(super) fn templates_as_roots(templates: &[Fragment]) -> Roots {
    let (nginx, fpm): (Vec<&Fragment>, Vec<&Fragment>) =
        templates.iter().partition(|template| template.class.is_nginx());
    let nginx: Vec<Fragment> = nginx.into_iter().cloned().collect();
    let fpm = fpm.into_iter().map(|template| FpmRoot { paths: vec![template.path.clone()], is_main: false });
    Roots { fpm: fpm.collect(), ..as_roots(&nginx) }
}

/// Fragments as roots of their own, each in the context that it evidently stands in.
pub(super) fn as_roots(fragments: &[Fragment]) -> Roots {
    let nginx = fragments.iter().filter_map(|fragment| match fragment.class {
        Class::Nginx(context) | Class::NginxSnippet(context) => {
            Some(NginxRoot { path: fragment.path.clone(), context })
        }
        Class::FpmMain | Class::FpmPool => None,
    });
    let pools =
        fragments.iter().filter(|fragment| !fragment.class.is_nginx()).map(|fragment| fragment.path.clone());
    Roots { nginx: nginx.collect(), fpm: by_directory(pools.collect()) }
}

/// The directory that plays `/` for a file of a host's tree: the one above the `etc` or `usr/local` that holds it.
pub(super) fn host_dir(path: &Path) -> Option<PathBuf> {
    let names: Vec<&[u8]> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.as_encoded_bytes()),
            _ => None,
        })
        .collect();
    let depth = names.iter().enumerate().find_map(|(index, name)| {
        let next = names.get(index + 1).copied();
        (*name == b"etc" || *name == b"usr" && next == Some(b"local")).then_some(index)
    });
    depth.map(|depth| path.components().take(depth + 1).collect())
}

/// Whether a name can be that of configuration. Content decides; this spares the reading of everything else.
pub(super) fn may_be_configuration(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if is_set_aside(&name) {
        return false;
    }
    let (name, is_template) = (without_suffix(&name), without_suffix(&name) != name);
    let named_for_it = name.contains("nginx") || name.contains("fpm") || name.contains("vhost");
    match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("conf" | "vhost" | "inc" | "nginx" | "cfg") => true,
        Some(suffix) if FOREIGN.contains(&suffix) => false,
        _ if is_template => true,
        // `example.com` among the vhosts, `default`, `nginx.conf.prod`.
        Some(_) => named_for_it || in_configuration_directory(path),
        None => named_for_it || in_configuration_directory(path),
    }
}

/// Suffixes of what lies beside configuration and is none.
const FOREIGN: &[&str] = &[
    "md", "txt", "rst", "html", "htm", "css", "js", "mjs", "ts", "tsx", "jsx", "json", "yml", "yaml", "toml",
    "xml", "php", "phtml", "py", "rb", "pl", "go", "rs", "c", "h", "java", "lua", "sh", "bash", "sql",
    "lock", "log", "svg", "png", "jpg", "jpeg", "gif", "ico", "webp", "pdf", "woff", "woff2", "ttf", "gz",
    "zip", "tar", "tgz", "pem", "crt", "key", "csr", "service", "twig", "vue", "scss", "map", "csv",
];

fn in_configuration_directory(path: &Path) -> bool {
    path.parent().is_some_and(|dir| {
        dir.components().any(|part| {
            let name = part.as_os_str().to_string_lossy().to_ascii_lowercase();
            ["nginx", "sites-", "vhost", "conf.d", "http.d", "pool.d", "fpm"]
                .iter()
                .any(|hint| name.contains(hint))
        })
    })
}

/// Whether a name says that the file is not in use: a backup, an example, what a package left beside.
pub(super) fn is_set_aside(name: &str) -> bool {
    const SUFFIXES: &[&str] = &[
        "~",
        ".bak",
        ".backup",
        ".old",
        ".orig",
        ".save",
        ".swp",
        ".disabled",
        ".off",
        ".rpmnew",
        ".rpmsave",
        ".rpmorig",
        ".example",
        ".sample",
        ".default",
        ".dist",
        ".ucf-dist",
        ".ucf-old",
        ".ucf-new",
        ".apk-new",
    ];
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) || name.contains(".dpkg-") || name.contains(".bak.")
}
