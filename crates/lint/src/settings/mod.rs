//! gatelint.toml: what a project says of its target, its rules and their limits.
//!
//! Reading never fails: what is not understood becomes a [`Problem`] and keeps its default. The JSON schema comes from
//! the same types, and it is what the text is checked with.

mod check;
mod policy;
mod problem;
mod read;
mod schema;
mod thresholds;
mod value;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use policy::Policy;
pub use problem::{Problem, ProblemKind};
pub use read::{MAX_SIZE, Reading};
pub use schema::schema;
pub use thresholds::Thresholds;
pub use value::{External, HostPath, Inner, NginxVersion, Pattern, PhpVersion, Size, Time};

use crate::Level;

/// The name of the file.
pub const FILE_NAME: &str = "gatelint.toml";

/// Everything that gatelint.toml can say. Paths are below the directory of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The directory that plays `/`, as `--root` names it.
    #[schemars(with = "Inner")]
    pub root: Option<Inner>,
    /// The level of each finding of a rule: `off` drops them; a level up to the rule's own is the most that they get;
    /// a higher one is what they get, but for those that the rule itself holds for less sure.
    pub rules: BTreeMap<String, RuleLevel>,
    /// The same for some files only; the last entry that names a rule and takes the file counts, before `rules`.
    #[schemars(length(max = 100))]
    pub paths: Vec<PathRules>,
    /// From where on a value is too much or too little.
    pub thresholds: Thresholds,
    /// The nginx that the configuration is for.
    pub nginx: Nginx,
    /// The PHP that the configuration is for.
    pub php: Php,
    /// What listens somewhere.
    pub listeners: Listeners,
    /// What runs in containers.
    pub containers: Containers,
    /// Host names whose addresses never change: it does no harm to resolve them only when nginx starts.
    #[schemars(length(max = 1000))]
    pub stable_hosts: Vec<Pattern>,
    /// Host names whose addresses change, although nothing in the name says so.
    #[schemars(length(max = 1000))]
    pub dynamic_hosts: Vec<Pattern>,
    /// Where directories of the repository lie on the host.
    #[schemars(length(max = 100))]
    pub map: Vec<Mapping>,
}

/// What becomes of a rule's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleLevel {
    /// They are dropped.
    Off,
    /// Worth knowing.
    Info,
    /// Likely to fail, or at risk.
    Warning,
    /// Will fail.
    Error,
}

impl RuleLevel {
    /// The level; `None` for off.
    pub fn level(self) -> Option<Level> {
        match self {
            Self::Off => None,
            Self::Info => Some(Level::Info),
            Self::Warning => Some(Level::Warning),
            Self::Error => Some(Level::Error),
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        self.level().map_or("off", Level::name)
    }
}

/// Levels for some files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PathRules {
    /// Patterns of paths from the directory of this file: `*` and `?` end at a `/`, `**` does not.
    #[schemars(length(max = 100))]
    pub files: Vec<Pattern>,
    /// The levels of rules in these files.
    pub rules: BTreeMap<String, RuleLevel>,
}

/// The nginx that the configuration is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Nginx {
    /// Its version, as `--nginx-version` names it.
    #[schemars(with = "NginxVersion")]
    pub version: Option<NginxVersion>,
    /// Whose it is, as `--nginx-flavour` names it.
    #[schemars(with = "Flavour")]
    pub flavour: Option<Flavour>,
}

/// Whose nginx it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Flavour {
    /// nginx as nginx.org and the distributions ship it.
    Oss,
    /// NGINX Plus.
    Plus,
    /// OpenResty.
    Openresty,
    /// A fork with directives of its own: Angie, Tengine, freenginx.
    Fork,
}

impl From<Flavour> for gatelint_model::Flavour {
    fn from(flavour: Flavour) -> Self {
        match flavour {
            Flavour::Oss => Self::Oss,
            Flavour::Plus => Self::Plus,
            Flavour::Openresty => Self::Openresty,
            Flavour::Fork => Self::Fork,
        }
    }
}

/// The PHP that the configuration is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Php {
    /// Its version, as `--php-version` names it.
    #[schemars(with = "PhpVersion")]
    pub version: Option<PhpVersion>,
}

/// What listens somewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listeners {
    /// Addresses at which something listens that no file here tells of: that no pool listens there is no finding.
    #[schemars(length(max = 1000))]
    pub external: Vec<External>,
}

/// What runs in containers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Containers {
    /// The compose files that count, where they are not `compose*.yml` or `docker-compose*.yml` near the top.
    #[schemars(length(max = 100))]
    pub compose: Vec<Inner>,
    /// Whether nginx and PHP-FPM run apart from each other, so that loopback and socket paths are not shared. Without
    /// it, a compose file or a Dockerfile says so.
    #[schemars(with = "bool")]
    pub apart: Option<bool>,
}

/// Where a directory of the repository lies on the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The directory here.
    pub from: Inner,
    /// The directory on the host, as configuration names it.
    pub to: HostPath,
}
