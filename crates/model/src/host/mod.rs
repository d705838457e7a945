//! The machine: what the tree says of users, groups, names and units, and what is so there right now.

mod access;
mod confined;
mod directories;
pub mod facts;
mod firewall;
mod gather;
mod kernel;
mod live;
mod memory;
pub(crate) mod packages;
mod selinux;
mod tables;
mod trail;
mod units;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

pub use access::{Access, Process};
pub use confined::Profile;
pub use directories::Directories;
pub use facts::Facts;
pub use firewall::{Firewall, Verdict};
pub use kernel::Somaxconn;
pub use live::{Obstacle, Presence};
pub use selinux::{Selinux, SelinuxSource};
use serde::{Deserialize, Serialize};
pub use units::Unit;

use crate::{Files, Sources};

/// One line of `etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The login name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// The number of its primary group.
    pub gid: u32,
}

/// One line of `etc/group`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name.
    pub name: String,
    /// Its number.
    pub gid: u32,
    /// The login names that are in it besides those whose primary group it is.
    pub members: Vec<String>,
}

/// The machine; a part is `None` where neither the tree nor recorded facts have it.
#[derive(Debug, Default)]
pub struct Host {
    /// `etc/passwd`.
    pub users: Option<Vec<User>>,
    /// `etc/group`.
    pub groups: Option<Vec<Group>>,
    /// `etc/hosts`: name in lower case -> addresses, in order.
    pub names: Option<HashMap<String, Vec<IpAddr>>>,
    /// The systemd units of nginx and of PHP-FPM (`nginx`, `php8.2-fpm`) that the tree carries.
    pub units: HashMap<String, Unit>,
    /// The directories that systemd makes.
    pub directories: Directories,
    /// SELinux.
    pub selinux: Option<Selinux>,
    /// The profiles that AppArmor enforces, by program; see [`Host::profile`].
    profiles: BTreeMap<&'static str, Profile>,
    /// What the machine's rules say of packets.
    pub firewall: Firewall,
    /// `net.core.somaxconn`.
    pub somaxconn: Option<Somaxconn>,
    /// The machine's memory in bytes; of a container, what it is given.
    pub memory: Option<u64>,
    /// The number of its processors.
    pub cpus: Option<u32>,
    /// The name servers of `etc/resolv.conf`.
    pub nameservers: Vec<String>,
    /// What was recorded on the machine, where that is given.
    pub facts: Option<Arc<Facts>>,
    /// The ends of all names that somebody listens on; worked out when first asked.
    listening: OnceCell<Option<HashSet<String>>>,
}

impl Host {
    /// What the tree carries; for what it does not, the recorded facts.
    pub(crate) fn load(files: &dyn Files, facts: Option<Arc<Facts>>) -> Self {
        let read = |path: &str| kernel::read(files, path);
        let recorded = facts.as_deref();
        let mut units = units::load(files);
        for (name, settings) in recorded.and_then(|facts| facts.units.as_ref()).into_iter().flatten() {
            units.entry(name.clone()).or_insert_with(|| Unit::of(settings));
        }
        Self {
            users: read("/etc/passwd")
                .map(|text| lines(&text).filter_map(user).collect())
                .or_else(|| recorded?.users.clone()),
            groups: read("/etc/group")
                .map(|text| lines(&text).filter_map(group).collect())
                .or_else(|| recorded?.groups.clone()),
            names: read("/etc/hosts")
                .map(|text| names(&text))
                .or_else(|| Some(recorded?.names.clone()?.into_iter().collect())),
            directories: Directories::load(files, &units),
            units,
            selinux: selinux::load(files, recorded),
            profiles: confined::load(files, recorded),
            firewall: Firewall::load(files),
            somaxconn: Somaxconn::load(files, recorded),
            memory: memory::total(files, recorded),
            cpus: recorded
                .and_then(|facts| facts.cpus)
                .or_else(|| gather::count(read("/sys/devices/system/cpu/online")?.trim())),
            nameservers: recorded
                .and_then(|facts| facts.nameservers.clone())
                .or_else(|| Some(gather::name_servers(&read("/etc/resolv.conf")?)))
                .unwrap_or_default(),
            facts,
            listening: OnceCell::new(),
        }
    }

    /// Gives what findings point at a place among the texts.
    pub(crate) fn place(&mut self, files: &dyn Files, sources: &mut Sources) {
        for unit in self.units.values_mut() {
            unit.place(files, sources);
        }
        self.firewall.place(files, sources);
    }

    /// The user called `name`; `None` where there is none, or the tree does not say.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().flatten().find(|user| user.name == name)
    }

    /// The group called `name`; `None` where there is none, or the tree does not say.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().flatten().find(|group| group.name == name)
    }

    /// What `etc/hosts` says of `name`.
    pub fn addresses(&self, name: &str) -> &[IpAddr] {
        let names = self.names.as_ref();
        names.and_then(|names| names.get(&name.to_ascii_lowercase())).map(Vec::as_slice).unwrap_or_default()
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn user(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { name, uid, gid })
}

fn group(line: &str) -> Option<Group> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let gid = fields.nth(1)?.parse().ok()?;
    let members = fields.next().unwrap_or("").split(',').map(str::trim).filter(|name| !name.is_empty());
    Some(Group { name, gid, members: members.map(str::to_owned).collect() })
}

fn names(text: &str) -> HashMap<String, Vec<IpAddr>> {
    let mut names: HashMap<String, Vec<IpAddr>> = HashMap::new();
    for line in lines(text) {
        let mut words = line.split('#').next().unwrap_or("").split_whitespace();
        let Some(Ok(ip)) = words.next().map(str::parse) else { continue };
        for name in words {
            names.entry(name.to_ascii_lowercase()).or_default().push(ip);
        }
    }
    names
}
