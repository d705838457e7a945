//! What keeps a master from starting.

use gatelint_syntax::Span;

/// When php-fpm notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its own test (`php-fpm -t`) says so.
    Test,
    /// Only a start does.
    Start,
}

/// A further place and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The place.
    pub span: Span,
    /// What it shows.
    pub text: String,
}

/// One reason for a master not to start. php-fpm prints the first one only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// When it is noticed.
    pub stage: Stage,
    /// The line that php-fpm prints, if it prints one: after an `include` its count is off.
    pub at: Option<Span>,
    /// The place to edit; for a whole pool its section header.
    pub primary: Span,
    /// What is printed after the level.
    pub log: String,
    /// Why.
    pub explanation: Explanation,
    /// Other places that are part of it, in reading order.
    pub places: Vec<Place>,
    /// Whether it rests on something that the tree does not show, such as a directory made later.
    pub is_likely: bool,
}

/// Why a master does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// The INI parser gives up.
    Syntax,
    /// A line without `=`.
    NoValue {
        /// The line.
        key: String,
    },
    /// A key that this section does not have.
    UnknownKey {
        /// As written.
        key: String,
        /// What it probably is.
        guess: Guess,
    },
    /// A key whose value is refused.
    BadValue {
        /// The key.
        key: String,
        /// Why, in php-fpm's words.
        reason: String,
    },
    /// Keys that a pool cannot do without; never empty.
    MissingKeys {
        /// The pool.
        pool: String,
        /// The keys, in the order in which php-fpm asks for them.
        keys: Vec<&'static str>,
    },
    /// Numbers that contradict each other.
    Contradiction {
        /// The pool.
        pool: String,
        /// The key whose number does not fit the others.
        key: &'static str,
    },
    /// An `include` that cannot be followed.
    Include,
    /// No pool anywhere.
    NoPool,
    /// A user or group that the tree's account files do not have.
    UnknownAccount {
        /// Its name.
        name: String,
    },
    /// A pool that would run as root.
    Root {
        /// The pool.
        pool: String,
    },
    /// An address that cannot be listened on.
    BadAddress {
        /// The value of `listen`.
        address: String,
    },
    /// Two pools want one address.
    DuplicateListen {
        /// The address of the later pool, as written.
        address: String,
        /// The later pool.
        pool: String,
        /// The pool that has it already.
        other: String,
        /// Whether that pool is one of another master.
        other_master: bool,
    },
}

/// What an unknown key probably is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guess {
    /// A comment that starts with `#` or `//`.
    Comment,
    /// A key of a pool in `[global]`.
    PoolKey,
    /// A key of `[global]` in a pool.
    GlobalKey,
    /// A setting of PHP without `php_admin_value[...]`.
    PhpSetting,
    /// An array without its brackets, or a key with brackets.
    Brackets,
    /// A key of a later PHP (major, minor).
    Newer((u8, u8)),
    /// A slip in this name.
    Misspelt(&'static str),
    /// Nothing known.
    Nothing,
}
