//! Addresses of this machine and of networks, as `src/core/ngx_inet.c` reads them: what `listen`, `allow` and their
//! like take. Addresses of servers behind nginx stand in `url`.

use std::net::Ipv6Addr;

use super::number;
use super::url::MAX_SOCKET_PATH;

/// Where a `listen` binds, as far as its text tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    V4([u8; 4]),
    V6([u8; 16]),
    /// The path of a socket, as written.
    Unix(Vec<u8>),
    /// A name; which addresses it has is not known.
    Name(Vec<u8>),
}

/// The addresses of one `listen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: Host,
    /// The first and the last port; 0 for a socket.
    pub(crate) ports: (u16, u16),
}

/// The address as nginx prints it.
pub(crate) fn shown(host: &Host, port: u16) -> String {
    match host {
        Host::V4([a, b, c, d]) => format!("{a}.{b}.{c}.{d}:{port}"),
        Host::V6(bytes) => format!("[{}]:{port}", Ipv6Addr::from(*bytes)),
        Host::Unix(path) => format!("unix:{}", String::from_utf8_lossy(path)),
        Host::Name(_) => String::new(),
    }
}

/// `ngx_parse_url()` for `listen`; the error is nginx's own word for it.
pub(crate) fn endpoint(text: &[u8], default_port: u16) -> Result<Endpoint, &'static str> {
    match text.split_at_checked(5) {
        Some((scheme, path)) if scheme.eq_ignore_ascii_case(b"unix:") => return socket(path),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix(b"[") {
        return bracketed(rest, default_port);
    }
    if text.iter().any(|byte| matches!(byte, b'/' | b'?')) {
        return Err("invalid host");
    }
    let (name, ports) = match split_at_byte(text, b':') {
        Some((name, port)) => (name, ports(port)?),
        None if is_ports(text) => return Ok(Endpoint { host: Host::V4([0; 4]), ports: ports(text)? }),
        None => (text, (default_port, default_port)),
    };
    let host = match name {
        b"" => return Err("no host"),
        b"*" => Host::V4([0; 4]),
        _ => inet4(name).map_or_else(|| Host::Name(name.to_vec()), Host::V4),
    };
    Ok(Endpoint { host, ports })
}

fn socket(path: &[u8]) -> Result<Endpoint, &'static str> {
    match path.len() {
        0 => Err("no path in the unix domain socket"),
        length if length > MAX_SOCKET_PATH => Err("too long path in the unix domain socket"),
        _ => Ok(Endpoint { host: Host::Unix(path.to_vec()), ports: (0, 0) }),
    }
}

/// An IPv6 address, after its `[`.
fn bracketed(rest: &[u8], default_port: u16) -> Result<Endpoint, &'static str> {
    let (inside, after) = split_at_byte(rest, b']').ok_or("invalid host")?;
    let ports = match after {
        [] => (default_port, default_port),
        [b':', port @ ..] if !port.contains(&b'/') => ports(port)?,
        _ => return Err("invalid host"),
    };
    if inside.is_empty() {
        return Err("no host");
    }
    Ok(Endpoint { host: Host::V6(inet6(inside).ok_or("invalid IPv6 address")?), ports })
}

/// Whether the text is a port or a range of ports, if a bad one.
fn is_ports(text: &[u8]) -> bool {
    let (first, last) = split_at_byte(text, b'-').unwrap_or((text, b"0"));
    number::integer(first).is_some() && number::integer(last).is_some()
}

/// A port, or a range as `8000-8010`.
fn ports(text: &[u8]) -> Result<(u16, u16), &'static str> {
    let (first, last) = match split_at_byte(text, b'-') {
        Some((first, last)) => {
            // nginx looks at the end first.
            let last = port(last)?;
            (port(first)?, last)
        }
        None => (port(text)?, port(text)?),
    };
    if first > last { Err("invalid port range") } else { Ok((first, last)) }
}

pub(crate) fn port(text: &[u8]) -> Result<u16, &'static str> {
    let number = number::integer(text).and_then(|number| u16::try_from(number).ok());
    number.filter(|&port| port > 0).ok_or("invalid port")
}

pub(crate) fn split_at_byte(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let (before, after) = text.split_at_checked(memchr::memchr(byte, text)?)?;
    Some((before, after.get(1..)?))
}

/// `ngx_inet_addr()`: three dots, each number up to 255, none at all counting as 0; the address of all ones means
/// "none" to nginx.
pub(crate) fn inet4(text: &[u8]) -> Option<[u8; 4]> {
    let mut parts = text.split(|&byte| byte == b'.').map(|part| {
        part.iter().try_fold(0_u8, |octet, byte| {
            let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
            octet.checked_mul(10)?.checked_add(digit)
        })
    });
    let address = [parts.next()??, parts.next()??, parts.next()??, parts.next()??];
    (parts.next().is_none() && address != [255; 4]).then_some(address)
}

/// `ngx_inet6_addr()`, which forgives a `:` too many at the start and takes no `::` after seven groups.
pub(crate) fn inet6(text: &[u8]) -> Option<[u8; 16]> {
    let mut rest = text.strip_prefix(b":").unwrap_or(text);
    let mut groups: Vec<u16> = Vec::with_capacity(8);
    let mut gap = None;
    let (mut digits, mut group, mut after_colon) = (0, 0_u16, None);
    while let Some((&byte, tail)) = rest.split_first() {
        match byte {
            b':' if digits > 0 => {
                groups.push(group);
                if groups.len() == 8 {
                    return None;
                }
                (digits, group, after_colon) = (0, 0, Some(tail));
            }
            b':' if gap.is_none() => (gap, after_colon) = (Some(groups.len()), Some(tail)),
            b'.' if digits > 0 => {
                let [a, b, c, d] = inet4(after_colon.filter(|_| groups.len() < 7)?)?;
                groups.push(u16::from_be_bytes([a, b]));
                group = u16::from_be_bytes([c, d]);
                break;
            }
            _ => {
                let value = char::from(byte).to_digit(16)?;
                digits += 1;
                if digits > 4 {
                    return None;
                }
                group = group << 4 | value as u16;
            }
        }
        rest = tail;
    }
    if text.is_empty() || digits == 0 && gap.is_none() {
        return None;
    }
    groups.push(group);
    if (groups.len() == 8) != gap.is_none() || groups.len() > 8 {
        return None;
    }
    let missing = 8 - groups.len();
    let at = gap.unwrap_or(0);
    groups.splice(at..at, std::iter::repeat_n(0, missing));
    let mut address = [0; 16];
    for (to, group) in address.chunks_mut(2).zip(groups) {
        to.copy_from_slice(&group.to_be_bytes());
    }
    Some(address)
}

/// Whether `ngx_ptocidr()` takes it: an address, or one with the length of a prefix.
pub(crate) fn is_network(text: &[u8]) -> bool {
    let (address, prefix) = match split_at_byte(text, b'/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let longest = match (inet4(address), inet6(address)) {
        (Some(_), _) => 32,
        (_, Some(_)) => 128,
        _ => return false,
    };
    prefix.is_none_or(|prefix| number::integer(prefix).is_some_and(|length| length <= longest))
}

#[cfg(test)]
mod tests {
    use super::{endpoint, inet4, inet6, is_network, shown};

    #[test]
    fn listen_addresses() {
        for (text, expected) in [
            ("80", "0.0.0.0:80"),
            ("8000-8001", "0.0.0.0:8000"),
            ("*:81", "0.0.0.0:81"),
            ("*", "0.0.0.0:80"),
            ("127.0.0.1", "127.0.0.1:80"),
            ("[::]:443", "[::]:443"),
            ("[::0:1]", "[::1]:80"),
            ("UNIX:/a", "unix:/a"),
            ("localhost:80", ""),
            ("80a", ""),
            ("80-x", ""),
            ("0", "invalid port"),
            ("99999", "invalid port"),
            ("1-99999", "invalid port"),
            ("9-8", "invalid port range"),
            ("127.0.0.1:", "invalid port"),
            ("127.0.0.1:80x", "invalid port"),
            ("a:9-8", "invalid port range"),
            (":80", "no host"),
            ("http://a", "invalid host"),
            ("80?", "invalid host"),
            ("[::1", "invalid host"),
            ("[::1]80", "invalid host"),
            ("[]:80", "no host"),
            ("[::g]:80", "invalid IPv6 address"),
            ("[::1]:0", "invalid port"),
            ("unix:", "no path in the unix domain socket"),
        ] {
            let got = match endpoint(text.as_bytes(), 80) {
                Ok(endpoint) => shown(&endpoint.host, endpoint.ports.0),
                Err(error) => error.to_owned(),
            };
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn numeric_addresses() {
        for (text, is_v4, is_v6) in [
            ("1.2.3.4", true, false),
            ("1..2.", true, false),
            ("1.2.3", false, false),
            ("1.2.3.256", false, false),
            ("255.255.255.255", false, false),
            ("::", false, true),
            ("1::", false, true),
            (":1:2:3:4:5:6:7:8", false, true),
            ("1:2:3:4:5:6:7::", false, false),
            ("1:2:3:4:5:6:7:8:9", false, false),
            ("::ffff:1.2.3.4", false, true),
            ("1::2::3", false, false),
            ("12345::", false, false),
            (":", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                (inet4(text.as_bytes()).is_some(), inet6(text.as_bytes()).is_some()),
                (is_v4, is_v6),
                "{text}"
            );
        }
    }

    #[test]
    fn networks() {
        for (text, expected) in [
            ("10.0.0.0/8", true),
            ("10.0.0.0/33", false),
            ("10.0.0.0/", false),
            ("2001:db8::/129", false),
            ("2001:db8::/32", true),
            ("10.0.0.1", true),
            ("10.0.0.1:8080", false),
            ("localhost", false),
        ] {
            assert_eq!(is_network(text.as_bytes()), expected, "{text}");
        }
    }
}
