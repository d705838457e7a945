//! Where a master's files lie, read off the path of its main configuration.

use std::path::{Path, PathBuf};

/// What a package decided when it was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// PHP's version (major, minor), where the path or the user says it.
    pub version: Option<(u8, u8)>,
    /// `PHP_PREFIX`: where relative paths of pools and includes start.
    pub prefix: PathBuf,
    /// `PHP_LOCALSTATEDIR`: where a relative `pid` and `error_log` start.
    pub state: PathBuf,
    /// The main php.ini.
    pub php_ini: PathBuf,
    /// The directory of further `*.ini`.
    pub scan_dir: PathBuf,
    /// Whether the path is one that a package installs to; elsewhere the prefix is a guess.
    pub is_installed: bool,
    /// Whether Debian's packages laid it out.
    pub is_debian: bool,
}

impl Layout {
    /// The layout around the main configuration, or the pool file, at `main`.
    pub fn of(main: &Path, version: Option<(u8, u8)>) -> Self {
        let dir = main.parent().unwrap_or(Path::new("/"));
        let is_pools = dir.file_name().is_some_and(|name| name == "pool.d" || name == "php-fpm.d");
        let dir = if is_pools { dir.parent().unwrap_or(dir) } else { dir };
        let text = dir.to_string_lossy();
        let new = |prefix: &str, state: &str, ini: PathBuf, scan: &str| Self {
            version,
            prefix: prefix.into(),
            state: state.into(),
            scan_dir: ini.parent().unwrap_or(Path::new("/")).join(scan),
            php_ini: ini,
            is_installed: true,
            is_debian: false,
        };
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            // Debian and Ubuntu: /etc/php/8.2/fpm
            ["etc", "php", number, "fpm"] => Self {
                version: dotted(number).or(version),
                is_debian: true,
                ..new("/usr", "/var", dir.join("php.ini"), "conf.d")
            },
            // SUSE: /etc/php8/fpm
            ["etc", name, "fpm"] if name.starts_with("php") => Self {
                version: digits(name).or(version),
                ..new("/usr", "/var", dir.join("php.ini"), "../conf.d")
            },
            // Red Hat and its kin: /etc/php-fpm.conf
            ["etc"] => new("/usr", "/var", dir.join("php.ini"), "php.d"),
            // Remi's collections: /etc/opt/remi/php82
            ["etc", "opt", vendor, name] => Self {
                version: digits(name).or(version),
                ..new(
                    &format!("/opt/{vendor}/{name}/root/usr"),
                    &format!("/var/opt/{vendor}/{name}"),
                    dir.join("php.ini"),
                    "php.d",
                )
            },
            // Alpine: /etc/php82
            ["etc", name] if name.starts_with("php") => Self {
                version: digits(name).or(version),
                ..new("/usr", "/var", dir.join("php.ini"), "conf.d")
            },
            // The official images and what is built from source: /usr/local/etc
            ["usr", "local", "etc"] => {
                new("/usr/local", "/usr/local/var", PathBuf::from("/usr/local/etc/php/php.ini"), "conf.d")
            }
            // Built with a prefix of its own: /opt/php/etc
            [first, .., "etc"] if *first != "etc" => {
                let prefix = dir.parent().unwrap_or(dir).to_string_lossy();
                new(&prefix, &format!("{prefix}/var"), dir.join("php.ini"), "conf.d")
            }
            _ => {
                let own = dir.to_string_lossy();
                let ini = dir.join("php.ini");
                Self { is_installed: false, ..new(&own, &own, ini, "conf.d") }
            }
        }
    }
}

/// `8.2`
fn dotted(text: &str) -> Option<(u8, u8)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// `php82`; `php8` says too little.
fn digits(text: &str) -> Option<(u8, u8)> {
    let (major, minor) = text.strip_prefix("php")?.split_at_checked(1)?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
