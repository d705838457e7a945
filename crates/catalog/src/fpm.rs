//! The keys of PHP-FPM's configuration: the tables of `fpm_conf.c`.

/// How php-fpm reads a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text; `$pool` stands for the pool's name.
    Text,
    /// Digits, with at most a `-` before them.
    Integer,
    /// As [`Kind::Integer`], or `unlimited`.
    IntegerOrUnlimited,
    /// A number of seconds, or one with the unit `s`, `m`, `h` or `d`.
    Time,
    /// What the INI dialect makes `1` or empty.
    Boolean,
    /// One of a few words, in any case of letters.
    Choice,
}

/// A key.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name; php-fpm takes it in any case of letters, but for arrays.
    pub name: &'static str,
    /// How its value is read.
    pub kind: Kind,
    /// The words of a [`Kind::Choice`].
    pub values: &'static [&'static str],
    /// What holds where it is not set, as written in a configuration; `None`: nothing.
    pub default: Option<&'static str>,
    /// The first PHP (major, minor) that has it; older ones refuse to start.
    pub since: (u8, u8),
    /// Whether Linux has it.
    pub linux: bool,
}

include!(concat!(env!("OUT_DIR"), "/fpm_keys.rs"));

fn find(table: &'static [Key], name: &[u8]) -> Option<&'static Key> {
    table.iter().find(|key| key.name.as_bytes().eq_ignore_ascii_case(name))
}

/// The key of `[global]` that is called `name`.
pub fn global(name: &[u8]) -> Option<&'static Key> {
    find(GLOBAL, name)
}

/// The key of a pool that is called `name`.
pub fn pool(name: &[u8]) -> Option<&'static Key> {
    find(POOL, name)
}

/// The array `name[...]` of a pool; its letters count as written.
pub fn array(name: &[u8]) -> Option<&'static Key> {
    find(ARRAYS, name).filter(|key| key.name.as_bytes() == name)
}

/// Every key of `[global]`, by name.
pub fn globals() -> &'static [Key] {
    GLOBAL
}

/// Every key of a pool but the arrays, by name.
pub fn pools() -> &'static [Key] {
    POOL
}

/// Every array of a pool, by name.
pub fn arrays() -> &'static [Key] {
    ARRAYS
}
