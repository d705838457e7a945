//! systemd units and their drop-ins, as `systemd.unit(5)` merges them.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use gatelint_syntax::{Span, TextRange};
use ini::{Ini, ParseOption};

use super::Host;
use crate::files::Entry;
use crate::fpm::Master;
use crate::{Files, Origin, Sources};

/// Where unit files lie; of several with one name the first counts. Drop-ins of all of them are read.
const DIRECTORIES: [&str; 3] = ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"];
/// Where the defaults of all units are set.
const DEFAULTS: [&str; 3] =
    ["/usr/lib/systemd/system.conf.d", "/run/systemd/system.conf.d", "/etc/systemd/system.conf.d"];

/// A unit: its `[Service]` and `[Install]` parts, and what `systemctl show` calls `FragmentPath` and `UnitFileState`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    settings: HashMap<String, String>,
    /// Its file in the tree; what a record names is never opened.
    file: Option<PathBuf>,
    /// The header of its `[Service]` part, where the tree has its file.
    pub span: Option<Span>,
}

impl Unit {
    /// A setting that counts once, such as `User`: the last one, where it is not empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether all of it is known, and not drop-ins or single settings alone.
    pub fn is_whole(&self) -> bool {
        self.get("FragmentPath").is_some()
    }

    /// Whether the machine starts it by itself; `None`: not known.
    pub fn is_enabled(&self) -> Option<bool> {
        Some(self.get("UnitFileState")? == "enabled")
    }

    /// A unit of settings that were recorded.
    pub(super) fn of(settings: &BTreeMap<String, String>) -> Self {
        let settings = settings.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        Self { settings, ..Self::default() }
    }

    /// These settings alone, where they are set.
    pub(super) fn only(&self, keys: &[&str]) -> BTreeMap<String, String> {
        let set = keys.iter().filter_map(|key| Some(((*key).to_owned(), self.get(key)?.to_owned())));
        set.collect()
    }

    /// Finds its header in the text of its file.
    pub(super) fn place(&mut self, files: &dyn Files, sources: &mut Sources) {
        let Some(path) = &self.file else { return };
        let Ok(bytes) = files.read(path) else { return };
        let at = memchr::memmem::find(&bytes, b"[Service]").unwrap_or(0);
        let end =
            bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')).unwrap_or(0) + at;
        let (Ok(at), Ok(end)) = (u32::try_from(at), u32::try_from(end)) else { return };
        let file = sources.add(path.clone(), bytes, Origin::Unreached);
        self.span = Some(TextRange::new(at, end).in_file(file));
    }

    fn add(&mut self, text: &str) {
        for part in ["Service", "Install"] {
            self.add_part(text, part);
        }
    }

    fn add_part(&mut self, text: &str, part: &str) {
        // systemd knows neither quotes around a whole value nor escapes at this level.
        let option = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
        let Ok(ini) = Ini::load_from_str_opt(text, option) else { return };
        for (key, value) in ini.section(Some(part)).into_iter().flat_map(|section| section.iter()) {
            self.settings.insert(key.to_owned(), value.trim().to_owned());
        }
    }

    fn set(&mut self, key: &str, value: &str) {
        self.settings.insert(key.to_owned(), value.to_owned());
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
            let unit = units.entry(name.to_owned()).or_default();
            unit.add(&text);
            unit.set("FragmentPath", &entry.path.to_string_lossy());
            unit.file = Some(entry.path.clone());
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
    if units.is_empty() {
        return units;
    }
    let wanted = wanted(files);
    let limit = default_limit(files);
    for (name, unit) in &mut units {
        if let Some(wanted) = &wanted {
            let is_enabled = wanted.iter().any(|link| link.strip_suffix(".service") == Some(name));
            unit.set("UnitFileState", if is_enabled { "enabled" } else { "disabled" });
        }
        if let Some(limit) = limit.as_ref().filter(|_| unit.get("LimitNOFILE").is_none()) {
            unit.set("LimitNOFILE", limit);
        }
    }
    units
}

/// The names of all units that are started with another; `None` where the tree has none, and so does not tell.
fn wanted(files: &dyn Files) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for dir in files.list(Path::new("/etc/systemd/system")) {
        let name = dir.path.to_string_lossy();
        if name.ends_with(".wants") || name.ends_with(".requires") {
            let links = files.list(&dir.path).into_iter();
            found
                .extend(links.filter_map(|link| Some(link.path.file_name()?.to_string_lossy().into_owned())));
        }
    }
    (!found.is_empty()).then_some(found)
}

/// `DefaultLimitNOFILE` of `systemd-system.conf(5)`.
fn default_limit(files: &dyn Files) -> Option<String> {
    let paths = DEFAULTS.iter().flat_map(|dir| files.list(Path::new(dir))).map(|entry| entry.path);
    let main = ["/usr/lib/systemd/system.conf", "/etc/systemd/system.conf"].map(Into::into);
    let values = main.into_iter().chain(paths).filter_map(|path| {
        let bytes = files.read(&path).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let value = super::lines(&text).filter_map(|line| line.strip_prefix("DefaultLimitNOFILE=")).last()?;
        Some(value.trim().to_owned())
    });
    values.last().filter(|value| !value.is_empty())
}

impl Host {
    /// The unit that runs a PHP-FPM, by the names that distributions give it, and its name.
    pub fn unit_of(&self, master: &Master) -> Option<(&str, &Unit)> {
        let version = master.layout.version;
        let names = match version {
            Some((major, minor)) if master.layout.is_debian => vec![format!("php{major}.{minor}-fpm")],
            Some((major, minor)) => {
                vec![
                    format!("php{major}{minor}-php-fpm"),
                    format!("php-fpm{major}{minor}"),
                    "php-fpm".to_owned(),
                ]
            }
            None => vec!["php-fpm".to_owned()],
        };
        names.iter().find_map(|name| self.units.get_key_value(name)).map(|(name, unit)| (name.as_str(), unit))
    }
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
            ("/etc/systemd/system/multi-user.target.wants/nginx.service", ""),
            ("/etc/systemd/system.conf", "[Manager]\nDefaultLimitNOFILE=4096:8192\n"),
        ]);
        let units = load(&files);
        assert_eq!(units.len(), 2);
        assert_eq!(
            (units["nginx"].get("User"), units["nginx"].get("PrivateTmp")),
            (Some("web"), Some("yes"))
        );
        let [nginx, fpm] = [&units["nginx"], &units["php8.2-fpm"]];
        assert_eq!((nginx.is_whole(), nginx.is_enabled()), (true, Some(true)));
        assert_eq!((fpm.is_whole(), fpm.is_enabled()), (false, Some(false)));
        assert_eq!(nginx.get("LimitNOFILE"), Some("4096:8192"));
        assert_eq!(units["php8.2-fpm"].get("User"), None, "an empty value takes an earlier one back");
    }
}
