//! What nginx itself listens on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{ContextKind, Directive, Scope};
use crate::address::normal_path;
use crate::{HostName, Stack};

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

    /// Whether a connection to `host:port` arrives here; `None` where a name decides.
    pub fn covers(&self, host: &HostName, port: u16) -> Option<bool> {
        let ListenAddress::Tcp(own, own_port) = &self.address else { return Some(false) };
        if *own_port != port {
            return Some(false);
        }
        let v6_only = !self.has("ipv6only=off");
        let target = match host {
            HostName::Ip(ip) => *ip,
            // The first address that nginx tries.
            HostName::Name(name) if name == "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
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

/// Reads the address of a `listen` (`ngx_http_core_listen()`); `None` where nginx refuses it or a variable of a
/// template stands in it.
fn address(text: &str) -> Option<ListenAddress> {
    if let Some(path) = text.strip_prefix("unix:") {
        return Some(ListenAddress::Unix(normal_path(path)));
    }
    if let Ok(port) = text.parse() {
        return Some(ListenAddress::Tcp(HostName::Ip(Ipv4Addr::UNSPECIFIED.into()), port));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (text, 80),
    };
    let host = match host {
        "*" | "0.0.0.0" => HostName::Ip(Ipv4Addr::UNSPECIFIED.into()),
        "[::]" => HostName::Ip(Ipv6Addr::UNSPECIFIED.into()),
        "" => return None,
        host if host.contains(['$', '{', '<', '/']) => return None,
        host => HostName::new(host),
    };
    Some(ListenAddress::Tcp(host, port))
}

impl<'a> Scope<'a> {
    /// What this http server listens on.
    pub fn listens(self) -> Vec<Listen<'a>> {
        let own = self.own("listen");
        if own.len() == 0 {
            let address = ListenAddress::Tcp(HostName::Ip(Ipv4Addr::UNSPECIFIED.into()), 80);
            return vec![Listen { directive: None, server: self, address }];
        }
        own.filter_map(|directive| {
            let address = address(&directive.arg(0)?.text())?;
            Some(Listen { directive: Some(directive), server: self, address })
        })
        .collect()
    }
}

impl Stack {
    /// Every `server` of http, in reading order.
    pub fn servers(&self) -> impl Iterator<Item = Scope<'_>> {
        self.directives("server")
            .filter_map(Directive::block)
            .filter(|scope| scope.kind() == ContextKind::Server)
    }
}
