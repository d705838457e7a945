//! Who may write where: the kernel's first-match class rule for a unix socket.

use super::{Group, Host};

/// The identity that a worker process runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// The user's name.
    pub user: String,
    /// The group's name where the configuration gives one; else the group called like the user, as nginx
    /// takes it (`ngx_set_user()` of `src/core/nginx.c`).
    pub group: Option<String>,
}

/// The owner, group and permission bits of a socket, by name or number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The owner's name or number.
    pub owner: String,
    /// The group's name or number.
    pub group: String,
    /// The permission bits.
    pub mode: u32,
}

impl Host {
    /// Whether `process` may connect to a socket, for which it needs the write bit of the first class that
    /// fits it. `None`: the tree does not tell which groups the user is in, or whose a number is.
    pub fn may_connect(&self, process: &Process, socket: &Access) -> Option<bool> {
        self.allows(process, socket, 0o2)
    }

    /// Whether `process` may go through a directory, for which it needs the execute bit of that class.
    pub fn may_enter(&self, process: &Process, directory: &Access) -> Option<bool> {
        self.allows(process, directory, 0o1)
    }

    /// Whether the first class that fits has its bit.
    fn allows(&self, process: &Process, to: &Access, bit: u32) -> Option<bool> {
        let uid = self.user(&process.user).map(|user| user.uid);
        if process.user == "root" || uid == Some(0) {
            return Some(true);
        }
        let [owner, group, other] = [6, 3, 0].map(|class| to.mode & (bit << class) != 0);
        let as_other = match self.in_group(process, &to.group) {
            Some(true) => Some(group),
            Some(false) => Some(other),
            // Either way the answer is the same.
            None => (group == other).then_some(group),
        };
        match self.is_user(&process.user, uid, &to.owner) {
            Some(true) => Some(owner),
            Some(false) => as_other,
            None => as_other.filter(|may| *may == owner),
        }
    }

    fn is_user(&self, name: &str, uid: Option<u32>, owner: &str) -> Option<bool> {
        if owner == name {
            return Some(true);
        }
        match (owner.parse::<u32>(), uid) {
            (Err(_), _) => Some(false),
            (Ok(number), Some(uid)) => Some(number == uid),
            (Ok(_), None) if self.users.is_some() => Some(false),
            (Ok(number), None) => is_static(name, number),
        }
    }

    /// Whether the process is in `group`: by the `user` directive, by its primary group, or by `etc/group`
    /// (nginx calls `initgroups()` with the group it was given).
    pub fn in_group(&self, process: &Process, group: &str) -> Option<bool> {
        let number = group.parse::<u32>().ok();
        let known = self.group(group).or_else(|| {
            let number = number?;
            self.groups.iter().flatten().find(|group| group.gid == number)
        });
        let own = process.group.as_deref().unwrap_or(&process.user);
        if own == group || known.is_some_and(|known| known.name == own) {
            return Some(true);
        }
        let member = |known: &Group| known.members.contains(&process.user);
        if known.is_some_and(member) {
            return Some(true);
        }
        // Without the groups of the machine a membership given elsewhere cannot be ruled out, but for root's.
        match &self.groups {
            Some(_) => Some(false),
            None if group == "root" || group == "0" => Some(false),
            None => number.and_then(|number| is_static(own, number)).filter(|is_own| *is_own),
        }
    }
}

/// Whether a number is that of a system account whose number the distributions fix; `None` where they do not.
/// Numbers from 1000 on are those of people, on no distribution those of a server.
fn is_static(name: &str, number: u32) -> Option<bool> {
    const FIXED: &[(&str, u32)] =
        &[("www-data", 33), ("www-data", 82), ("apache", 48), ("http", 33), ("nobody", 65534)];
    const SERVERS: &[&str] = &["www-data", "apache", "http", "nginx", "nobody"];
    match number {
        0 => Some(false),
        _ if FIXED.contains(&(name, number)) => Some(true),
        1000..60000 if SERVERS.contains(&name) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, Host, Process};
    use crate::files::Memory;

    fn check(
        passwd: bool,
        user: &str,
        group: Option<&str>,
        owner: &str,
        owners: &str,
        mode: u32,
    ) -> Option<bool> {
        let mut files = Memory::default();
        if passwd {
            files.add("/etc/passwd", "root:x:0:0::/:\nwww:x:33:33::/:\nweb:x:99:99::/:\n");
            files.add("/etc/group", "root:x:0:\nwww:x:33:web\nweb:x:99:\n");
        }
        let host = Host::load(&files, None);
        let process = Process { user: user.into(), group: group.map(str::to_owned) };
        host.may_connect(&process, &Access { owner: owner.into(), group: owners.into(), mode })
    }

    #[test]
    fn first_matching_class_decides() {
        assert_eq!(check(true, "www", None, "root", "root", 0o660), Some(false));
        assert_eq!(check(true, "www", None, "www", "root", 0o200), Some(true));
        assert_eq!(
            check(true, "www", None, "www", "www", 0o060),
            Some(false),
            "the owner's bits are asked first"
        );
        assert_eq!(check(true, "web", None, "root", "www", 0o660), Some(true), "a supplementary group");
        assert_eq!(check(true, "web", Some("www"), "root", "33", 0o660), Some(true), "a group by number");
        assert_eq!(check(true, "web", None, "root", "root", 0o666), Some(true));
        assert_eq!(check(true, "root", None, "www", "www", 0o000), Some(true));
        assert_eq!(check(false, "web", None, "shop", "shop", 0o660), None, "groups are not known");
        assert_eq!(check(false, "web", None, "root", "root", 0o660), Some(false));
        assert_eq!(check(false, "www-data", None, "33", "root", 0o660), Some(true), "a fixed number");
        assert_eq!(check(false, "www-data", None, "1001", "root", 0o660), Some(false), "a person's number");
        assert_eq!(check(false, "nginx", None, "101", "root", 0o660), None, "whose number is not known");
    }
}
