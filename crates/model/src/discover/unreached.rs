//! Configuration that lies where includes look and that none takes.

use std::path::{Path, PathBuf};

use super::search::{is_set_aside, may_be_configuration};
use super::{Class, classify};
use crate::files::Kind;
use crate::nginx::ContextKind;
use crate::stack::NginxRoot;
use crate::{Files, Roots, Sources};

/// The most names that are looked at.
const MAX_NAMES: usize = 100_000;

/// The largest file that is looked into, in bytes.
const MAX_SIZE: usize = 1 << 20;

/// Evident vhosts and pools in the directories of the main configurations that `sources` lacks, sorted. What
/// is set aside on purpose (`sites-available`, backups, examples) is not among them.
pub(super) fn scan(files: &dyn Files, roots: &Roots, sources: &Sources) -> Vec<PathBuf> {
    let is_read = |root: &&NginxRoot| sources.find(&root.path).is_some();
    let mains = roots.nginx.iter().filter(|root| root.context == ContextKind::Main).filter(is_read);
    let mut dirs: Vec<(PathBuf, u32)> =
        mains.filter_map(|root| Some((root.path.parent()?.to_path_buf(), 3))).collect();
    for path in roots.fpm.iter().filter(|root| root.is_main).flat_map(|root| &root.paths) {
        let Some(dir) = path.parent() else { continue };
        dirs.extend(["pool.d", "php-fpm.d", "fpm.d"].map(|name| (dir.join(name), 1)));
    }
    dirs.sort();
    dirs.dedup();

    let mut out = Vec::new();
    let mut seen = 0;
    while let Some((dir, depth)) = dirs.pop() {
        for entry in files.list(&dir) {
            seen += 1;
            if seen > MAX_NAMES {
                return sorted(out);
            }
            if sources.find(&entry.path).is_some() {
                continue;
            }
            let name = entry.path.file_name().unwrap_or_default().to_string_lossy();
            if entry.kind == Kind::Directory {
                if depth > 1 && !is_aside(&name) {
                    dirs.push((entry.path, depth - 1));
                }
            } else if is_candidate(&entry.path, &name) && is_evident(files, &entry.path) {
                out.push(entry.path);
            }
        }
    }
    sorted(out)
}

fn sorted(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths.dedup();
    paths
}

/// Directories of what can be switched on, and of what is only included by name.
fn is_aside(name: &str) -> bool {
    name.ends_with("-available")
        || name.ends_with("-disabled")
        || matches!(name, "snippets" | "includes" | "templates" | "ssl" | "certs" | "tls" | "private")
        || is_set_aside(name)
}

fn is_candidate(path: &Path, name: &str) -> bool {
    !name.starts_with('.') && !is_set_aside(name) && may_be_configuration(path)
}

fn is_evident(files: &dyn Files, path: &Path) -> bool {
    let Ok(text) = files.read(path) else { return false };
    if text.len() > MAX_SIZE {
        return false;
    }
    let has_server = memchr::memmem::find(&text, b"server").is_some();
    match classify(&text) {
        Some(Class::Nginx(ContextKind::Http | ContextKind::Stream | ContextKind::Mail)) => has_server,
        Some(Class::FpmPool) => true,
        _ => false,
    }
}
