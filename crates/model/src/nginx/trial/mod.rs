//! What `nginx -t` would refuse: every directive by itself (`line`), then what several directives say together
//! (`across`), in the order in which nginx comes to it.

mod across;
mod body;
pub(crate) mod line;
mod meant;
mod script;
mod setter;
mod slot;
mod sound;
mod walk;

use std::borrow::Cow;

use gatelint_syntax::Span;

use crate::Stack;
pub use crate::target::Lack;
pub(crate) use body::words_of_line;
pub(crate) use setter::location::misnested;
pub(crate) use sound::Sound;

/// One `[emerg]` of `nginx -t`, which stops at the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emerg {
    /// What is wrong.
    pub defect: Defect,
    /// The word to edit.
    pub place: Span,
    /// The name of the directive that is refused.
    pub directive: Span,
    /// The byte whose line nginx names; `None` where it names no place.
    pub at: Option<Span>,
    /// What nginx prints, without level and place; empty where it says nothing.
    pub message: String,
    /// Places that prove it, each with what it shows.
    pub evidence: Vec<(Span, Evidence)>,
    /// Why the target lacks what is written, where nginx as such has it.
    pub lack: Option<Lack>,
    /// The directive or the variable that an unknown name is most likely meant to be.
    pub meant: Option<Cow<'static, str>>,
    /// When nginx comes to it: as [`crate::nginx::Nginx::reading_order`], further parts count what happens there.
    pub met: (usize, u32),
}

/// What a further place shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// The same was said here before.
    First,
    /// What it contradicts.
    Against,
    /// The block that it stands in or applies to.
    Around,
    /// Who needs it.
    User,
    /// What cannot stand in it.
    Inside,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Defect {
    /// No nginx of the target knows the name.
    UnknownDirective,
    /// The name may not stand in this block.
    Misplaced,
    /// A block directive ends in `;`.
    NoOpening,
    /// A plain directive has a block.
    NotTerminated,
    /// It takes another number of arguments.
    Count {
        /// The least.
        min: u16,
        /// The greatest; `u16::MAX` for any.
        max: u16,
    },
    /// An argument is not what the directive reads.
    Value(Expected),
    /// Said twice in one block.
    Duplicate,
    /// Something is defined twice under one name: an upstream, a format, a location, a key of a map.
    Redefined(Thing),
    /// Something is used that nothing defines.
    Undefined(Thing),
    /// Addresses or options of `listen` that cannot stand together.
    Listen,
    /// A pattern that PCRE refuses.
    Regex,
    /// The condition of an `if`.
    Condition,
    /// A location where it cannot be reached.
    Nesting,
    /// Directives that exclude each other, or come in the wrong order.
    Conflict,
    /// Something that a block lacks.
    Missing(Expected),
}

/// Something that configuration defines by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "named after the directives that define them")]
pub enum Thing {
    Upstream,
    LogFormat,
    Zone,
    Variable,
    Location,
    MapKey,
    ThreadPool,
    Server,
    Other,
}

/// What a directive reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Digits only.
    Number,
    /// A number within these bounds.
    Between(u64, u64),
    /// Bytes, or with `k` or `m`.
    Size,
    /// Bytes, or with `k`, `m` or `g`.
    Offset,
    /// `30s`, `1h 30m`, `500ms`.
    Time,
    /// As [`Expected::Time`], without milliseconds.
    Seconds,
    /// A number of characters of a path's level.
    Level,
    /// `$name` or `${name}`.
    Variable,
    /// A phrase: "a port from 1 to 65535".
    What(&'static str),
}

/// What nginx refuses in one directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) defect: Defect,
    /// The word to edit; 0 is the name.
    pub(crate) word: usize,
    /// What nginx prints, without level and place.
    pub(crate) message: String,
    pub(crate) lack: Option<Lack>,
}

impl Fault {
    pub(crate) fn new(defect: Defect, word: usize, message: impl Into<String>) -> Self {
        Self { defect, word, message: message.into(), lack: None }
    }

    /// What a setter returns, as `ngx_conf_handler()` prints it: `"gzip" directive invalid value`.
    pub(crate) fn returned(name: &str, what: &str, word: usize, expected: Expected) -> Self {
        Self::new(Defect::Value(expected), word, format!("\"{name}\" directive {what}"))
    }

    /// An argument that is not what is read, with a message of the setter's own.
    pub(crate) fn value(word: usize, expected: Expected, message: impl Into<String>) -> Self {
        Self::new(Defect::Value(expected), word, message)
    }
}

impl Stack {
    /// Everything that `nginx -t` would refuse, in the order in which it comes to it.
    pub fn emergs(&self) -> &[Emerg] {
        self.derived.emergs.get_or_init(|| walk::walk(self))
    }
}
