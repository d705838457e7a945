//! Directories that systemd makes when the machine starts: `tmpfiles.d(5)`, and `RuntimeDirectory=` of units.

use std::collections::HashMap;
use std::path::Path;

use super::{Access, Unit, lines};
use crate::Files;
use crate::address::normal_path;

/// Where `tmpfiles.d` is configured.
const PLACES: [&str; 4] = ["/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d", "/lib/tmpfiles.d"];

/// The directories that are made at each start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directories {
    /// By path: who may enter.
    made: HashMap<String, Access>,
    /// Whether the tree has any configuration of such directories.
    pub is_known: bool,
}

impl Directories {
    pub(super) fn load(files: &dyn Files, units: &HashMap<String, Unit>) -> Self {
        let mut own = Self::default();
        for place in PLACES {
            for entry in files.list(Path::new(place)) {
                let Ok(bytes) = files.read(&entry.path) else { continue };
                own.is_known = true;
                lines(&String::from_utf8_lossy(&bytes)).for_each(|line| own.tmpfile(line));
            }
        }
        for unit in units.values() {
            let user = unit.get("User").unwrap_or("root");
            let group = unit.get("Group").unwrap_or(user);
            let mode = unit.get("RuntimeDirectoryMode").and_then(mode).unwrap_or(0o755);
            for name in unit.get("RuntimeDirectory").unwrap_or_default().split_whitespace() {
                let name = name.split(':').next().unwrap_or(name);
                let access = Access { owner: user.to_owned(), group: group.to_owned(), mode };
                own.made.insert(format!("/run/{name}"), access);
            }
        }
        own
    }

    /// One line: type, path, mode, user, group, age.
    fn tmpfile(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let (Some(kind), Some(path)) = (words.next(), words.next()) else { return };
        let is_directory = kind.starts_with(['d', 'D', 'v', 'q', 'Q']);
        if !is_directory || path.contains('%') {
            return;
        }
        let mut next = || words.next().filter(|word| *word != "-");
        let mode = next().and_then(|text| mode(text.trim_start_matches(['~', ':']))).unwrap_or(0o755);
        let owner = next().unwrap_or("root").trim_start_matches(':').to_owned();
        let group = next().unwrap_or("root").trim_start_matches(':').to_owned();
        self.made.insert(normal_path(path), Access { owner, group, mode });
    }

    /// Who may enter a directory: as systemd makes it, and root's home, which is closed everywhere. `None` where the
    /// tree does not tell.
    pub fn get(&self, path: &str) -> Option<Access> {
        let path = path.trim_end_matches('/');
        let root = || Access { owner: "root".into(), group: "root".into(), mode: 0o700 };
        self.made.get(path).cloned().or_else(|| (path == "/root").then(root))
    }
}

fn mode(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 8).ok().map(|mode| mode & 0o777)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Directories;
    use crate::files::Memory;

    #[test]
    fn lines_of_tmpfiles() {
        let files = Memory::new([(
            "/etc/tmpfiles.d/shop.conf",
            "# comment\nd /var/run/shop 0710 shop web -\nd /run/plain\nf /run/file 0600 a b\n",
        )]);
        let made = Directories::load(&files, &HashMap::new());
        let shown =
            |path: &str| made.get(path).map(|own| format!("{:o} {}:{}", own.mode, own.owner, own.group));
        assert_eq!(shown("/run/shop").as_deref(), Some("710 shop:web"));
        assert_eq!(shown("/run/plain").as_deref(), Some("755 root:root"));
        assert_eq!(shown("/run/file"), None);
        assert!(made.is_known);
    }
}
