//! Values as gatelint.toml writes them: times and sizes as nginx does, versions, patterns, paths.

use std::borrow::Cow;
use std::fmt;
use std::path::{Component, Path};
use std::str::FromStr;

use gatelint_model::nginx::number;
use gatelint_model::{Address, HostName, normal_path};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Text that means a value: how it is called in the schema, the pattern for editors, and what a mistake is told.
pub(super) struct Format {
    /// The `format` of its schema.
    pub(super) name: &'static str,
    /// A regular expression that takes at least what is taken here.
    pattern: &'static str,
    /// What is expected, with an example.
    pub(super) expected: &'static str,
    pub(super) is_valid: fn(&str) -> bool,
}

/// Every format.
pub(super) const FORMATS: &[Format] = &[
    Format {
        name: "gatelint-time",
        pattern: "^([0-9]+(ms|[smhdwMy])?)( *[0-9]+(ms|[smhdwMy])?)*$",
        expected: "a time as nginx writes it, such as \"75s\" or \"5m\"",
        is_valid: |text| text.parse::<Time>().is_ok(),
    },
    Format {
        name: "gatelint-size",
        pattern: "^[0-9]+[kKmM]?$",
        expected: "a size as nginx writes it, such as \"16k\" or \"2m\"",
        is_valid: |text| text.parse::<Size>().is_ok(),
    },
    Format {
        name: "gatelint-nginx-version",
        pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+$",
        expected: "a version of nginx such as \"1.22.1\"",
        is_valid: |text| text.parse::<NginxVersion>().is_ok(),
    },
    Format {
        name: "gatelint-php-version",
        pattern: "^[0-9]+\\.[0-9]+(\\.[0-9]+)?$",
        expected: "a version of PHP such as \"8.2\"",
        is_valid: |text| text.parse::<PhpVersion>().is_ok(),
    },
    Format {
        name: "gatelint-pattern",
        pattern: "^.{1,256}$",
        expected: "a pattern such as \"sites/legacy/**\"",
        is_valid: |text| text.parse::<Pattern>().is_ok(),
    },
    Format {
        name: "gatelint-path",
        pattern: "^[^/].*$",
        expected: "a path below the directory of this file, without `..`",
        is_valid: |text| text.parse::<Inner>().is_ok(),
    },
    Format {
        name: "gatelint-absolute-path",
        pattern: "^/.*$",
        expected: "an absolute path on the host, such as \"/etc/nginx/conf.d\"",
        is_valid: |text| text.parse::<HostPath>().is_ok(),
    },
    Format {
        name: "gatelint-address",
        pattern: "^.*:.+$",
        expected: "an address as `fastcgi_pass` names it, such as \"unix:/run/app.sock\" or \"php:9000\"",
        is_valid: |text| text.parse::<External>().is_ok(),
    },
];

/// A text of no format's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake;

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a value of this kind")
    }
}

impl std::error::Error for Mistake {}

/// A time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// In milliseconds.
    pub ms: u64,
}

impl Time {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self { ms: seconds * 1000 }
    }
}

impl FromStr for Time {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        number::milliseconds(text.as_bytes()).map(|ms| Self { ms }).ok_or(Mistake)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ms {
            0 => f.write_str("0s"),
            ms if ms % 3_600_000 == 0 => write!(f, "{}h", ms / 3_600_000),
            ms if ms % 60_000 == 0 => write!(f, "{}m", ms / 60_000),
            ms if ms % 1000 == 0 => write!(f, "{}s", ms / 1000),
            ms => write!(f, "{ms}ms"),
        }
    }
}

/// A size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// In bytes.
    pub bytes: u64,
}

impl Size {
    /// So many kibibytes.
    pub const fn k(k: u64) -> Self {
        Self { bytes: k << 10 }
    }

    /// So many mebibytes.
    pub const fn m(m: u64) -> Self {
        Self { bytes: m << 20 }
    }
}

impl FromStr for Size {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        number::size(text.as_bytes()).map(|bytes| Self { bytes }).ok_or(Mistake)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes {
            0 => f.write_str("0"),
            bytes if bytes % (1 << 20) == 0 => write!(f, "{}m", bytes >> 20),
            bytes if bytes % (1 << 10) == 0 => write!(f, "{}k", bytes >> 10),
            bytes => write!(f, "{bytes}"),
        }
    }
}

/// A version of nginx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NginxVersion(pub u16, pub u16, pub u16);

impl FromStr for NginxVersion {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        match numbers(text).as_deref() {
            Some(&[major, minor, patch]) => Ok(Self(major, minor, patch)),
            _ => Err(Mistake),
        }
    }
}

impl fmt::Display for NginxVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A version of PHP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhpVersion(pub u8, pub u8);

impl FromStr for PhpVersion {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let small = |number: u16| u8::try_from(number).map_err(|_| Mistake);
        match numbers(text).as_deref() {
            Some(&[major, minor] | &[major, minor, _]) => Ok(Self(small(major)?, small(minor)?)),
            _ => Err(Mistake),
        }
    }
}

impl fmt::Display for PhpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

fn numbers(text: &str) -> Option<Vec<u16>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

/// A pattern of paths or of host names: `*`, `?`, `[a-z]`, `{a,b}`, and in paths `**`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// The matcher; `is_path`: whether `*` ends at a `/`.
    pub(super) fn glob(&self, is_path: bool) -> Option<globset::Glob> {
        globset::GlobBuilder::new(&self.0).literal_separator(is_path).case_insensitive(!is_path).build().ok()
    }
}

impl FromStr for Pattern {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let pattern = Self(text.to_owned());
        let is_fair = (1..=256).contains(&text.chars().count());
        (is_fair && pattern.glob(true).is_some()).then_some(pattern).ok_or(Mistake)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A path below the directory of the file that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner(String);

impl Inner {
    /// The path.
    pub fn path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl FromStr for Inner {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let is_inside =
            Path::new(text).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        (is_inside && !text.is_empty() && !text.contains('\0')).then(|| Self(text.to_owned())).ok_or(Mistake)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An absolute path on the host that the configuration is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPath(String);

impl HostPath {
    /// The path.
    pub fn path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl FromStr for HostPath {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let mut parts = Path::new(text).components();
        let is_plain = parts.next() == Some(Component::RootDir)
            && parts.all(|part| matches!(part, Component::Normal(_)));
        (is_plain && !text.contains('\0')).then(|| Self(text.to_owned())).ok_or(Mistake)
    }
}

impl fmt::Display for HostPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An address at which something listens that no file here tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External(String);

impl External {
    /// In normal form.
    pub(super) fn address(&self) -> Option<Address> {
        match self.0.strip_prefix("unix:") {
            Some(path) => Some(Address::Unix(normal_path(path))),
            None => {
                let (host, port) = self.0.rsplit_once(':')?;
                Some(Address::Tcp(HostName::new(host), port.parse().ok()?))
            }
        }
    }
}

impl FromStr for External {
    type Err = Mistake;

    fn from_str(text: &str) -> Result<Self, Mistake> {
        let external = Self(text.to_owned());
        let is_address = match external.address() {
            Some(Address::Unix(_)) => text.starts_with("unix:/"),
            Some(Address::Tcp(_, port)) => port > 0 && !text.starts_with(':'),
            None => false,
        };
        is_address.then_some(external).ok_or(Mistake)
    }
}

impl fmt::Display for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The schema of a value of a format.
fn schema(name: &str) -> Schema {
    let format = FORMATS.iter().find(|format| format.name == name);
    let pattern = format.map_or("", |format| format.pattern);
    json_schema!({ "type": "string", "format": name, "pattern": pattern })
}

/// A value that is a text of a format, in the file, in the schema and in `gatelint config`.
macro_rules! written {
    ($($type:ty = $format:literal),* $(,)?) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $format.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                schema($format)
            }
        }
    )* };
}

written! {
    Time = "gatelint-time",
    Size = "gatelint-size",
    NginxVersion = "gatelint-nginx-version",
    PhpVersion = "gatelint-php-version",
    Pattern = "gatelint-pattern",
    Inner = "gatelint-path",
    HostPath = "gatelint-absolute-path",
    External = "gatelint-address",
}
