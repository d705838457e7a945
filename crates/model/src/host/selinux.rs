//! SELinux: what the kernel said when facts were recorded, else what the tree says of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Facts, lines};
use crate::Files;

/// Where local changes to booleans and ports are kept (`semanage`, `setsebool -P`).
const STORES: [&str; 2] = ["/var/lib/selinux/targeted/active", "/etc/selinux/targeted/modules/active"];
/// Files that only Red Hat's distribution and its kin have.
const RELEASES: [&str; 5] = [
    "/etc/redhat-release",
    "/etc/fedora-release",
    "/etc/almalinux-release",
    "/etc/rocky-release",
    "/etc/centos-release",
];
/// The ports of `http_port_t`, to which web servers may connect in the reference policy.
const HTTP_PORTS: [u16; 8] = [80, 81, 443, 488, 8008, 8009, 8443, 9000];

/// How it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelinuxSource {
    /// The kernel said so.
    Kernel,
    /// `etc/selinux/config` says so.
    Config,
    /// The tree is of a distribution that enforces it unless it is told otherwise.
    Distribution,
}

/// The state of SELinux.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selinux {
    /// How it is known.
    pub source: SelinuxSource,
    /// Whether what it denies is denied.
    pub is_enforcing: bool,
    /// The switches whose state is known: those that were recorded, or were set in the tree.
    pub booleans: BTreeMap<String, bool>,
    /// The TCP ports that were added to `http_port_t`, first and last; `None`: not known.
    pub http_ports: Option<Vec<(u16, u16)>>,
}

impl Selinux {
    /// The state of a switch, where it is known.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.booleans.get(name).copied()
    }

    /// Whether web servers may connect to a TCP port, as far as is known: what is not known to be set is not set.
    pub fn lets_connect_to(&self, port: u16) -> bool {
        let mut added = self.http_ports.iter().flatten();
        self.boolean("httpd_can_network_connect") == Some(true)
            || HTTP_PORTS.contains(&port)
            || added.any(|(first, last)| (*first..=*last).contains(&port))
    }
}

/// What was recorded, else what the tree has; `None` where neither tells.
pub(super) fn load(files: &dyn Files, facts: Option<&Facts>) -> Option<Selinux> {
    if let Some(recorded) = facts.and_then(|facts| facts.selinux.as_ref()) {
        return Some(Selinux {
            source: SelinuxSource::Kernel,
            is_enforcing: recorded.enforcing,
            booleans: recorded.booleans.clone(),
            http_ports: recorded.http_ports.clone(),
        });
    }
    let read = |path: &Path| files.read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (source, is_enforcing) = match read(Path::new("/etc/selinux/config")) {
        Some(config) => {
            let mode = lines(&config).filter_map(|line| line.strip_prefix("SELINUX=")).last();
            (SelinuxSource::Config, mode.is_some_and(|mode| mode.trim() == "enforcing"))
        }
        None if is_red_hat(files) => (SelinuxSource::Distribution, true),
        None => return None,
    };
    let mut selinux = Selinux { source, is_enforcing, booleans: BTreeMap::new(), http_ports: None };
    for store in STORES.map(Path::new) {
        let booleans = read(&store.join("booleans.local")).unwrap_or_default();
        for line in lines(&booleans) {
            if let Some((name, value)) = line.split_once('=') {
                let is_set = matches!(value.trim(), "1" | "on" | "true");
                selinux.booleans.insert(name.trim().to_owned(), is_set);
            }
        }
        if let Some(ports) = read(&store.join("ports.local")) {
            selinux.http_ports.get_or_insert_default().extend(http_ports(&ports));
        }
    }
    Some(selinux)
}

fn is_red_hat(files: &dyn Files) -> bool {
    if RELEASES.iter().any(|path| files.kind(Path::new(path)).is_some()) {
        return true;
    }
    let Ok(bytes) = files.read(Path::new("/etc/os-release")) else { return false };
    let text = String::from_utf8_lossy(&bytes);
    let value = |key: &str| lines(&text).find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    let words =
        || [value("ID="), value("ID_LIKE=")].into_iter().flat_map(|text| text.split(['"', '\'', ' ']));
    // Amazon's does not enforce it.
    words().any(|word| matches!(word, "rhel" | "fedora" | "centos")) && words().all(|word| word != "amzn")
}

/// `portcon tcp 3000-3010 system_u:object_r:http_port_t:s0`, each as first and last.
pub(super) fn http_ports(text: &str) -> impl Iterator<Item = (u16, u16)> {
    lines(text).filter(|line| line.contains("http_port_t")).filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let range = words.next().filter(|kind| *kind == "tcp").and_then(|_| words.next())?;
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::{SelinuxSource, load};
    use crate::files::Memory;

    #[test]
    fn distributions_that_enforce_it() {
        let of = |path: &str, text: &str| {
            load(&Memory::new([(path, text)]), None).map(|own| (own.source, own.is_enforcing))
        };
        let assumed = Some((SelinuxSource::Distribution, true));
        assert_eq!(of("/etc/redhat-release", "Rocky Linux release 9.4\n"), assumed);
        assert_eq!(of("/etc/os-release", "ID=\"ol\"\nID_LIKE=\"fedora\"\n"), assumed);
        assert_eq!(of("/etc/os-release", "ID=\"amzn\"\nID_LIKE=\"fedora\"\n"), None);
        assert_eq!(of("/etc/os-release", "ID=debian\n"), None);
        assert_eq!(of("/etc/selinux/config", "SELINUX=permissive\n"), Some((SelinuxSource::Config, false)));
    }

    #[test]
    fn a_range_of_ports_is_all_its_ports() {
        let selinux = load(
            &Memory::new([
                ("/etc/selinux/config", "SELINUX=enforcing\n"),
                (
                    "/var/lib/selinux/targeted/active/ports.local",
                    "portcon tcp 3000-3010 system_u:object_r:http_port_t:s0\nportcon udp 53 x:http_port_t:s0\n",
                ),
            ]),
            None,
        )
        .unwrap();
        let may: Vec<bool> = [2999, 3005, 3010, 53, 9000].map(|port| selinux.lets_connect_to(port)).to_vec();
        assert_eq!(may, [false, true, true, false, true]);
    }
}
