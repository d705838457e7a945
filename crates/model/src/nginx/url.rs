//! Addresses of passes and upstream servers, as `ngx_parse_url()` of `src/core/ngx_inet.c` reads them.

use crate::address::{Address, HostName, normal_path};

/// The longest path of a unix socket: `sun_path` without its NUL.
pub const MAX_SOCKET_PATH: usize = 107;

/// An address as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The host as written (`unix:...` for a socket): the name that upstream groups are found by.
    pub host: String,
    /// The port as written or by default; `None` where neither says one, and for a socket.
    pub port: Option<u16>,
    /// Whether a port is written.
    pub has_port: bool,
    /// The path of a unix socket, as written.
    pub socket: Option<String>,
    /// What follows the address, where it may: `/path?args`.
    pub uri: Option<String>,
}

impl Url {
    /// The address in normal form; `None` where the port is missing.
    pub fn address(&self) -> Option<Address> {
        match &self.socket {
            Some(path) => Some(Address::Unix(normal_path(path))),
            None => self.port.map(|port| Address::Tcp(HostName::new(&self.host), port)),
        }
    }
}

/// How an address is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct UrlRules {
    /// The port where none is written.
    pub default_port: Option<u16>,
    /// Whether a URI may follow (`proxy_pass` only).
    pub uri_part: bool,
}

/// Reads an address.
///
/// # Errors
/// nginx's own words, such as `invalid port`; it prints ` in upstream "..."` after them.
pub fn parse(text: &str, rules: UrlRules) -> Result<Url, &'static str> {
    match text.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("unix:") => {
            unix(text, text.get(5..).unwrap_or(""), rules)
        }
        _ if text.starts_with('[') => inet6(text, rules),
        _ => inet(text, rules),
    }
}

fn unix(text: &str, rest: &str, rules: UrlRules) -> Result<Url, &'static str> {
    let (path, uri) = match rest.split_once(':') {
        Some((path, uri)) if rules.uri_part => (path, Some(uri.to_owned())),
        _ => (rest, None),
    };
    if path.is_empty() {
        return Err("no path in the unix domain socket");
    }
    if path.len() > MAX_SOCKET_PATH {
        return Err("too long path in the unix domain socket");
    }
    let host = text.get(..5 + path.len()).unwrap_or(text).to_owned();
    Ok(Url { host, port: None, has_port: false, socket: Some(path.to_owned()), uri })
}

fn inet(text: &str, rules: UrlRules) -> Result<Url, &'static str> {
    let (authority, uri) = split_uri(text, rules)?;
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(number(port)?)),
        None => (authority, None),
    };
    finish(host, port, uri, rules)
}

fn inet6(text: &str, rules: UrlRules) -> Result<Url, &'static str> {
    let Some((inside, rest)) = text.get(1..).and_then(|rest| rest.split_once(']')) else {
        return Err("invalid host");
    };
    let (port, uri) = split_uri(rest, rules)?;
    let port = match port.strip_prefix(':') {
        Some(port) => Some(number(port)?),
        None if port.is_empty() => None,
        None => return Err("invalid host"),
    };
    if inside.is_empty() {
        return Err("no host");
    }
    if super::inet::inet6(inside.as_bytes()).is_none() {
        return Err("invalid IPv6 address");
    }
    finish(text.get(..inside.len() + 2).unwrap_or(text), port, uri, rules)
}

fn split_uri(text: &str, rules: UrlRules) -> Result<(&str, Option<String>), &'static str> {
    match text.find(['/', '?']) {
        Some(_) if !rules.uri_part => Err("invalid host"),
        Some(at) => Ok((text.get(..at).unwrap_or(""), text.get(at..).map(str::to_owned))),
        None => Ok((text, None)),
    }
}

fn number(port: &str) -> Result<u16, &'static str> {
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { port.parse().unwrap_or(0) } else { 0 };
    if number == 0 { Err("invalid port") } else { Ok(number) }
}

fn finish(host: &str, port: Option<u16>, uri: Option<String>, rules: UrlRules) -> Result<Url, &'static str> {
    if host.is_empty() {
        return Err("no host");
    }
    let has_port = port.is_some();
    Ok(Url { host: host.to_owned(), port: port.or(rules.default_port), has_port, socket: None, uri })
}

#[cfg(test)]
mod tests {
    use super::{UrlRules, parse};

    fn check(text: &str, rules: UrlRules, expected: &str) {
        let got = match parse(text, rules) {
            Ok(url) => {
                let address = url.address().map_or("-".to_owned(), |address| address.to_string());
                format!("{address} {}", url.uri.as_deref().unwrap_or("-"))
            }
            Err(error) => error.to_owned(),
        };
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn as_nginx_reads_them() {
        let proxy = UrlRules { default_port: Some(80), uri_part: true };
        check("a.example:8080/x", proxy, "a.example:8080 /x");
        check("A.example", proxy, "a.example:80 -");
        check("[::1]:81?x", proxy, "[::1]:81 ?x");
        check("unix:/var/run/a.sock:/x", proxy, "unix:/run/a.sock /x");
        check("unix:/run/app.sock/", proxy, "unix:/run/app.sock -");
        let fastcgi = UrlRules::default();
        check("unix:/p.sock:", fastcgi, "unix:/p.sock: -");
        check("php", fastcgi, "- -");
        check("http://127.0.0.1:9000", fastcgi, "invalid host");
        check("/run/php.sock", fastcgi, "invalid host");
        check("127.0.0.1:99999", fastcgi, "invalid port");
        check("127.0.0.1:", fastcgi, "invalid port");
        check(":9000", fastcgi, "no host");
        check("unix:", fastcgi, "no path in the unix domain socket");
        check("[::1:9000", fastcgi, "invalid host");
        check("[::g]:9000", fastcgi, "invalid IPv6 address");
        let long = format!("unix:/{}", "x".repeat(107));
        check(&long, fastcgi, "too long path in the unix domain socket");
    }
}
