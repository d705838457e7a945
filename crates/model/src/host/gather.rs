//! Reads the facts of a running machine, as any user may.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use super::facts::{AppArmor, Facts, Node, Rights, Running, Selinux, Unread, VERSION};
use super::trail::follow;
use super::{Host, selinux, tables};
use crate::files::{NodeKind, Probe, ReadError};
use crate::fpm::Bind;
use crate::{Address, Stack};

/// The settings of a unit that are recorded: those that decide what the program may reach or open, and what becomes of
/// it when it ends.
const SETTINGS: [&str; 22] = [
    "FragmentPath",
    "UnitFileState",
    "User",
    "Group",
    "PrivateTmp",
    "PrivateNetwork",
    "NetworkNamespacePath",
    "RootDirectory",
    "ProtectHome",
    "ProtectSystem",
    "LimitNOFILE",
    "MemoryMax",
    "MemoryLimit",
    "RuntimeDirectory",
    "RuntimeDirectoryMode",
    "RuntimeDirectoryPreserve",
    "Restart",
    "KillSignal",
    "KillMode",
    "TimeoutStopSec",
    "WantedBy",
    "RequiredBy",
];
/// Where the ports that were added to a type are kept.
const PORTS: &str = "/var/lib/selinux/targeted/active/ports.local";
/// The most listeners that are followed to their ends.
const MAX_LISTENERS: usize = 4096;

impl Stack {
    /// The addresses that the configuration connects to or listens on, each once.
    pub fn named_addresses(&self) -> BTreeSet<String> {
        let targets = self.written_passes().flat_map(|pass| {
            pass.targets().into_iter().map(|target| target.address.to_string()).collect::<Vec<_>>()
        });
        let listeners = self.fpm.pools().filter_map(|(_, pool)| match &pool.listener.as_ref()?.bind {
            Bind::Unix(path) => Some(Address::Unix(path.clone()).to_string()),
            _ => None,
        });
        targets.chain(listeners).collect()
    }
}

impl Facts {
    /// Reads everything that the files of a machine tell; `asked` are the addresses to look at. Versions are not
    /// among it: only the programs know theirs.
    pub fn gather(probe: &dyn Probe, asked: BTreeSet<String>) -> Self {
        let mut gather = Gather { probe, unread: BTreeSet::new() };
        let host = Host::load(probe, None);
        let unix = gather.text("/proc/net/unix").map(|table| tables::unix(&table));
        let mut facts = Self {
            version: VERSION,
            tcp: gather.tcp(),
            processes: gather.processes(),
            users: host.users,
            groups: host.groups,
            account_sources: gather.text("/etc/nsswitch.conf").map(|text| account_sources(&text)),
            names: host.names.map(|names| names.into_iter().collect()),
            nameservers: gather.text("/etc/resolv.conf").map(|text| name_servers(&text)),
            units: Some(host.units.iter().map(|(name, unit)| (name.clone(), unit.only(&SETTINGS))).collect()),
            dns: gather.dns(),
            somaxconn: gather.text("/proc/sys/net/core/somaxconn").and_then(|text| text.trim().parse().ok()),
            memory: gather.text("/proc/meminfo").and_then(|text| memory(&text)),
            memory_limit: gather.text("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse().ok()),
            cpus: gather.text("/sys/devices/system/cpu/online").and_then(|text| count(text.trim())),
            selinux: gather.selinux(),
            apparmor: gather.apparmor(),
            ..Self::default()
        };
        let sockets = asked.iter().filter_map(|address| address.strip_prefix("unix:"));
        let listeners = unix.iter().flatten().map(String::as_str).take(MAX_LISTENERS);
        for path in sockets.chain(listeners).chain(["/var/run"]).filter(|path| path.starts_with('/')) {
            gather.follow(path, &mut facts.nodes);
        }
        facts.unix = unix;
        facts.asked = asked;
        facts.unread = gather.unread.into_iter().collect();
        facts
    }
}

struct Gather<'a> {
    probe: &'a dyn Probe,
    unread: BTreeSet<Unread>,
}

impl Gather<'_> {
    /// A file of the machine. That there is none is known; whatever else keeps it from being read is said.
    fn text(&mut self, path: &str) -> Option<String> {
        match self.probe.read(Path::new(path)) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(ReadError::NotFound) => None,
            Err(error) => {
                self.unread(path, &error);
                None
            }
        }
    }

    fn unread(&mut self, path: &str, error: &ReadError) {
        self.unread.insert(Unread { path: path.to_owned(), message: error.to_string() });
    }

    /// Records every step of a path.
    fn follow(&mut self, path: &str, nodes: &mut BTreeMap<String, Node>) {
        follow(path, &mut |step| {
            if let Some(known) = nodes.get(step) {
                return Some(known.clone());
            }
            let node = self.node(step)?;
            nodes.insert(step.to_owned(), node.clone());
            Some(node)
        });
    }

    fn node(&mut self, path: &str) -> Option<Node> {
        let stat = match self.probe.stat(Path::new(path)) {
            Ok(stat) => stat,
            Err(ReadError::NotFound) => return Some(Node::Missing),
            Err(error) => {
                self.unread(path, &error);
                return None;
            }
        };
        let rights = Rights { uid: stat.uid, gid: stat.gid, mode: stat.mode, acl: stat.has_acl };
        Some(match stat.kind {
            NodeKind::Directory => Node::Directory(rights),
            NodeKind::Socket => Node::Socket(rights),
            NodeKind::Link => {
                let target = self.probe.read_link(Path::new(path))?;
                Node::Link { target: target.to_string_lossy().into_owned() }
            }
            NodeKind::Other => Node::Other,
        })
    }

    fn tcp(&mut self) -> Option<Vec<SocketAddr>> {
        self.both("/proc/net/tcp", "/proc/net/tcp6", tables::tcp)
    }

    fn dns(&mut self) -> Option<Vec<SocketAddr>> {
        let all = self.both("/proc/net/udp", "/proc/net/udp6", tables::udp)?;
        Some(all.into_iter().filter(|address| address.port() == 53).collect())
    }

    /// A kernel without IPv6 has no second table.
    fn both(&mut self, four: &str, six: &str, read: fn(&str) -> Vec<SocketAddr>) -> Option<Vec<SocketAddr>> {
        let mut all = read(&self.text(four)?);
        let known = self.unread.len();
        let six = self.text(six);
        if self.unread.len() > known {
            return None;
        }
        all.extend(six.iter().flat_map(|table| read(table)));
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    /// The running nginx and PHP-FPM; `None` where other users' processes are hidden.
    fn processes(&mut self) -> Option<Vec<Running>> {
        let read = |path: &str| {
            self.probe.read(Path::new(path)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        };
        read("/proc/1/status")?;
        let mut found = BTreeSet::new();
        for entry in self.probe.list(Path::new("/proc")) {
            let dir = entry.path.to_string_lossy().into_owned();
            if !dir.trim_start_matches("/proc/").bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let status = read(&format!("{dir}/status"));
            let Some(name) = status.as_deref().and_then(living) else { continue };
            if name == "nginx" || name.starts_with("php") && name.contains("fpm") {
                found.insert(Running {
                    name: name.to_owned(),
                    role: read(&format!("{dir}/cmdline")).and_then(|title| role(&title)),
                    label: read(&format!("{dir}/attr/current")).and_then(|text| label(&text)),
                    open_files: read(&format!("{dir}/limits")).and_then(|text| open_files(&text)),
                });
            }
        }
        Some(found.into_iter().collect())
    }

    fn selinux(&mut self) -> Option<Selinux> {
        let Some(enforce) = self.text("/sys/fs/selinux/enforce") else {
            // A kernel that shows its own directory and not this one runs no SELinux.
            let is_absent = self.probe.kind(Path::new("/sys/fs/selinux/enforce")).is_none()
                && self.probe.kind(Path::new("/sys/kernel")).is_some();
            return is_absent.then(Selinux::default);
        };
        let mut booleans = BTreeMap::new();
        for entry in self.probe.list(Path::new("/sys/fs/selinux/booleans")) {
            let name = entry.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with("httpd_")
                && let Some(text) = self.text(&entry.path.to_string_lossy())
            {
                // The value that holds, and the one that is pending.
                booleans.insert(name, text.starts_with('1'));
            }
        }
        let http_ports = self.text(PORTS).map(|text| selinux::http_ports(&text).collect());
        Some(Selinux { enforcing: enforce.trim() == "1", booleans, http_ports })
    }

    fn apparmor(&mut self) -> Option<AppArmor> {
        let enabled = self.text("/sys/module/apparmor/parameters/enabled")?;
        if enabled.trim() != "Y" {
            return None;
        }
        let profiles = self.text("/sys/kernel/security/apparmor/profiles").map(|text| {
            let lines = text.lines().filter_map(|line| line.strip_suffix(')')?.rsplit_once(" ("));
            let ours = lines.filter(|(name, _)| name.contains("nginx") || name.contains("php"));
            ours.map(|(name, mode)| (name.to_owned(), mode.to_owned())).collect()
        });
        Some(AppArmor { profiles })
    }
}

/// `nsswitch.conf(5)`: what comes besides the files.
fn account_sources(text: &str) -> Vec<String> {
    const FILES: [&str; 3] = ["files", "compat", "systemd"];
    let lines = text.lines().filter_map(|line| line.split('#').next()?.split_once(':'));
    let ours = lines.filter(|(base, _)| matches!(base.trim(), "passwd" | "group" | "initgroups"));
    let words = ours.flat_map(|(_, sources)| sources.split_whitespace());
    let other: BTreeSet<&str> = words
        .filter(|word| !FILES.contains(word) && !word.starts_with('[') && !word.ends_with(']'))
        .collect();
    other.into_iter().map(str::to_owned).collect()
}

pub(super) fn name_servers(text: &str) -> Vec<String> {
    let servers = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next()).flatten()
    });
    servers.map(str::to_owned).collect()
}

pub(super) fn memory(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// `0-3,8`: how many numbers.
pub(super) fn count(list: &str) -> Option<u32> {
    let each = |range: &str| -> Option<u32> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        last.parse::<u32>().ok()?.checked_sub(first.parse().ok()?)?.checked_add(1)
    };
    list.split(',').map(each).try_fold(0_u32, |sum, count| sum.checked_add(count?))
}

/// The name of a process; `None` for one that has ended and was not yet collected.
fn living(status: &str) -> Option<&str> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let is_over = field("State:")?.starts_with(['Z', 'X']);
    field("Name:").filter(|_| !is_over)
}

/// `nginx: master process /usr/sbin/nginx`, `php-fpm: pool www`: nothing but the role is kept of it.
fn role(title: &str) -> Option<String> {
    let (_, rest) = title.split_once(": ")?;
    let role = match rest.split_whitespace().next()? {
        "master" => "master",
        "worker" | "pool" => "worker",
        _ => return None,
    };
    Some(role.to_owned())
}

/// What confines a process; nothing does where the kernel says so, or says nothing.
fn label(text: &str) -> Option<String> {
    let text = text.trim_end_matches(['\0', '\n']);
    (!text.is_empty() && text != "unconfined").then(|| text.to_owned())
}

fn open_files(limits: &str) -> Option<u64> {
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{account_sources, count, label, living, memory, name_servers, open_files, role};

    #[test]
    fn tables_of_a_machine() {
        let text = "passwd: files systemd sss # x\ngroup:\tfiles [SUCCESS=merge] ldap\nhosts: files dns\n";
        assert_eq!(account_sources(text), ["ldap", "sss"]);
        assert_eq!(
            name_servers("# x\nnameserver 127.0.0.53\nsearch a\nnameserver ::1 \n"),
            ["127.0.0.53", "::1"]
        );
        assert_eq!(memory("MemTotal:  2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
        assert_eq!((count("0-3,8"), count("0"), count("x"), count("3-0")), (Some(5), Some(1), None, None));
        assert_eq!(living("Name:\tnginx\nUmask:\t0022\nState:\tS (sleeping)\n"), Some("nginx"));
        assert_eq!(living("Name:\tnginx\nState:\tZ (zombie)\n"), None);
        assert_eq!(role("nginx: master process /usr/sbin/nginx\0").as_deref(), Some("master"));
        assert_eq!(role("php-fpm: pool www\0\0").as_deref(), Some("worker"));
        assert_eq!((role("nginx: cache manager process"), role("nginx\0-g\0daemon off;")), (None, None));
        assert_eq!((label("unconfined\n"), label("a (enforce)\n").as_deref()), (None, Some("a (enforce)")));
        assert_eq!(open_files("Limit  Soft\nMax open files   1024   524288   files\n"), Some(1024));
    }
}
