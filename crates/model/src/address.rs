//! Addresses that nginx connects to and that pools and servers listen on, in normal form.

use std::fmt;
use std::net::IpAddr;

/// Where a connection goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A unix socket; see [`normal_path`].
    Unix(String),
    /// A TCP port of a host.
    Tcp(HostName, u16),
}

/// A host of a TCP address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostName {
    /// An address literal.
    Ip(IpAddr),
    /// A name to be resolved, in lower case.
    Name(String),
}

impl HostName {
    /// Reads a literal (IPv6 with or without brackets) or takes the text as a name.
    pub fn new(text: &str) -> Self {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        bare.parse().map_or_else(|_| Self::Name(text.to_ascii_lowercase()), Self::Ip)
    }

    /// Whether it surely is this machine: a loopback literal or `localhost`.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Ip(ip) => ip.is_loopback(),
            Self::Name(name) => name == "localhost",
        }
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Address {
    /// As nginx writes it: `unix:/run/x.sock`, `127.0.0.1:9000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
        }
    }
}

/// An absolute path without `//` and `.`, and with `/run` for `/var/run`, its link on every current
/// distribution. `..` stays: only the file system knows where it leads.
pub fn normal_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        out.push('/');
        out.push_str(part);
    }
    match out.strip_prefix("/var/run") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("/run{rest}"),
        _ => out,
    }
}
