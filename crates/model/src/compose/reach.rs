//! What containers are called for each other, and where PHP-FPM listens in them.

use rustc_hash::FxHashMap;

use super::path::normal;
use super::{Mount, Project, Service};
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

impl Bound<'_> {
    /// The address as one writes it.
    pub fn shown(&self) -> String {
        match &self.bind {
            Bind::Unix(path) => path.clone(),
            Bind::Any(port) => port.to_string(),
            Bind::Ip(ip, port) => std::net::SocketAddr::new(*ip, *port).to_string(),
            Bind::Name(name, port) => format!("{name}:{port}"),
        }
    }
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

/// The pools that a container finds among its files.
struct Found<'a> {
    /// The path in the container, and the pool by index.
    pools: Vec<(String, &'a Master, &'a Pool, PoolIndex)>,
    /// Whether something else lies where pools are, which may say anything.
    has_more: bool,
}

/// Master and pool.
pub(crate) type PoolIndex = (usize, usize);

/// Where images have pools, and nothing of PHP's own settings.
fn is_pool_place(target: &str) -> bool {
    let target = normal(target);
    target.starts_with("/usr/local/etc") && !target.starts_with("/usr/local/etc/php/")
        || target == "/usr/local"
}

/// Where other images, of distributions, have them.
fn is_package_place(target: &str) -> bool {
    target.starts_with("/etc/php") && (target.contains("/pool.d/") || target.contains("/php-fpm.d/"))
        || target.starts_with("/opt/bitnami/php/etc/")
}

impl Bind {
    /// The port at which connections from other containers arrive.
    fn shared_port(&self) -> Option<u16> {
        match self {
            Self::Any(port) => Some(*port),
            Self::Ip(ip, port) if ip.is_unspecified() => Some(*port),
            _ => None,
        }
    }
}

impl Stack {
    fn find_pools(&self, service: &Service) -> Found<'_> {
        let place = |file| service.finds(&self.sources.get(file)?.file().to_string_lossy());
        let mut pools = Vec::new();
        for (master_at, master) in self.fpm.masters.iter().enumerate() {
            for (at, pool) in master.pools.iter().enumerate() {
                if let Some(path) = place(pool.header.file) {
                    pools.push((path, master, pool, (master_at, at)));
                }
            }
        }
        // What lies there and was not read as a pool may say anything.
        let is_read = |mount: &Mount| pools.iter().any(|(path, ..)| *path == mount.target);
        let has_more = service.mounts.iter().any(|mount| is_pool_place(&mount.target) && !is_read(mount));
        Found { pools, has_more }
    }

    /// The pools that answer other containers in the container of `service`, and at which port.
    fn shared_pools(&self, service: &Service) -> Vec<(PoolIndex, u16)> {
        let found = self.find_pools(service);
        let pools = || found.pools.iter().filter(|(path, ..)| is_pool_place(path) || is_package_place(path));
        let bound = match self.container_listens(service) {
            Listens::At(bound) | Listens::ByImage(bound) => Some(bound),
            Listens::Unknown => None,
        };
        if let (Some(bound), Some((_, _, pool, index)), None) = (bound, pools().next(), pools().nth(1)) {
            let port = bound.bind.shared_port().filter(|_| pool.name == "www");
            return port.map(|port| (*index, port)).into_iter().collect();
        }
        // What one file says another may take back: all of a master's files are in the container, and only they.
        let is_here = |file: &gatelint_syntax::FileId| {
            let source = self.sources.get(*file);
            source.is_some_and(|source| service.finds(&source.file().to_string_lossy()).is_some())
        };
        let is_single = |pool: &Pool| pools().filter(|(_, _, other, _)| other.name == pool.name).count() == 1;
        let whole =
            pools().filter(|(_, master, pool, _)| master.files.iter().all(is_here) && is_single(pool));
        whole
            .filter_map(|(_, _, pool, index)| Some((*index, pool.listener.as_ref()?.bind.shared_port()?)))
            .collect()
    }

    /// The pools that answer where a container asks for `name`, by name and port: what all services of that name, in
    /// all projects, agree on.
    pub(crate) fn pools_by_service(&self) -> FxHashMap<(String, u16), Vec<PoolIndex>> {
        let mut by_name: FxHashMap<String, Vec<Vec<(PoolIndex, u16)>>> = FxHashMap::default();
        if self.fpm.masters.is_empty() {
            return FxHashMap::default();
        }
        for project in &self.world.compose.projects {
            for service in &project.services {
                let shared = self.shared_pools(service);
                for name in std::iter::once(&service.name.text).chain(&service.aliases) {
                    by_name.entry(name.to_ascii_lowercase()).or_default().push(shared.clone());
                }
            }
        }
        let mut out: FxHashMap<(String, u16), Vec<PoolIndex>> = FxHashMap::default();
        for (name, answers) in by_name {
            let Some(first) = answers.first().filter(|first| answers.iter().all(|other| other == *first))
            else {
                continue;
            };
            for (index, port) in first {
                out.entry((name.clone(), *port)).or_default().push(*index);
            }
        }
        out
    }

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
        let Found { pools, has_more: unread } = self.find_pools(service);
        let pools: Vec<_> = pools.iter().filter(|(path, ..)| is_pool_place(path)).collect();
        let image_own = Bound { bind: Bind::Any(9000), pool: None, span: None };
        let [(path, master, pool, _)] = pools.as_slice() else {
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
