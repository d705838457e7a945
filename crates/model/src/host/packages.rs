//! What the package manager's own records say is installed.

use std::path::Path;

use memchr::memmem;

use crate::Files;

/// The records of dpkg and of apk: where they lie, and what starts a package's name and its version.
const RECORDS: [(&str, &str, &str); 2] =
    [("/var/lib/dpkg/status", "Package: ", "Version: "), ("/lib/apk/db/installed", "P:", "V:")];

/// The version of an installed package, as the distribution writes it.
pub(crate) fn version(files: &dyn Files, package: &str) -> Option<String> {
    RECORDS.iter().find_map(|(path, name, version)| {
        let records = files.read(Path::new(path)).ok()?;
        let title = format!("{name}{package}\n");
        let starts_line = |at: &usize| *at == 0 || records.get(at - 1) == Some(&b'\n');
        let at = memmem::find_iter(&records, title.as_bytes()).find(starts_line)?;
        let record = records.get(at..)?;
        let record = record.get(..memmem::find(record, b"\n\n").unwrap_or(record.len()))?;
        let record = String::from_utf8_lossy(record);
        let is_installed =
            !record.lines().any(|line| line.starts_with("Status: ") && !line.ends_with(" installed"));
        let found = record.lines().find_map(|line| line.strip_prefix(version))?;
        is_installed.then(|| found.to_owned())
    })
}

/// The release of a version: `1:1.22.1-9+deb12u1` is `(1, 22, 1)`.
pub(crate) fn release(version: &str) -> Option<(u16, u16, u16)> {
    let upstream = version.split_once(':').map_or(version, |(_, rest)| rest);
    let upstream = upstream.split(['-', '+', '~']).next()?;
    let mut numbers = upstream.split('.').map(|part| part.parse::<u16>().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next()??))
}
