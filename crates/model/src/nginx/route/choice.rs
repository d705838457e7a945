//! Which server takes a request, and by what.

use super::super::{Arg, Listen, ListenAddress, Scope};
use super::Request;
use crate::{Address, HostName, Stack, Value};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What makes a server the one that answers.
#[derive(Clone, Debug)]
pub enum ChosenBy<'a> {
    /// This name of it.
    Name(Arg<'a>),
    /// It is the first, or the one marked, of its socket: no name fits.
    Default,
}

/// A server that answers, and on which sockets.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The server; `None` where a name that is made later decides.
    pub server: Option<Scope<'a>>,
    /// The sockets, as their `listen` of that server says them; empty where another server opens the socket.
    pub listens: Vec<Listen<'a>>,
    /// Why it is this one.
    pub by: ChosenBy<'a>,
}

impl Stack {
    /// The servers that may take a request: several where the address that the client connects to decides.
    /// Empty: nothing listens on that port.
    pub fn choices(&self, request: &Request) -> Vec<Choice<'_>> {
        let mut all: Vec<Choice<'_>> = Vec::new();
        for address in self.addresses_of(request) {
            let server = match self.server_for(&address, &request.host) {
                Value::Known(Some(server)) => Some(server),
                Value::Known(None) => continue,
                _ => None,
            };
            let listens = match &address {
                Address::Tcp(host, port) => server.map_or(Vec::new(), |server| {
                    let own = server.listens().into_iter();
                    own.filter(|listen| listen.covers(host, *port) == Some(true)).collect()
                }),
                Address::Unix(_) => Vec::new(),
            };
            match all.iter_mut().find(|choice| choice.server == server) {
                Some(known) => {
                    for listen in listens {
                        let is_new = known.listens.iter().all(|one| one.directive != listen.directive);
                        if is_new {
                            known.listens.push(listen);
                        }
                    }
                }
                None => {
                    let by = server.and_then(|server| server.name_for(&request.host));
                    all.push(Choice { server, listens, by: by.map_or(ChosenBy::Default, ChosenBy::Name) });
                }
            }
        }
        all
    }

    /// The addresses of this nginx that a client of this host and port may come to.
    fn addresses_of(&self, request: &Request) -> Vec<Address> {
        let port = request.port;
        let asked: Option<IpAddr> = request.host.trim_matches(['[', ']']).parse().ok();
        if let Some(ip) = asked {
            let exact = Address::Tcp(HostName::Ip(ip), port);
            if !self.listens_behind(&exact).is_empty() {
                return vec![exact];
            }
        }
        let (mut any, mut own) = (Vec::new(), Vec::new());
        for listen in self.listens_on(port) {
            let ListenAddress::Tcp(HostName::Ip(ip), _) = listen.address else { continue };
            let (ip, list) = match ip {
                IpAddr::V4(v4) if v4.is_unspecified() => (Ipv4Addr::LOCALHOST.into(), &mut any),
                IpAddr::V6(v6) if v6.is_unspecified() => (Ipv6Addr::LOCALHOST.into(), &mut any),
                ip => (ip, &mut own),
            };
            let address = Address::Tcp(HostName::Ip(ip), port);
            if !list.contains(&address) {
                list.push(address);
            }
        }
        // Loopback is nobody's but the machine's own.
        let is_far = |address: &Address| !matches!(address, Address::Tcp(host, _) if host.is_loopback());
        if !any.is_empty() && asked.is_none_or(|ip| !ip.is_loopback()) {
            own.retain(is_far);
        }
        any.extend(own);
        any
    }
}

impl<'a> Scope<'a> {
    /// The `server_name` of this server that takes a host.
    pub fn name_for(self, host: &str) -> Option<Arg<'a>> {
        let mut names = self.own("server_name").flat_map(super::super::Directive::args);
        names.find(|name| {
            if let Some(pattern) = name.value.strip_prefix(b"~") {
                return self.captures(pattern, true, host.as_bytes()).flatten().is_some();
            }
            let text = name.text().to_ascii_lowercase();
            if let Some(end) = text.strip_prefix('*') {
                return host.len() > end.len() && host.ends_with(end);
            }
            if let Some(bare) = text.strip_prefix('.') {
                return host == bare || host.ends_with(&text);
            }
            match text.strip_suffix('*') {
                Some(start) => host.starts_with(start),
                None => text == host,
            }
        })
    }
}
