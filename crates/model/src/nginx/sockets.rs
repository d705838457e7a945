//! How many sockets nginx listens on: `ngx_http_init_listening()` of `src/http/ngx_http.c`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{ContextKind, Listen, ListenAddress, Scope};
use crate::HostName;

/// Parameters that give an address a socket of its own beside one of all addresses (`lsopt.bind`).
const BIND: [&str; 11] = [
    "bind",
    "setfib=",
    "fastopen=",
    "backlog=",
    "rcvbuf=",
    "sndbuf=",
    "accept_filter=",
    "deferred",
    "ipv6only=",
    "reuseport",
    "so_keepalive=",
];

/// The listening sockets of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sockets {
    /// How many there are at least.
    pub count: u64,
    /// Whether it is exactly as many: no name, no other module, nothing unread may bring more.
    pub is_exact: bool,
}

/// The addresses of one port and one family.
#[derive(Default)]
struct Port {
    /// Each address, and whether it has a socket of its own in any case.
    addresses: BTreeMap<IpAddr, bool>,
}

impl Port {
    fn sockets(&self) -> usize {
        let has_any = self.addresses.keys().any(IpAddr::is_unspecified);
        let own = |(ip, is_bound): &(&IpAddr, &bool)| !has_any || **is_bound || ip.is_unspecified();
        self.addresses.iter().filter(own).count()
    }
}

impl Listen<'_> {
    fn is_bound(&self) -> bool {
        let args = self.directive.into_iter().flat_map(super::Directive::args).skip(1);
        let is_one = |value: &[u8]| BIND.iter().any(|name| value.starts_with(name.as_bytes()));
        args.into_iter().any(|arg| is_one(&arg.value))
    }
}

impl Scope<'_> {
    /// The sockets that the configuration around this outermost block listens on for http.
    pub fn listening_sockets(self) -> Sockets {
        let mut ports: BTreeMap<(u16, bool), Port> = BTreeMap::new();
        let mut paths = BTreeSet::new();
        let mut is_exact = self.is_whole();
        for http in self.blocks_of(ContextKind::Http) {
            is_exact &= http.is_whole();
            for server in http.blocks_of(ContextKind::Server) {
                let listens = server.listens();
                is_exact &= listens.len() == server.own("listen").len().max(1);
                for listen in listens {
                    let is_bound = listen.is_bound();
                    match listen.address {
                        ListenAddress::Unix(path) => drop(paths.insert(path)),
                        ListenAddress::Tcp(HostName::Ip(ip), number) => {
                            let port = ports.entry((number, ip.is_ipv4())).or_default();
                            *port.addresses.entry(ip).or_default() |= is_bound;
                        }
                        ListenAddress::Tcp(HostName::Name(_), _) => is_exact = false,
                    }
                }
            }
        }
        is_exact &= [ContextKind::Stream, ContextKind::Mail]
            .iter()
            .all(|kind| self.blocks_of(*kind).next().is_none());
        let count = ports.values().map(Port::sockets).sum::<usize>() + paths.len();
        Sockets { count: count as u64, is_exact }
    }
}
