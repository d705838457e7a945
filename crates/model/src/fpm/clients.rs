//! Who may connect to a pool's port: `fcgi_set_allowed_clients()` and `fcgi_is_allowed()` of `main/fastcgi.c`.

use std::net::IpAddr;

use super::{Bind, Pool, Setting};

/// `listen.allowed_clients` of a pool that listens on TCP.
#[derive(Clone, Debug)]
pub struct Clients<'a> {
    /// Where they are listed.
    pub setting: &'a Setting,
    /// The addresses that are let in.
    pub addresses: Vec<IpAddr>,
    /// The entries that PHP-FPM drops because they are no plain address: names, networks, `any`, and whatever has
    /// a space before it.
    pub unusable: Vec<String>,
}

impl Pool {
    /// Whom the pool lets in; `None`: anybody who can connect, or not known. Unix sockets know no clients.
    pub fn clients(&self) -> Option<Clients<'_>> {
        let is_tcp = self.listener.as_ref().is_some_and(|listener| !matches!(listener.bind, Bind::Unix(_)));
        let setting = self.settings.filled("listen.allowed_clients").flatten().filter(|_| is_tcp)?;
        let text = setting.text()?;
        let (mut addresses, mut unusable) = (Vec::new(), Vec::new());
        for entry in text.split(',') {
            match entry.parse::<IpAddr>() {
                Ok(ip) => addresses.push(ip.to_canonical()),
                Err(_) => unusable.push(entry.to_owned()),
            }
        }
        Some(Clients { setting, addresses, unusable })
    }
}

impl Clients<'_> {
    /// Whether a connection from `ip` is let in. Through a socket of both families IPv4 is let in as IPv4.
    pub fn admits(&self, ip: IpAddr) -> bool {
        self.addresses.contains(&ip.to_canonical())
    }
}
