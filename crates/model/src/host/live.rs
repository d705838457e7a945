//! What the recorded facts of a machine say of an address: who listens, and who may get there.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::facts::{Facts, Node, Rights};
use super::trail::{Trail, follow};
use super::{Access, Host, Process};
use crate::address::normal_path;
use crate::{Address, HostName, Stack};

/// What was at an address when the facts were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Somebody listens.
    Listening,
    /// A socket's file is there, and nobody of this network listens at it.
    Deserted,
    /// Nothing is there: no file, no listener at the port.
    Absent,
}

/// What keeps a process from a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The directory that it may not search, or the socket that it may not write to.
    pub path: String,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Owner and group, by name where the machine has one, and the permission bits.
    pub access: Access,
}

impl Facts {
    fn look(&self, path: &str) -> Option<Node> {
        self.nodes.get(path).cloned()
    }

    fn trail(&self, path: &str) -> Option<Trail> {
        // Elsewhere addresses have `/run` for `/var/run`.
        if path.starts_with("/run/") && matches!(self.nodes.get("/var/run"), Some(Node::Directory(_))) {
            return None;
        }
        follow(path, &mut |step| self.look(step))
    }

    /// The paths without links that somebody listens on, and the bare names of those bound by a relative path.
    fn listening(&self) -> Option<HashSet<String>> {
        let real = |name: &String| match name.strip_prefix('/') {
            Some(_) => {
                follow(name, &mut |step| self.look(step)).map_or_else(|| name.clone(), |trail| trail.path)
            }
            None => name.rsplit('/').next().unwrap_or(name).to_owned(),
        };
        Some(self.unix.as_ref()?.iter().map(real).collect())
    }

    fn listens(&self, ip: IpAddr, port: u16) -> Option<bool> {
        let all = self.tcp.as_ref()?.iter().filter(|listener| listener.port() == port);
        // One on `::` takes IPv4 too, unless it was told not to, which the table does not tell.
        let takes = |own: IpAddr| own == ip || own.is_unspecified() && (own.is_ipv6() || ip.is_ipv4());
        Some(all.map(std::net::SocketAddr::ip).any(takes))
    }
}

impl Stack {
    /// What was at an address of this machine when its facts were recorded. `None` without facts, for an address
    /// that nobody asked about then, and where it takes more to know.
    pub fn presence(&self, address: &Address) -> Option<Presence> {
        let facts = self.host.facts.as_deref()?;
        let shown = address.to_string();
        if !self.is_this_machine(address) || !facts.asked.contains(&shown) {
            return None;
        }
        match address {
            Address::Unix(path) => self.socket_presence(facts, path),
            Address::Tcp(host, port) => {
                let both = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
                let ips: &[IpAddr] = match host {
                    HostName::Ip(ip) => std::slice::from_ref(ip),
                    HostName::Name(name) => match self.host.addresses(name) {
                        [] => &both,
                        ips => ips,
                    },
                };
                let listens = ips.iter().map(|ip| facts.listens(*ip, *port)).collect::<Option<Vec<_>>>()?;
                let is_there = listens.contains(&true) || self.host.has_private("PrivateNetwork");
                Some(if is_there { Presence::Listening } else { Presence::Absent })
            }
        }
    }

    /// Whether a `listen` of any kind of server may be there as soon as nginx starts with this configuration.
    pub fn may_listen(&self, address: &Address) -> bool {
        self.directives("listen").filter_map(|listen| listen.arg(0)).any(|arg| {
            let text = arg.text();
            match address {
                Address::Unix(path) => {
                    text.strip_prefix("unix:").is_some_and(|own| normal_path(own) == *path)
                }
                Address::Tcp(_, port) => text.rsplit(':').next() == Some(port.to_string().as_str()),
            }
        })
    }

    fn socket_presence(&self, facts: &Facts, path: &str) -> Option<Presence> {
        // A service may have a directory of its own for these, and an address space for names of sockets.
        let is_temporary = path.starts_with("/tmp/") || path.starts_with("/var/tmp/");
        if is_temporary && self.host.has_private("PrivateTmp") || self.host.has_private("RootDirectory") {
            return None;
        }
        let trail = facts.trail(path)?;
        if trail.end == Node::Missing {
            return Some(Presence::Absent);
        }
        let listening = self.host.listening.get_or_init(|| facts.listening()).as_ref()?;
        let name = trail.path.rsplit('/').next().unwrap_or_default();
        if listening.contains(&trail.path) || listening.contains(name) {
            return Some(Presence::Listening);
        }
        let is_elsewhere =
            self.host.has_private("PrivateNetwork") || self.host.has_private("NetworkNamespacePath");
        (!is_elsewhere && matches!(trail.end, Node::Socket(_))).then_some(Presence::Deserted)
    }

    /// What keeps `process` from the socket at `path`, by owner and mode of the socket and of every directory on
    /// the way when the facts were recorded; the first that does. `None`: nothing that is known.
    pub fn obstacle(&self, process: &Process, path: &str) -> Option<Obstacle> {
        let facts = self.host.facts.as_deref()?;
        let trail = facts.trail(path)?;
        let Node::Socket(socket) = trail.end else { return None };
        let access = |rights: &Rights| Access {
            owner: self.host.user_name(rights.uid),
            group: self.host.group_name(rights.gid),
            mode: rights.mode,
        };
        let closed = trail
            .directories
            .iter()
            .find(|(_, rights)| !rights.acl && self.host.may_enter(process, &numbers(rights)) == Some(false));
        if let Some((path, rights)) = closed {
            return Some(Obstacle { path: path.clone(), is_directory: true, access: access(rights) });
        }
        let is_closed = !socket.acl && self.host.may_connect(process, &numbers(&socket)) == Some(false);
        is_closed.then(|| Obstacle { path: trail.path, is_directory: false, access: access(&socket) })
    }

    /// Whether `process` surely gets to the socket at `path`, by the same rights, and somebody listens there.
    pub fn lets_in(&self, process: &Process, path: &str) -> bool {
        let address = Address::Unix(path.to_owned());
        let trail = self.host.facts.as_deref().and_then(|facts| facts.trail(path));
        let Some(Trail { directories, end: Node::Socket(socket), .. }) = trail else { return false };
        self.presence(&address) == Some(Presence::Listening)
            && directories
                .iter()
                .all(|(_, rights)| self.host.may_enter(process, &numbers(rights)) == Some(true))
            && self.host.may_connect(process, &numbers(&socket)) == Some(true)
    }
}

fn numbers(rights: &Rights) -> Access {
    Access { owner: rights.uid.to_string(), group: rights.gid.to_string(), mode: rights.mode }
}

impl Host {
    /// Whether a unit of nginx or PHP-FPM has something of its own: a setting that is neither off nor empty.
    fn has_private(&self, setting: &str) -> bool {
        let is_off = |value: &str| matches!(value, "no" | "false" | "off" | "0");
        self.units.values().any(|unit| unit.get(setting).is_some_and(|value| !is_off(value)))
    }

    /// The name of a user, or the number where none has it.
    fn user_name(&self, uid: u32) -> String {
        let user = self.users.iter().flatten().find(|user| user.uid == uid);
        user.map_or_else(|| uid.to_string(), |user| user.name.clone())
    }

    /// The name of a group, or the number where none has it.
    fn group_name(&self, gid: u32) -> String {
        let group = self.groups.iter().flatten().find(|group| group.gid == gid);
        group.map_or_else(|| gid.to_string(), |group| group.name.clone())
    }

    /// Whether a program of this name was running; `None` where that is not known.
    pub fn runs(&self, is_it: impl Fn(&str) -> bool) -> Option<bool> {
        let processes = self.facts.as_ref()?.processes.as_ref()?;
        Some(processes.iter().any(|process| is_it(&process.name)))
    }

    /// Where accounts come from besides `/etc/passwd` and `/etc/group`, where they do.
    pub fn account_sources(&self) -> &[String] {
        let facts = self.facts.as_deref();
        facts.and_then(|facts| facts.account_sources.as_deref()).unwrap_or_default()
    }
}
