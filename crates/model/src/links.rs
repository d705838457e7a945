//! From an address that nginx connects to, to the pools that listen there.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::fpm::{Bind, Covers, Master, PhpOrigin, PhpSetting, Pool};
use crate::nginx::PhpParams;
use crate::{Address, HostName, Stack, Value};

/// A pool and the master that runs it.
#[derive(Clone, Copy, Debug)]
pub struct PoolRef<'a> {
    /// The master.
    pub master: &'a Master,
    /// The pool.
    pub pool: &'a Pool,
}

impl PoolRef<'_> {
    /// The value of PHP's setting `name` at the start of a request: the master's and the pool's, unless the pass
    /// sets it with its `params`, or `.user.ini` does.
    pub fn php(self, params: &PhpParams, name: &str) -> PhpSetting {
        let mut setting = self.master.php(self.pool, name);
        let (value, origin) = match (params.user(name), params.get(name)) {
            (Some((value, span)), _) if self.reads_user_ini(setting.origin) => {
                (Some(value.to_vec()), PhpOrigin::User(span))
            }
            (_, None) => return setting,
            (_, Some(Value::Known((value, span)))) => (Some(value.to_vec()), PhpOrigin::Pass(span)),
            (_, Some(_)) => (None, setting.origin),
        };
        setting.overridden.insert(0, setting.origin);
        PhpSetting { value, origin, overridden: setting.overridden }
    }

    /// Whether `.user.ini` may change a value of this origin: a pool's `php_admin_value` is beyond its rights.
    fn reads_user_ini(self, origin: PhpOrigin) -> bool {
        let is_free = !matches!(origin, PhpOrigin::PoolAdmin(_));
        is_free
            && self.master.php(self.pool, "user_ini.filename").value.is_none_or(|name| name == b".user.ini")
    }
}

/// Who answers at an address.
#[derive(Clone, Debug)]
pub enum Reached<'a> {
    /// These pools; never empty.
    Pools(Vec<PoolRef<'a>>),
    /// No pool of the tree.
    Nobody,
    /// A name, a link or another machine decides.
    Unknown,
}

impl<'a> Reached<'a> {
    /// The pools, where there are some.
    pub fn pools(&self) -> &[PoolRef<'a>] {
        match self {
            Self::Pools(pools) => pools,
            _ => &[],
        }
    }
}

/// Pools by master and number.
pub(crate) type PoolIds = Arc<[(usize, usize)]>;

/// The listeners of all pools by path and by port; values are (master, pool).
#[derive(Debug, Default)]
pub(crate) struct Links {
    by_path: FxHashMap<String, Vec<(usize, usize)>>,
    by_port: FxHashMap<u16, Vec<(usize, usize)>>,
    /// By the name and the port at which containers reach them.
    by_service: FxHashMap<(String, u16), Vec<(usize, usize)>>,
    /// Answers of [`Stack::pool_ids_behind`].
    behind: Mutex<FxHashMap<Address, PoolIds>>,
    /// Pools with a `pm.status_listen`.
    with_status: Vec<(usize, usize)>,
}

impl Links {
    pub(crate) fn build(stack: &Stack) -> Self {
        let mut links = Self { by_service: stack.pools_by_service(), ..Self::default() };
        for (master_index, master) in stack.fpm.masters.iter().enumerate() {
            for (pool_index, pool) in master.pools.iter().enumerate() {
                let id = (master_index, pool_index);
                if pool.status_listener.is_some() {
                    links.with_status.push(id);
                }
                let Some(listener) = &pool.listener else { continue };
                match &listener.bind {
                    Bind::Unix(path) => {
                        links.by_path.entry(path.clone()).or_default().push(id);
                        if let Some(alias) = listener.alias.as_ref().filter(|alias| *alias != path) {
                            links.by_path.entry(alias.clone()).or_default().push(id);
                        }
                    }
                    Bind::Any(port) | Bind::Ip(_, port) | Bind::Name(_, port) => {
                        links.by_port.entry(*port).or_default().push(id);
                    }
                }
            }
        }
        links
    }
}

impl Stack {
    /// Which pools of the tree answer at `address`.
    pub fn pools_behind(&self, address: &Address) -> Reached<'_> {
        match self.ids_behind(address) {
            Some(ids) if ids.is_empty() => Reached::Nobody,
            Some(ids) => Reached::Pools(ids.into_iter().filter_map(|id| self.pool_ref(id)).collect()),
            None => Reached::Unknown,
        }
    }

    /// Those pools by master and pool; none where it is not known which. Of one address there is one list.
    pub(crate) fn pool_ids_behind(&self, address: &Address) -> PoolIds {
        let known = &self.derived.links.behind;
        if let Some(ids) = known.lock().unwrap_or_else(PoisonError::into_inner).get(address) {
            return Arc::clone(ids);
        }
        let ids: PoolIds = self.ids_behind(address).unwrap_or_default().into();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(address.clone()).or_insert(ids))
    }

    /// `None` where a name, a link or another machine decides.
    fn ids_behind(&self, address: &Address) -> Option<Vec<(usize, usize)>> {
        let ids = match address {
            Address::Unix(path) if path.split('/').any(|part| part == "..") => return None,
            Address::Unix(path) => self.derived.links.by_path.get(path),
            Address::Tcp(_, port) => self.derived.links.by_port.get(port),
        };
        if let Some(pools) = self.pools_of_service(address) {
            return Some(pools);
        }
        let mut pools = Vec::new();
        let mut is_unknown = !self.is_this_machine(address);
        for &id in ids.into_iter().flatten() {
            let Some(pool) = self.pool(id) else { continue };
            match self.covers(pool, address) {
                Covers::Yes => pools.push(id),
                Covers::Unknown => is_unknown = true,
                Covers::No => {}
            }
        }
        (!pools.is_empty() || !is_unknown).then_some(pools)
    }

    /// The pools of the container that a name means, where a compose file says so and the hosts file does not.
    fn pools_of_service(&self, address: &Address) -> Option<Vec<(usize, usize)>> {
        let Address::Tcp(HostName::Name(name), port) = address else { return None };
        let ids = self.derived.links.by_service.get(&(name.clone(), *port))?;
        let pools: Vec<_> = ids.iter().filter(|id| self.pool(**id).is_some()).copied().collect();
        (!pools.is_empty() && self.host.addresses(name).is_empty()).then_some(pools)
    }

    /// A master and a pool of it, by their numbers.
    pub(crate) fn pool_ref(&self, (master, pool): (usize, usize)) -> Option<PoolRef<'_>> {
        let master = self.fpm.masters.get(master)?;
        Some(PoolRef { master, pool: master.pools.get(pool)? })
    }

    /// Whether a pool answers for its status page alone at `address`, or may do so.
    pub fn is_status_listener(&self, address: &Address) -> bool {
        let mut pools = self.derived.links.with_status.iter().filter_map(|id| self.pool(*id));
        pools.any(|pool| pool.status_listener.as_ref().is_some_and(|one| one.covers(address) != Covers::No))
    }

    /// Whether `address` is 127.0.0.1 and a pool at its port is bound to the name `localhost`, which the tree does
    /// not resolve. Hosts files as packages ship them give it `::1` too; php-fpm takes that one, and it alone.
    pub fn is_passed_by_localhost(&self, address: &Address) -> bool {
        let Address::Tcp(HostName::Ip(ip), port) = address else { return false };
        let ids = self.derived.links.by_port.get(port).map(Vec::as_slice).unwrap_or_default();
        let binds = ids.iter().filter_map(|id| Some(&self.pool(*id)?.listener.as_ref()?.bind));
        let is_named = |bind: &Bind| matches!(bind, Bind::Name(name, _) if name == "localhost");
        let are_all_named = !ids.is_empty() && binds.clone().all(is_named);
        *ip == std::net::Ipv4Addr::LOCALHOST && self.host.names.is_none() && are_all_named
    }

    fn pool(&self, (master, pool): (usize, usize)) -> Option<&Pool> {
        self.fpm.masters.get(master)?.pools.get(pool)
    }

    fn covers(&self, pool: &Pool, address: &Address) -> Covers {
        let Some(listener) = &pool.listener else { return Covers::Unknown };
        match address {
            Address::Tcp(HostName::Name(name), port) if name != "localhost" => {
                let mut answers = self
                    .host
                    .addresses(name)
                    .iter()
                    .map(|ip| listener.covers(&Address::Tcp(HostName::Ip(*ip), *port)));
                match answers.clone().count() {
                    0 => listener.covers(address),
                    _ => answers.find(|covers| *covers != Covers::No).unwrap_or(Covers::No),
                }
            }
            _ => listener.covers(address),
        }
    }

    /// Whether an address surely is this machine's own: a socket, loopback, a name that `etc/hosts` gives
    /// loopback, an address that a pool of the tree is bound to.
    pub fn is_this_machine(&self, address: &Address) -> bool {
        match address {
            Address::Unix(_) => true,
            Address::Tcp(host, _) if host.is_loopback() => true,
            Address::Tcp(HostName::Name(name), _) => {
                let addresses = self.host.addresses(name);
                !addresses.is_empty() && addresses.iter().all(|ip| ip.is_loopback())
            }
            Address::Tcp(HostName::Ip(ip), _) => self.fpm.pools().any(|(_, pool)| {
                matches!(&pool.listener, Some(listener) if matches!(&listener.bind, Bind::Ip(own, _) if own == ip))
            }),
        }
    }
}
