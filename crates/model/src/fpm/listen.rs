//! What a pool listens on: `fpm_sockets_domain_from_address()` and what follows it in `fpm_sockets.c`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use gatelint_syntax::Span;

use crate::address::normal_path;
use crate::{Address, HostName};

/// The bytes of `sun_path` that hold a name; php-fpm cuts the rest.
const MAX_SOCKET_PATH: usize = 107;

/// Where a pool's socket is bound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bind {
    /// A unix socket, in normal form.
    Unix(String),
    /// One address.
    Ip(IpAddr, u16),
    /// Every address of both families: a bare port, `[::]`.
    Any(u16),
    /// A name; php-fpm takes the first address that the resolver gives.
    Name(String, u16),
}

/// A pool's `listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it is bound.
    pub bind: Bind,
    /// The value as php-fpm keeps it: as written, `$pool` replaced, a relative path completed.
    pub address: String,
    /// The value of `listen`.
    pub span: Span,
    /// Another name of a unix socket: Debian's `/run/php/php-fpm.sock`.
    pub alias: Option<String>,
}

/// Whether a connection arrives at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// A name or a link decides.
    Unknown,
}

/// Why a `listen` passes the test and fails at the start: what php-fpm prints.
pub(super) type Unusable = String;

/// Whether `fpm_sockets_domain_from_address()` takes it for a path.
pub(super) fn is_path(text: &str) -> bool {
    !text.contains(':') && !text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Bind {
    /// Reads the value of `listen`, a path already completed. `hosts` gives the first address of a name.
    pub(super) fn new(text: &str, hosts: &dyn Fn(&str) -> Option<IpAddr>) -> Result<Self, Unusable> {
        if is_path(text) {
            let cut = text.char_indices().map(|(at, _)| at).find(|at| *at > MAX_SOCKET_PATH);
            let kept = if text.len() > MAX_SOCKET_PATH { cut.unwrap_or(MAX_SOCKET_PATH) } else { text.len() };
            return Ok(Self::Unix(normal_path(text.get(..kept.min(text.len())).unwrap_or(text))));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (Some(host), port),
            None => (None, text),
        };
        let number = super::number::atoi(port.as_bytes());
        let Some(number) = u16::try_from(number).ok().filter(|number| *number > 0) else {
            return Err(format!("invalid port value '{port}'"));
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("getaddrinfo: Servname not supported for ai_socktype".into());
        }
        let Some(host) = host else { return Ok(Self::Any(number)) };
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        if bare == "*" {
            // The resolver takes `*` for this machine, and gives its first loopback address.
            return Ok(Self::Ip(Ipv6Addr::LOCALHOST.into(), number));
        }
        match bare.parse() {
            Ok(IpAddr::V6(ip)) if ip.is_unspecified() => Ok(Self::Any(number)),
            Ok(ip) => Ok(Self::Ip(ip, number)),
            Err(_) if bare.is_empty() || bare.contains([':', '/']) => {
                Err("getaddrinfo: Name or service not known".into())
            }
            Err(_) => Ok(match hosts(bare) {
                Some(ip) => Self::Ip(ip, number),
                None => Self::Name(bare.to_ascii_lowercase(), number),
            }),
        }
    }

    /// Whether the second of two sockets cannot be bound; `None` where a name decides. php-fpm shares a socket
    /// between pools whose addresses are equal, so equality is no clash for TCP.
    pub(super) fn clashes(&self, earlier: &Self) -> Option<bool> {
        Some(match (self, earlier) {
            (Self::Unix(own), Self::Unix(other)) => own == other,
            (Self::Unix(_), _) | (_, Self::Unix(_)) => false,
            (own, other) if own.port() != other.port() => false,
            (Self::Name(..), _) | (_, Self::Name(..)) => return None,
            (Self::Any(_), Self::Any(_)) => false,
            // A bare port falls back to 0.0.0.0 where `::` is taken; see `start`.
            (Self::Any(_), Self::Ip(..)) | (Self::Ip(..), Self::Any(_)) => true,
            (Self::Ip(own, _), Self::Ip(other, _)) if own.is_ipv4() && other.is_ipv4() => {
                own != other && (own.is_unspecified() || other.is_unspecified())
            }
            (Self::Ip(..), Self::Ip(..)) => false,
        })
    }

    fn port(&self) -> Option<u16> {
        match self {
            Self::Unix(_) => None,
            Self::Ip(_, port) | Self::Any(port) | Self::Name(_, port) => Some(*port),
        }
    }
}

impl Listener {
    /// Whether a connection to `target` from this machine arrives here.
    pub fn covers(&self, target: &Address) -> Covers {
        let yes = |covered| if covered { Covers::Yes } else { Covers::No };
        let (host, port) = match (&self.bind, target) {
            (Bind::Unix(own), Address::Unix(path)) => {
                let path = normal_path(path);
                if path == *own || self.alias.as_deref() == Some(path.as_str()) {
                    return Covers::Yes;
                }
                let has_parent = |path: &str| path.split('/').any(|part| part == "..");
                return if has_parent(&path) || has_parent(own) { Covers::Unknown } else { Covers::No };
            }
            (Bind::Unix(_), _) | (_, Address::Unix(_)) => return Covers::No,
            (_, Address::Tcp(host, port)) => (host, *port),
        };
        if self.bind.port() != Some(port) {
            return Covers::No;
        }
        match (&self.bind, host) {
            (Bind::Name(own, _), HostName::Name(name)) if own == name => Covers::Yes,
            (Bind::Name(..), _) => Covers::Unknown,
            // nginx tries every address of `localhost`.
            (bind, HostName::Name(name)) if name == "localhost" => {
                let one = |ip: IpAddr| bind.takes(ip) == Some(true);
                yes(one(Ipv4Addr::LOCALHOST.into()) || one(Ipv6Addr::LOCALHOST.into()))
            }
            (_, HostName::Name(_)) => Covers::Unknown,
            (bind, HostName::Ip(ip)) => bind.takes(*ip).map_or(Covers::Unknown, yes),
        }
    }
}

impl Bind {
    /// Whether a connection to `ip`, with the port right, arrives; `None` where it depends on whether the
    /// address is this machine's.
    fn takes(&self, ip: IpAddr) -> Option<bool> {
        let wildcard = match self {
            Self::Any(_) => true,
            Self::Ip(own, _) if own.is_unspecified() => {
                if !ip.is_ipv4() {
                    return Some(false);
                }
                true
            }
            Self::Ip(own, _) => return Some(*own == ip),
            Self::Unix(_) | Self::Name(..) => return None,
        };
        (wildcard && (ip.is_loopback() || ip.is_unspecified())).then_some(true)
    }
}
