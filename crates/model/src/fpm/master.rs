//! One php-fpm process: a main configuration with what it includes, or pool files that came without one.

use std::net::IpAddr;
use std::path::Path;

use gatelint_syntax::{FileId, Span};

use super::listen::is_path;
use super::php::Ini;
use super::read::Reader;
use super::{Bind, Layout, Listener, Pool, Refusal, Settings, check};
use crate::address::normal_path;
use crate::stack::FpmRoot;
use crate::{Files, Options, Problem, Sources};

/// An `include`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Its value.
    pub span: Span,
    /// The pattern as php-fpm completes it.
    pub pattern: String,
    /// How many files it took in.
    pub files: usize,
    /// Whether the tree has the directory that it names.
    pub has_directory: bool,
}

/// A master and its pools.
#[derive(Debug)]
pub struct Master {
    /// Every file that was read, the main configuration first; one that is included twice stands there twice.
    pub files: Vec<FileId>,
    /// Whether there is a main configuration. Without one, and with a template, what is missing may be set elsewhere.
    pub is_main: bool,
    /// Whether all of it was read: no include of a name that the environment fills in, no template, no file or
    /// directory that may not be read.
    pub is_whole: bool,
    /// Where its files lie.
    pub layout: Layout,
    /// `[global]`, and what stands before any section.
    pub global: Settings,
    /// In the order in which they are first opened.
    pub pools: Vec<Pool>,
    /// In reading order.
    pub includes: Vec<Include>,
    /// Why it does not start, in php-fpm's own order.
    pub refusals: Vec<Refusal>,
    /// PHP's own configuration.
    pub(super) php: Ini,
}

impl Master {
    pub(super) fn load(
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        root: &FpmRoot,
        options: &Options,
    ) -> Self {
        let problems_before = problems.len();
        let main = root.paths.first().map_or(Path::new("/"), |path| path.as_path());
        let layout = Layout::of(main, options.php_version);
        let mut reader = Reader::new(files, sources, problems, &layout, root.is_main, options);
        for path in &root.paths {
            reader.root(path);
        }
        let read = reader.finish();
        let is_whole = problems.len() == problems_before && !read.is_template;
        let mut master = Self {
            files: read.files,
            is_main: root.is_main && !read.is_template,
            is_whole,
            global: read.global,
            pools: read.pools,
            includes: read.includes,
            refusals: read.refusals,
            php: Ini::load(files, sources, problems, &layout),
            layout,
        };
        let hosts = files.read(Path::new("/etc/hosts")).unwrap_or_default();
        master.resolve_listeners(&|name| first_address(&hosts, name));
        check::all(&mut master, files, sources, options);
        master
    }

    /// Whether it starts. One broken pool keeps all pools of its master from listening.
    pub fn starts(&self) -> bool {
        self.refusals.is_empty()
    }

    /// A path of a pool as `fpm_evaluate_full_path()` completes it: below the pool's `prefix`, else the master's.
    pub fn complete_path(&self, pool: &Pool, path: &str) -> Option<String> {
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        let base = self.layout.prefix.to_string_lossy();
        let base = base.trim_end_matches('/');
        let joined = match pool.get("prefix") {
            // One that is set and empty is the root.
            Some(prefix) => format!("{}/{path}", prefix.text()?),
            None => path.to_owned(),
        };
        Some(if joined.starts_with('/') { joined } else { format!("{base}/{joined}") })
    }

    /// The pool's `chroot`, completed; a `$prefix` at its start stands for the prefix. `None` where there is none or
    /// it is not known.
    pub fn chroot(&self, pool: &Pool) -> Option<String> {
        let setting = pool.settings.filled("chroot")??;
        let text = setting.text()?;
        let Some(rest) = text.strip_prefix("$prefix") else { return self.complete_path(pool, &text) };
        let prefix = self.complete_path(pool, "")?;
        let prefix = prefix.trim_end_matches('/');
        Some(if rest.is_empty() { prefix.to_owned() } else { format!("{prefix}/{rest}") })
    }

    fn resolve_listeners(&mut self, hosts: &dyn Fn(&str) -> Option<IpAddr>) {
        let listeners =
            |key| -> Vec<_> { self.pools.iter().map(|pool| self.listener(pool, key, hosts)).collect() };
        let (own, status) = (listeners("listen"), listeners("pm.status_listen"));
        for (pool, (own, status)) in self.pools.iter_mut().zip(own.into_iter().zip(status)) {
            pool.listener = own;
            pool.status_listener = status;
        }
    }

    fn listener(&self, pool: &Pool, key: &str, hosts: &dyn Fn(&str) -> Option<IpAddr>) -> Option<Listener> {
        let setting = pool.settings.filled(key)??;
        let text = setting.text()?;
        let address = if is_path(&text) { self.complete_path(pool, &text)? } else { text.into_owned() };
        let bind = Bind::new(&address, hosts).ok()?;
        let alias = match (&bind, self.layout.version) {
            (Bind::Unix(path), Some((major, minor)))
                if self.layout.is_debian && *path == format!("/run/php/php{major}.{minor}-fpm.sock") =>
            {
                Some("/run/php/php-fpm.sock".to_owned())
            }
            _ => None,
        };
        Some(Listener { bind, address, span: setting.at(), alias })
    }
}

/// The address that `getaddrinfo()` gives first for a name of `/etc/hosts`; `None` where the file does not say.
fn first_address(hosts: &[u8], name: &str) -> Option<IpAddr> {
    let text = String::from_utf8_lossy(hosts);
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let found: Vec<IpAddr> = lines
        .filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let address = words.next()?.parse().ok()?;
            words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
        })
        .collect();
    // Of both families, the loopback of IPv6 comes first; for other addresses the machine's routes decide.
    let v6_loopback = found.iter().find(|ip| ip.is_ipv6() && ip.is_loopback());
    let mixed = found.iter().any(IpAddr::is_ipv4) && found.iter().any(IpAddr::is_ipv6);
    match (v6_loopback, mixed) {
        (Some(ip), _) => Some(*ip),
        (None, true) => None,
        (None, false) => found.first().copied(),
    }
}

/// The directory that holds what a pattern names, down to the first part that is a pattern.
pub(super) fn directory_of(pattern: &str) -> String {
    let fixed = pattern.find(['*', '?', '[']).map_or(pattern, |at| pattern.get(..at).unwrap_or(pattern));
    normal_path_of(fixed.rsplit_once('/').map_or("", |(dir, _)| dir))
}

fn normal_path_of(dir: &str) -> String {
    if dir.is_empty() { "/".to_owned() } else { normal_path(dir) }
}
