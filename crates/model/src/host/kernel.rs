//! Settings and numbers of the kernel that decide how much a program may take.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Facts, lines};
use crate::Files;

/// Where `sysctl.d(5)` is configured; of several files with one name that of the first directory counts.
const PLACES: [&str; 5] =
    ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"];

/// `net.core.somaxconn`: the most connections that wait at one listener, whatever it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somaxconn {
    /// The number.
    pub value: u32,
    /// The file of the tree that sets it; `None`: the kernel had it.
    pub by: Option<PathBuf>,
}

impl Somaxconn {
    /// As the kernel had it, else as the tree sets it; `None` where neither tells.
    pub(super) fn load(files: &dyn Files, facts: Option<&Facts>) -> Option<Self> {
        let recorded = facts.and_then(|facts| facts.somaxconn);
        let shown = || read(files, "/proc/sys/net/core/somaxconn")?.trim().parse().ok();
        match recorded.or_else(shown) {
            Some(value) => Some(Self { value, by: None }),
            None => configured(files),
        }
    }
}

fn configured(files: &dyn Files) -> Option<Somaxconn> {
    let mut all: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for entry in PLACES.iter().flat_map(|dir| files.list(Path::new(dir))) {
        if entry.path.extension().is_some_and(|extension| extension == "conf")
            && let Some(name) = entry.path.file_name()
        {
            all.entry(name.to_owned()).or_insert(entry.path);
        }
    }
    // The oldest place is read last.
    let paths = all.into_values().chain([PathBuf::from("/etc/sysctl.conf")]);
    let set = |path: PathBuf| {
        let text = read(files, &path.to_string_lossy())?;
        let value = lines(&text).filter_map(|line| {
            let (key, value) = line.trim_start_matches('-').split_once('=')?;
            let is_it = key.trim().replace('/', ".") == "net.core.somaxconn";
            is_it.then(|| value.trim().parse().ok()).flatten()
        });
        Some(Somaxconn { value: value.last()?, by: Some(path) })
    };
    paths.filter_map(set).last()
}

pub(super) fn read(files: &dyn Files, path: &str) -> Option<String> {
    files.read(Path::new(path)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{Facts, Somaxconn};
    use crate::files::Memory;

    #[test]
    fn the_last_file_by_name_counts_and_the_kernel_before_all() {
        let files = Memory::new([
            ("/etc/sysctl.d/90-web.conf", "net.core.somaxconn = 1024\n"),
            ("/usr/lib/sysctl.d/90-web.conf", "net.core.somaxconn = 1\n"),
            ("/usr/lib/sysctl.d/50-default.conf", "-net/core/somaxconn=2\n"),
            ("/etc/sysctl.d/99-note.txt", "net.core.somaxconn = 3\n"),
        ]);
        let found = Somaxconn::load(&files, None).unwrap();
        assert_eq!((found.value, found.by.unwrap().to_str()), (1024, Some("/etc/sysctl.d/90-web.conf")));
        let facts = Facts { somaxconn: Some(128), ..Facts::default() };
        assert_eq!(Somaxconn::load(&files, Some(&facts)), Some(Somaxconn { value: 128, by: None }));
        assert_eq!(Somaxconn::load(&Memory::default(), None), None);
    }
}
