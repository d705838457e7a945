//! systemd units and their drop-ins, as `systemd.unit(5)` merges them.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::Path;

use ini::{Ini, ParseOption};

use crate::Files;
use crate::files::Entry;

/// Where unit files lie; of several with one name the first counts. Drop-ins of all of them are read.
const DIRECTORIES: [&str; 3] = ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"];

/// The `[Service]` part of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    settings: HashMap<String, String>,
}

impl Unit {
    /// A setting that counts once, such as `User`: the last one, where it is not empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A unit of settings that were recorded.
    pub(super) fn of(settings: &BTreeMap<String, String>) -> Self {
        Self { settings: settings.iter().map(|(key, value)| (key.clone(), value.clone())).collect() }
    }

    /// These settings alone, where they are set.
    pub(super) fn only(&self, keys: &[&str]) -> BTreeMap<String, String> {
        let set = keys.iter().filter_map(|key| Some(((*key).to_owned(), self.get(key)?.to_owned())));
        set.collect()
    }

    fn add(&mut self, text: &str) {
        // systemd knows neither quotes around a whole value nor escapes at this level.
        let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
        let Ok(ini) = Ini::load_from_str_opt(text, option) else { return };
        for (key, value) in ini.section(Some("Service")).into_iter().flat_map(|section| section.iter()) {
            self.settings.insert(key.to_owned(), value.trim().to_owned());
        }
    }
}

/// The units of nginx and of PHP-FPM, by name without `.service`.
pub(super) fn load(files: &dyn Files) -> HashMap<String, Unit> {
    let mut units: HashMap<String, Unit> = HashMap::new();
    let listed: Vec<Entry> = DIRECTORIES.iter().flat_map(|dir| files.list(Path::new(dir))).collect();
    let read = |path: &Path| files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    for entry in &listed {
        if let Some(name) = name_of(&entry.path, ".service")
            && !units.contains_key(name)
            && let Ok(text) = read(&entry.path)
        {
            units.entry(name.to_owned()).or_default().add(&text);
        }
    }
    for entry in &listed {
        let Some(name) = name_of(&entry.path, ".service.d") else { continue };
        for drop_in in files.list(&entry.path) {
            if drop_in.path.extension() == Some(OsStr::new("conf"))
                && let Ok(text) = read(&drop_in.path)
            {
                units.entry(name.to_owned()).or_default().add(&text);
            }
        }
    }
    units
}

fn name_of<'p>(path: &'p Path, suffix: &str) -> Option<&'p str> {
    let name = path.file_name()?.to_str()?.strip_suffix(suffix)?;
    let is_ours = name == "nginx" || name.starts_with("php") && name.ends_with("fpm");
    is_ours.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::load;
    use crate::files::Memory;

    #[test]
    fn drop_ins_win() {
        let files = Memory::new([
            ("/lib/systemd/system/nginx.service", "[Unit]\nUser=x\n[Service]\nUser=a\nPrivateTmp=yes\n"),
            ("/etc/systemd/system/nginx.service.d/10-user.conf", "[Service]\nUser=web\n"),
            ("/etc/systemd/system/php8.2-fpm.service.d/a.conf", "[Service]\nUser=b\nUser=\n"),
            ("/etc/systemd/system/other.service", "[Service]\nUser=c\n"),
        ]);
        let units = load(&files);
        assert_eq!(units.len(), 2);
        assert_eq!(
            (units["nginx"].get("User"), units["nginx"].get("PrivateTmp")),
            (Some("web"), Some("yes"))
        );
        assert_eq!(units["php8.2-fpm"].get("User"), None, "an empty value takes an earlier one back");
    }
}
