//! What is so on a machine right now, as recorded there: no secrets, no contents of files, no environment.
//!
//! Facts may come from elsewhere and say anything: they are looked up, and nothing that they name is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use gatelint_catalog::nginx::Version;
use serde::{Deserialize, Serialize};

use super::{Group, User};
use crate::{Flavour, Options};

/// The version of the form in which facts are recorded.
pub const VERSION: u32 = 1;

/// Facts of one machine. What is `None` is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The form of this record: [`VERSION`].
    pub version: u32,
    /// The addresses that the machine's configuration named when this was recorded, as `unix:/run/x.sock` and
    /// `127.0.0.1:9000`. Of an address that nobody asked about then, silence says nothing.
    pub asked: BTreeSet<String>,
    /// What lies at the paths of sockets, and each directory and link on the way there.
    pub nodes: BTreeMap<String, Node>,
    /// The names of the unix sockets that somebody listens on, as they were bound (`/proc/net/unix`).
    pub unix: Option<Vec<String>>,
    /// The TCP addresses that somebody listens on (`/proc/net/tcp`, `tcp6`).
    pub tcp: Option<Vec<SocketAddr>>,
    /// The running nginx and PHP-FPM; several processes of one kind are one entry.
    pub processes: Option<Vec<Running>>,
    /// `/etc/passwd`.
    pub users: Option<Vec<User>>,
    /// `/etc/group`.
    pub groups: Option<Vec<Group>>,
    /// Where accounts come from besides these files (`/etc/nsswitch.conf`): `sss`, `ldap`.
    pub account_sources: Option<Vec<String>>,
    /// `/etc/hosts`: name in lower case -> addresses, in order.
    pub names: Option<BTreeMap<String, Vec<IpAddr>>>,
    /// The name servers of `/etc/resolv.conf`.
    pub nameservers: Option<Vec<String>>,
    /// Settings of the units of nginx and PHP-FPM, drop-ins merged: those that decide what a program may reach.
    pub units: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// What `nginx -v` prints: `nginx/1.22.1`.
    pub nginx: Option<String>,
    /// The versions that the installed PHP-FPMs print, sorted: `8.2.30`.
    pub php: Option<Vec<String>>,
    /// `net.core.somaxconn`: the most connections that wait at one listener.
    pub somaxconn: Option<u32>,
    /// The UDP addresses at port 53 that somebody is bound to (`/proc/net/udp`, `udp6`): DNS servers.
    pub dns: Option<Vec<SocketAddr>>,
    /// The memory of the machine in bytes.
    pub memory: Option<u64>,
    /// What its control group gives a container, in bytes (`memory.max`).
    pub memory_limit: Option<u64>,
    /// The number of its processors.
    pub cpus: Option<u32>,
    /// SELinux, where the kernel runs it.
    pub selinux: Option<Selinux>,
    /// AppArmor, where the kernel runs it.
    pub apparmor: Option<AppArmor>,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
}

/// What lies at one path, links not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Node {
    /// A directory.
    Directory(Rights),
    /// A unix socket.
    Socket(Rights),
    /// A symbolic link.
    Link {
        /// What it says.
        target: String,
    },
    /// Anything else.
    Other,
    /// Nothing.
    Missing,
}

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// The number of the owner.
    pub uid: u32,
    /// The number of the group.
    pub gid: u32,
    /// The permission bits.
    pub mode: u32,
    /// Whether an access control list says more.
    #[serde(default)]
    pub acl: bool,
}

/// A program that runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Running {
    /// Its name: `nginx`, `php-fpm8.2`.
    pub name: String,
    /// Whether it is the `master` or a `worker`, as its title says.
    pub role: Option<String>,
    /// What confines it: SELinux's context, or AppArmor's profile and mode (`/proc/PID/attr/current`).
    pub label: Option<String>,
    /// How many files it may have open (its soft limit).
    pub open_files: Option<u64>,
}

/// SELinux.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selinux {
    /// Whether what it denies is denied.
    pub enforcing: bool,
    /// Its switches that have to do with web servers: `httpd_can_network_connect`.
    pub booleans: BTreeMap<String, bool>,
    /// The TCP ports that were added to `http_port_t`, first and last; `None`: only root may read them.
    pub http_ports: Option<Vec<(u16, u16)>>,
}

/// AppArmor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppArmor {
    /// The profiles of nginx and PHP-FPM, each with its mode; `None`: only root may list them.
    pub profiles: Option<BTreeMap<String, String>>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unread {
    /// The path.
    pub path: String,
    /// Why not, in one line.
    pub message: String,
}

impl Options {
    /// What the user says of the target, and where he is silent, what the machine says.
    #[must_use]
    pub fn with_facts(mut self, facts: impl Into<Arc<Facts>>) -> Self {
        let facts = facts.into();
        self.php_version = self.php_version.or_else(|| facts.installed_php());
        if let Some((flavour, version)) = facts.installed_nginx() {
            if self.nginx_flavour.is_none_or(|given| given == flavour) {
                self.nginx_version = self.nginx_version.or(version);
            }
            self.nginx_flavour = self.nginx_flavour.or(Some(flavour));
        }
        self.facts = Some(facts);
        self
    }
}

impl Facts {
    /// Whose nginx is installed, and its version; of one that counts releases of its own, no version.
    pub fn installed_nginx(&self) -> Option<(Flavour, Option<Version>)> {
        let said = self.nginx.as_deref()?;
        let (name, version) = said.split_once('/')?;
        let flavour = match name {
            "nginx" if said.contains("nginx-plus") => Flavour::Plus,
            "nginx" => Flavour::Oss,
            "openresty" => Flavour::Openresty,
            _ => Flavour::Fork,
        };
        let mut numbers = version.split(['.', ' ', '-']).map(|part| part.parse().ok());
        let mut next = || numbers.next().flatten();
        let version = next().zip(next()).zip(next()).map(|((major, minor), patch)| (major, minor, patch));
        // The first three numbers of OpenResty's four are nginx's.
        Some((flavour, version.filter(|_| flavour != Flavour::Fork)))
    }

    /// The version of PHP, where all installed PHP-FPMs have the same.
    pub fn installed_php(&self) -> Option<(u8, u8)> {
        let version = |text: &String| {
            let mut numbers = text.split('.').map(|part| part.parse().ok());
            Some((numbers.next()??, numbers.next()??))
        };
        let all: Vec<Option<(u8, u8)>> = self.php.iter().flatten().map(version).collect();
        let first = *all.first()?;
        first.filter(|_| all.iter().all(|one| *one == first))
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Flavour, Node, Options};

    #[test]
    fn versions_are_read_as_programs_print_them() {
        let of = |said: &str| Facts { nginx: Some(said.into()), ..Facts::default() }.installed_nginx();
        assert_eq!(of("nginx/1.22.1"), Some((Flavour::Oss, Some((1, 22, 1)))));
        assert_eq!(of("nginx/1.25.3 (nginx-plus-r31)"), Some((Flavour::Plus, Some((1, 25, 3)))));
        assert_eq!(of("openresty/1.21.4.1"), Some((Flavour::Openresty, Some((1, 21, 4)))));
        assert_eq!(of("Tengine/3.1.0"), Some((Flavour::Fork, None)));
        assert_eq!(of("no version"), None);
        let php = |all: &[&str]| {
            let all = all.iter().map(|one| (*one).to_owned()).collect();
            Facts { php: Some(all), ..Facts::default() }.installed_php()
        };
        assert_eq!(php(&["8.2.30", "8.2.29"]), Some((8, 2)));
        assert_eq!((php(&["7.4.33", "8.2.30"]), php(&[]), php(&["x"])), (None, None, None));
    }

    #[test]
    fn what_the_user_says_goes_before_what_was_recorded() {
        let facts = || Facts {
            nginx: Some("nginx/1.22.1".into()),
            php: Some(vec!["8.2.30".into()]),
            ..Facts::default()
        };
        let plain = Options::default().with_facts(facts());
        assert_eq!(
            (plain.nginx_version, plain.nginx_flavour, plain.php_version),
            (Some((1, 22, 1)), Some(Flavour::Oss), Some((8, 2)))
        );
        let given =
            Options { nginx_version: Some((1, 25, 0)), php_version: Some((7, 4)), ..Options::default() };
        let given = given.with_facts(facts());
        assert_eq!((given.nginx_version, given.php_version), (Some((1, 25, 0)), Some((7, 4))));
        // The version of another nginx than the one that is meant says nothing.
        let other = Options { nginx_flavour: Some(Flavour::Openresty), ..Options::default() };
        assert_eq!(other.with_facts(facts()).nginx_version, None);
    }

    #[test]
    fn a_record_is_read_back_and_what_it_lacks_is_not_known() {
        let text = r#"{"version":1,"nodes":{"/run":{"kind":"directory","uid":0,"gid":0,"mode":493},
            "/a":{"kind":"link","target":"b"},"/b":{"kind":"missing"}},"later":[1]}"#;
        let facts: Facts = serde_json::from_str(text).unwrap();
        assert!(matches!(facts.nodes["/run"], Node::Directory(rights) if rights.mode == 0o755));
        assert_eq!((facts.tcp.clone(), facts.users.clone()), (None, None));
        let again: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        assert_eq!(again, facts);
    }
}
