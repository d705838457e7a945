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
    /// fits it. `None`: the tree does not tell which groups the user is in.
    pub fn may_connect(&self, process: &Process, socket: &Access) -> Option<bool> {
        let user = self.user(&process.user);
        let uid = user.map(|user| user.uid);
        if process.user == "root" || uid == Some(0) {
            return Some(true);
        }
        let [owner, group, other] = [0o200, 0o020, 0o002].map(|bit| socket.mode & bit != 0);
        if self.is_user(&process.user, uid, &socket.owner) {
            return Some(owner);
        }
        match self.in_group(process, &socket.group) {
            Some(true) => Some(group),
            Some(false) => Some(other),
            // Either way the answer is the same.
            None if group == other => Some(group),
            None => None,
        }
    }

    fn is_user(&self, name: &str, uid: Option<u32>, owner: &str) -> bool {
        owner == name || owner.parse().is_ok_and(|number: u32| Some(number) == uid)
    }

    /// Whether the process is in `group`: by the `user` directive, by its primary group, or by `etc/group`
    /// (nginx calls `initgroups()` with the group it was given).
    pub fn in_group(&self, process: &Process, group: &str) -> Option<bool> {
        let known = self.group(group).or_else(|| {
            let number: u32 = group.parse().ok()?;
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
            None => None,
        }
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
        let host = Host::load(&files);
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
    }
}
