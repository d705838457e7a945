//! What nginx itself listens on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};

use super::inet::{self, Endpoint, Host};
use super::{ContextId, ContextKind, Directive, PlaceId, Scope};
use crate::address::normal_path;
use crate::{Address, HostName, Stack};

/// The address of a `listen`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListenAddress {
    /// A unix socket, in normal form.
    Unix(String),
    /// A TCP port of an address; the unspecified address means all of its family.
    Tcp(HostName, u16),
}

/// One `listen` of an http server, or the `*:80` that a server without one gets.
#[derive(Clone, Debug)]
pub struct Listen<'a> {
    /// The directive; `None` for the default.
    pub directive: Option<Directive<'a>>,
    /// The server.
    pub server: Scope<'a>,
    /// The address.
    pub address: ListenAddress,
}

impl Listen<'_> {
    /// Whether it carries a parameter such as `ssl`.
    pub fn has(&self, parameter: &str) -> bool {
        let args = self.directive.into_iter().flat_map(Directive::args).skip(1);
        args.into_iter().any(|arg| *arg.value == *parameter.as_bytes())
    }

    /// Whether TLS is spoken on it: `listen ... ssl`, or the old `ssl on`.
    pub fn is_tls(&self) -> bool {
        self.has("ssl") || self.has("quic") || self.server.flag("ssl", false).is_some_and(|ssl| ssl.value)
    }

    /// Whether HTTP/2 is spoken on it: `listen ... http2`, or `http2 on` since nginx 1.25.1.
    pub fn is_http2(&self) -> bool {
        self.has("http2") || self.server.flag("http2", false).is_some_and(|http2| http2.value)
    }

    /// Its options that decide how a client has to speak: TLS, HTTP/2, the PROXY protocol.
    fn options(&self) -> [bool; 3] {
        [self.is_tls(), self.is_http2(), self.has("proxy_protocol")]
    }

    /// Whether it takes every address of its family.
    fn is_any(&self) -> bool {
        matches!(&self.address, ListenAddress::Tcp(HostName::Ip(ip), _) if ip.is_unspecified())
    }

    /// Whether a connection to `host:port` arrives here; `None` where a name decides.
    pub fn covers(&self, host: &HostName, port: u16) -> Option<bool> {
        let ListenAddress::Tcp(own, own_port) = &self.address else { return Some(false) };
        if *own_port != port {
            return Some(false);
        }
        let v6_only = !self.has("ipv6only=off");
        let target = match host {
            HostName::Ip(ip) => *ip,
            // nginx tries both addresses, `::1` before 127.0.0.1 where the hosts file has both.
            HostName::Name(name) if name == "localhost" => {
                let both = [Ipv6Addr::LOCALHOST.into(), IpAddr::from(Ipv4Addr::LOCALHOST)];
                let mut each = both.map(|ip| self.covers(&HostName::Ip(ip), port)).into_iter();
                return each
                    .clone()
                    .find(|covers| *covers == Some(true))
                    .unwrap_or_else(|| each.next().flatten());
            }
            HostName::Name(_) => return None,
        };
        match own {
            HostName::Ip(IpAddr::V4(any)) if any.is_unspecified() => Some(target.is_ipv4()),
            HostName::Ip(IpAddr::V6(any)) if any.is_unspecified() => Some(target.is_ipv6() || !v6_only),
            HostName::Ip(ip) => Some(*ip == target),
            HostName::Name(_) => None,
        }
    }
}

/// The most ports of one range that are looked at.
const MAX_PORTS: usize = 1024;

/// The addresses of a `listen`, one for each port of a range; none where nginx refuses it or a template fills it in.
fn addresses(text: &[u8]) -> Vec<ListenAddress> {
    let Ok(Endpoint { host, ports: (first, last) }) = inet::endpoint(text, 80) else { return Vec::new() };
    let host = match host {
        Host::Unix(path) => return vec![ListenAddress::Unix(normal_path(&String::from_utf8_lossy(&path)))],
        Host::V4(octets) => HostName::Ip(Ipv4Addr::from(octets).into()),
        Host::V6(bytes) => HostName::Ip(Ipv6Addr::from(bytes).into()),
        Host::Name(name) if name.iter().any(|byte| b"${<".contains(byte)) => return Vec::new(),
        Host::Name(name) => HostName::new(&String::from_utf8_lossy(&name)),
    };
    (first..=last).take(MAX_PORTS).map(|port| ListenAddress::Tcp(host.clone(), port)).collect()
}

impl<'a> Scope<'a> {
    /// What this http server listens on.
    pub fn listens(self) -> Vec<Listen<'a>> {
        let own = self.own("listen");
        if own.len() == 0 {
            let address = ListenAddress::Tcp(HostName::Ip(Ipv4Addr::UNSPECIFIED.into()), 80);
            return vec![Listen { directive: None, server: self, address }];
        }
        let listen = |(directive, address)| Listen { directive: Some(directive), server: self, address };
        if let Some(known) = self.stack.derived.listens.by_server.get(&self.id) {
            let with_place = |(id, address): &(PlaceId, ListenAddress)| {
                listen((Directive { stack: self.stack, id: *id }, address.clone()))
            };
            return known.iter().map(with_place).collect();
        }
        let of = |directive: Directive<'a>| directive.arg(0).map_or(Vec::new(), |arg| addresses(&arg.value));
        own.flat_map(|one| of(one).into_iter().map(move |address| (one, address))).map(listen).collect()
    }
}

/// A `listen`: its server and its directive.
type ListenId = (ContextId, Option<PlaceId>);

/// The http servers by the ports and sockets they listen on, in reading order.
#[derive(Debug, Default)]
pub(crate) struct Listens {
    by_port: FxHashMap<u16, Vec<ContextId>>,
    by_path: FxHashMap<String, Vec<ContextId>>,
    /// What each server listens on by its own text.
    by_server: FxHashMap<ContextId, Vec<(PlaceId, ListenAddress)>>,
    /// Addresses that are named: this machine has them.
    named: FxHashSet<(IpAddr, u16)>,
    /// Answers of [`Stack::listens_behind`]: thousands of passes may lead to a port that thousands of servers share.
    sockets: Mutex<FxHashMap<Address, Vec<ListenId>>>,
}

impl Listens {
    pub(crate) fn build(stack: &Stack) -> Self {
        let mut listens = Self::default();
        for server in stack.servers() {
            let own = server.listens();
            let placed = |listen: &Listen<'_>| Some((listen.directive?.id, listen.address.clone()));
            listens.by_server.insert(server.id, own.iter().filter_map(placed).collect());
            for listen in own {
                if let ListenAddress::Tcp(HostName::Ip(ip), port) = listen.address {
                    listens.named.insert((ip, port));
                }
                let servers = match listen.address {
                    ListenAddress::Unix(path) => listens.by_path.entry(path).or_default(),
                    ListenAddress::Tcp(_, port) => listens.by_port.entry(port).or_default(),
                };
                if servers.last() != Some(&server.id) {
                    servers.push(server.id);
                }
            }
        }
        listens
    }
}

impl Stack {
    /// Every `listen` on `port`, in reading order.
    pub fn listens_on(&self, port: u16) -> impl Iterator<Item = Listen<'_>> {
        let servers = self.derived.listens.by_port.get(&port).map(Vec::as_slice).unwrap_or_default();
        servers
            .iter()
            .flat_map(|&id| Scope { stack: self, id }.listens())
            .filter(move |listen| matches!(listen.address, ListenAddress::Tcp(_, own) if own == port))
    }

    /// The `listen`s of this nginx whose socket surely takes a connection to a path, to a loopback
    /// address or to one that a `listen` names, in
    /// reading order: servers that share a socket share its options (`ngx_http_add_addresses()`), and a socket of
    /// the very address is nearer than one of all addresses. Of those that bring nothing new only the first is named.
    pub fn listens_behind(&self, address: &Address) -> Vec<Listen<'_>> {
        let listens = &self.derived.listens;
        let is_any = match address {
            Address::Unix(path) => listens.by_path.contains_key(path),
            Address::Tcp(HostName::Ip(ip), port) if listens.named.contains(&(*ip, *port)) => true,
            Address::Tcp(host, port) => host.is_loopback() && listens.by_port.contains_key(port),
        };
        if !is_any {
            return Vec::new();
        }
        let mut sockets = listens.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let servers = sockets.entry(address.clone()).or_insert_with(|| {
            let mut options = FxHashSet::default();
            let listens = self.all_listens_behind(address);
            let brings = listens.into_iter().filter(|listen| options.insert(listen.options()));
            brings.map(|listen| (listen.server.id, listen.directive.map(Directive::id))).collect()
        });
        let listen = |(server, directive): &ListenId| {
            let mut listens = Scope { stack: self, id: *server }.listens().into_iter();
            listens.find(|listen| listen.directive.map(Directive::id) == *directive)
        };
        servers.iter().filter_map(listen).collect()
    }

    pub(super) fn all_listens_behind(&self, address: &Address) -> Vec<Listen<'_>> {
        match address {
            Address::Unix(path) => {
                let servers = self.derived.listens.by_path.get(path).map(Vec::as_slice).unwrap_or_default();
                let listens = servers.iter().flat_map(|&id| Scope { stack: self, id }.listens());
                let is_it =
                    |listen: &Listen<'_>| matches!(&listen.address, ListenAddress::Unix(own) if own == path);
                listens.filter(is_it).collect()
            }
            Address::Tcp(host, port) => {
                let covers = |listen: &Listen<'_>| listen.covers(host, *port) == Some(true);
                let mut listens: Vec<_> = self.listens_on(*port).filter(covers).collect();
                let nearest = listens.iter().find(|listen| !listen.is_any()).or(listens.first());
                if let Some(address) = nearest.map(|listen| listen.address.clone()) {
                    listens.retain(|listen| listen.address == address);
                }
                listens
            }
        }
    }

    /// Every `server` of http, in reading order.
    pub fn servers(&self) -> impl Iterator<Item = Scope<'_>> {
        self.directives("server")
            .filter_map(Directive::block)
            .filter(|scope| scope.kind() == ContextKind::Server)
    }
}
