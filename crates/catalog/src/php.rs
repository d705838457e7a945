//! PHP's settings: what php.ini and a pool's `php_value[...]` may set.

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `1` or empty; PHP takes `on`, `yes`, `true` and any number but 0 for true.
    Boolean,
    /// A whole number, with `K`, `M` or `G` for sizes.
    Quantity,
    /// Anything else.
    Text,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A size.
    Bytes,
    /// A time.
    Seconds,
    /// Anything else, or it is not known.
    None,
}

/// Who may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changeable {
    /// Anyone, a running script included.
    All,
    /// php.ini, a pool and `.user.ini`.
    PerDirectory,
    /// php.ini and a pool alone.
    System,
}

/// A setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name; its letters count as written.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What its number counts.
    pub unit: Unit,
    /// What is compiled in, without any php.ini; `None`: nothing, or what the build decided.
    pub default: Option<&'static str>,
    /// Who may change it.
    pub changeable: Changeable,
}

include!(concat!(env!("OUT_DIR"), "/php_settings.rs"));

/// Every setting, by name.
pub fn settings() -> &'static [Setting] {
    SETTINGS
}

/// The setting called `name`.
pub fn setting(name: &str) -> Option<&'static Setting> {
    let at = SETTINGS.binary_search_by(|setting| setting.name.cmp(name)).ok()?;
    SETTINGS.get(at)
}
