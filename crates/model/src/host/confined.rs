//! Programs that AppArmor confines.

use std::collections::BTreeMap;
use std::path::Path;

use super::kernel::read;
use super::{Facts, Host};
use crate::Files;

/// Where profiles lie; one with a link of its name in `disable` is not loaded.
const PROFILES: &str = "/etc/apparmor.d";

/// A profile that is enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The file of the tree that has it; `None`: the kernel had it loaded.
    pub by: Option<String>,
}

/// The profiles in enforce mode of nginx (`nginx`) and PHP-FPM (`php-fpm`): those of running processes, those that are
/// loaded, else those in the tree.
pub(super) fn load(files: &dyn Files, facts: Option<&Facts>) -> BTreeMap<&'static str, Profile> {
    let mut found = BTreeMap::new();
    let mut add = |name: &str, program: &str, by: Option<String>| {
        let program = match program {
            program if program.contains("nginx") => "nginx",
            program if program.contains("php") && program.contains("fpm") => "php-fpm",
            _ => return,
        };
        found.entry(program).or_insert_with(|| Profile { name: name.to_owned(), by });
    };
    let enforced = |label: &str| label.strip_suffix(" (enforce)").map(str::to_owned);
    for process in facts.iter().filter_map(|facts| facts.processes.as_ref()).flatten() {
        // A container's profile confines what runs in it, and it runs.
        let profile = process.label.as_deref().and_then(enforced);
        if let Some(name) = profile.filter(|name| name.contains("nginx") || name.contains("php")) {
            add(&name, &process.name, None);
        }
    }
    if let Some(recorded) = facts.and_then(|facts| facts.apparmor.as_ref()) {
        for (name, mode) in recorded.profiles.iter().flatten() {
            if mode == "enforce" {
                add(name, name, None);
            }
        }
        return found;
    }
    // On a machine whose facts are known and do not name it, no AppArmor runs.
    if facts.is_some() {
        return found;
    }
    for entry in files.list(Path::new(PROFILES)) {
        let file = entry.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_off = |dir: &str| {
            let place = Path::new(PROFILES).join(dir).join(&file);
            files.kind(&place).is_some() || files.read_link(&place).is_some()
        };
        let is_ours = file.contains("nginx") || file.contains("php");
        if !is_ours || is_off("disable") || is_off("force-complain") {
            continue;
        }
        let Some(text) = read(files, &entry.path.to_string_lossy()) else { continue };
        let header = text.lines().find(|line| line.trim_end().ends_with('{'));
        let Some(header) =
            header.filter(|header| !header.contains("complain") && !header.contains("unconfined"))
        else {
            continue;
        };
        let words = header.trim_start().strip_prefix("profile ").unwrap_or(header);
        let name = words.split_whitespace().next().unwrap_or(&file);
        add(name, &file, Some(entry.path.to_string_lossy().trim_start_matches('/').to_owned()));
    }
    found
}

impl Host {
    /// The profile that AppArmor enforces on `nginx` or `php-fpm`.
    pub fn profile(&self, program: &str) -> Option<&Profile> {
        self.profiles.get(program)
    }

    /// Whether nginx surely runs outside SELinux's domain of web servers, which alone its rules for them bind.
    pub fn is_unconfined_nginx(&self) -> bool {
        let processes = self.facts.iter().filter_map(|facts| facts.processes.as_ref()).flatten();
        let mut own = processes.filter(|one| one.name == "nginx").peekable();
        let is_outside = |label: &String| !label.contains(":httpd_t");
        own.peek().is_some() && own.all(|one| one.label.as_ref().is_some_and(is_outside))
    }

    /// How many files the master of a running program of this name may have open: the most of all of them, for it is not
    /// known which one reads this configuration. `None` where none was recorded.
    pub fn open_files(&self, program: &str) -> Option<u64> {
        let processes = self.facts.as_ref()?.processes.as_ref()?;
        let masters =
            processes.iter().filter(|one| one.name == program && one.role.as_deref() == Some("master"));
        masters.map(|one| one.open_files).collect::<Option<Vec<_>>>()?.into_iter().max()
    }
}

#[cfg(test)]
mod tests {
    use super::load;
    use crate::files::Memory;
    use crate::host::Facts;

    #[test]
    fn profiles_that_are_enforced() {
        let files = Memory::new([
            (
                "/etc/apparmor.d/php-fpm",
                "abi <abi/3.0>,\nprofile php-fpm /usr/sbin/php-fpm* flags=(attach_disconnected) {\n}\n",
            ),
            ("/etc/apparmor.d/usr.sbin.nginx", "/usr/sbin/nginx flags=(complain) {\n}\n"),
        ]);
        let found = load(&files, None);
        assert_eq!(found.keys().collect::<Vec<_>>(), [&"php-fpm"]);
        assert_eq!(found["php-fpm"].by.as_deref(), Some("etc/apparmor.d/php-fpm"));
        let facts =
            r#"{"version":1,"apparmor":{"profiles":{"/usr/sbin/nginx":"enforce","php-fpm":"complain"}}}"#;
        let facts: Facts = serde_json::from_str(facts).unwrap();
        assert_eq!(load(&files, Some(&facts)).keys().collect::<Vec<_>>(), [&"nginx"]);
        let off = Memory::new([
            ("/etc/apparmor.d/php-fpm", "profile php-fpm {\n}\n"),
            ("/etc/apparmor.d/disable/php-fpm", ""),
        ]);
        assert!(load(&off, None).is_empty());
    }
}
