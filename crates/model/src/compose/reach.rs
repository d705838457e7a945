//! What containers are called for each other, and where PHP-FPM listens in them.

use super::path::normal;
use super::{Project, Service};
use crate::Stack;
use crate::fpm::{Bind, Master, Pool};

/// Whom a name means for a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// These services, in a common network; never empty.
    Services(Vec<&'a Service>),
    /// A service that is in no network of the container.
    Apart(&'a Service),
    /// Nobody.
    Nobody,
    /// Something that the project does not say.
    Unknown,
}

/// Where a container's PHP-FPM listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listens<'a> {
    /// Here.
    At(Bound<'a>),
    /// The pool's own `listen` counts in images since January 2026; in earlier ones port 9000 overrides it.
    ByImage(Bound<'a>),
    /// Not known.
    Unknown,
}

/// One place where a PHP-FPM listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound<'a> {
    /// The address in the container.
    pub bind: Bind,
    /// The pool that says so; `None` for the image's own, port 9000.
    pub pool: Option<&'a str>,
    /// Where the pool says so.
    pub span: Option<gatelint_syntax::Span>,
}

/// Where official images look for pools.
const POOL_DIR: &str = "/usr/local/etc/php-fpm.d";
/// The image's last file, which until January 2026 set `listen = 9000`.
const LAST_FILE: &str = "zz-docker.conf";
/// The image's first file, which sets it since.
const FIRST_FILE: &str = "docker.conf";
/// The newest PHP whose images were made for the last time before.
const LAST_FORCED: (u8, u8) = (8, 1);

impl Project {
    /// Whom `name` means in the container of `asking`.
    pub fn resolve(&self, asking: &Service, name: &str) -> Resolved<'_> {
        let name = name.to_ascii_lowercase();
        let is_own = asking.own_names.contains(&name);
        if is_own || asking.network_mode.is_some() || self.is_open || asking.is_open {
            return Resolved::Unknown;
        }
        let is_called = |service: &&Service| {
            service.name.text.eq_ignore_ascii_case(&name) || service.aliases.contains(&name)
        };
        let called: Vec<&Service> = self.services.iter().filter(is_called).collect();
        let common: Vec<&Service> = called
            .iter()
            .copied()
            .filter(|service| service.meets(asking) && service.network_mode.is_none())
            .collect();
        let is_shared =
            asking.network_names().any(|name| self.shared_networks.iter().any(|shared| shared == name));
        let is_vague = is_shared
            || name.contains('.')
            || called.iter().any(|one| one.is_open || one.network_mode.is_some());
        match (called.first(), common.is_empty()) {
            (_, false) => Resolved::Services(common),
            _ if is_vague
                || self.services.iter().any(|service| service.is_open && !service.aliases.is_empty()) =>
            {
                Resolved::Unknown
            }
            (Some(service), true) => Resolved::Apart(service),
            (None, true) if self.services.iter().any(|service| service.is_open) => Resolved::Unknown,
            (None, true) => Resolved::Nobody,
        }
    }
}

impl Service {
    /// The networks it is in by name.
    pub fn network_names(&self) -> impl Iterator<Item = &str> {
        let implied = self.networks.is_empty().then_some("default");
        self.networks.iter().map(String::as_str).chain(implied)
    }

    fn meets(&self, other: &Self) -> bool {
        self.network_names().any(|name| other.network_names().any(|own| own == name))
    }
}

impl Stack {
    /// Where the PHP-FPM of a container listens.
    pub fn container_listens<'a>(&'a self, service: &Service) -> Listens<'a> {
        let Some(image) = service.image.as_ref().filter(|image| image.is_official_fpm()) else {
            return Listens::Unknown;
        };
        let touches = |change: &String| {
            ["fpm", "listen", "9000", "php.d", "entrypoint", "cmd "].iter().any(|word| change.contains(word))
        };
        let is_started =
            |command: &str| command.trim_start_matches("docker-php-entrypoint ").starts_with("php-fpm");
        let is_known =
            !service.is_open && !service.is_vague && service.command.as_deref().is_none_or(is_started);
        if !is_known || service.changes.iter().any(touches) {
            return Listens::Unknown;
        }
        let is_pool_place = |target: &str| {
            let target = normal(target);
            target.starts_with("/usr/local/etc") && !target.starts_with("/usr/local/etc/php/")
                || target == "/usr/local"
        };
        let mut pools: Vec<(String, &Master, &Pool)> = Vec::new();
        for (master, pool) in self.fpm.pools() {
            let Some(source) = self.sources.get(pool.header.file) else { continue };
            let own = service.finds(&source.file().to_string_lossy());
            pools.extend(own.filter(|path| is_pool_place(path)).map(|path| (path, master, pool)));
        }
        // What lies there and was not read as a pool may say anything.
        let unread = service.mounts.iter().any(|mount| {
            let is_read = pools.iter().any(|(path, ..)| *path == mount.target);
            is_pool_place(&mount.target) && !is_read
        });
        let image_own = Bound { bind: Bind::Any(9000), pool: None, span: None };
        let [(path, master, pool)] = pools.as_slice() else {
            return if pools.is_empty() && !unread { Listens::At(image_own) } else { Listens::Unknown };
        };
        let name = path.strip_prefix(POOL_DIR).and_then(|rest| rest.strip_prefix('/'));
        let (Some(name), false, true) = (name, unread, master.is_whole) else { return Listens::Unknown };
        let (Some(listener), "www") = (&pool.listener, pool.name.as_str()) else {
            return Listens::Unknown;
        };
        let bound = Bound { bind: listener.bind.clone(), pool: Some(&pool.name), span: Some(listener.span) };
        let version = image.php_version();
        match name {
            _ if name >= LAST_FILE && name.ends_with(".conf") => Listens::At(bound),
            _ if name < FIRST_FILE => Listens::At(image_own),
            _ if version.is_some_and(|version| version <= LAST_FORCED) => Listens::At(image_own),
            _ => Listens::ByImage(bound),
        }
    }
}
