//! The kernel's tables of listeners: `/proc/net/unix`, `/proc/net/tcp`, `/proc/net/tcp6`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The bit of a socket that listens (`__SO_ACCEPTCON` of `include/linux/net.h`).
const ACCEPTS: u32 = 1 << 16;
/// The state of a TCP socket that listens (`TCP_LISTEN` of `include/net/tcp_states.h`).
const LISTEN: &str = "0A";
/// The state of a UDP socket without a peer (`TCP_CLOSE` there).
const UNCONNECTED: &str = "07";

/// The names of the unix sockets that somebody listens on. One that was bound by a relative path has one here;
/// sockets without a name in the file system are left out.
pub(super) fn unix(table: &str) -> Vec<String> {
    // Num: RefCount Protocol Flags Type State Inode Path
    let rows = table.lines().skip(1).filter_map(|row| {
        let mut rest = row;
        let mut field = || {
            let (first, after) = rest.trim_start().split_once(' ')?;
            rest = after;
            Some(first)
        };
        let fields: Vec<&str> = (0..7).map_while(|_| field()).collect();
        let flags = fields.get(3).filter(|_| fields.len() == 7)?;
        let path = rest.trim_start();
        let listens = u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & ACCEPTS != 0);
        (listens && !path.is_empty() && !path.starts_with('@')).then(|| path.to_owned())
    });
    let mut names: Vec<String> = rows.collect();
    names.sort();
    names.dedup();
    names
}

/// The addresses of a table of TCP that somebody listens on.
pub(super) fn tcp(table: &str) -> Vec<SocketAddr> {
    in_state(table, LISTEN)
}

/// The addresses of a table of UDP that somebody is bound to and takes datagrams of all at.
pub(super) fn udp(table: &str) -> Vec<SocketAddr> {
    in_state(table, UNCONNECTED)
}

fn in_state(table: &str, state: &str) -> Vec<SocketAddr> {
    let rows = table.lines().skip(1).filter_map(|row| {
        let mut fields = row.split_whitespace().skip(1);
        let local = fields.next()?;
        (fields.nth(1)? == state).then(|| address(local)).flatten()
    });
    rows.collect()
}

/// `0100007F:2328`: each word of the address in the machine's own byte order, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let words: Option<Vec<u8>> = (0..host.len() / 8)
        .map(|at| Some(u32::from_str_radix(host.get(at * 8..at * 8 + 8)?, 16).ok()?.to_ne_bytes()))
        .collect::<Option<Vec<[u8; 4]>>>()
        .map(|words| words.concat());
    let bytes = words?;
    let ip: IpAddr = match (<[u8; 4]>::try_from(bytes.as_slice()), <[u8; 16]>::try_from(bytes.as_slice())) {
        (Ok(v4), _) => Ipv4Addr::from(v4).into(),
        (_, Ok(v6)) => Ipv6Addr::from(v6).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{tcp, unix};

    #[test]
    fn tables_of_the_kernel() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 17163 /run/php/a b.sock\n\
            0000000000000000: 00000002 00000000 00000000 0002 01 17164 /run/systemd/notify\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 17165\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 17166 @/tmp/abstract\n\
            0000000000000000: 00000002 00000000 00010000 0001 01     9 app.sock\nodd\n";
        assert_eq!(unix(table), ["/run/php/a b.sock", "app.sock"]);
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn addresses_of_the_kernel() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n\
            0: 0100007F:2328 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1 1\n\
            1: 0100007F:2329 0100007F:0016 01 00000000:00000000 00:00000000 00000000 0 0 1 1\n\
            2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0\n\
            3: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 0\n\
            4: 0100:0051 00000000:0000 0A\nodd\n";
        let found: Vec<String> = tcp(table).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["127.0.0.1:9000", "[::1]:80", "127.0.0.1:81"]);
    }
}
