//! The way of one request through a server: rewrites, locations, files that may be there, and who answers.
//!
//! The phases and their order are those of `src/http/ngx_http_core_module.c`; what only run time knows (whether a
//! file is there, what a variable holds) is taken both ways.

mod choice;
mod files;
mod matter;
mod phase;
mod script;
mod text;
mod walk;

pub use choice::{Choice, ChosenBy};
pub use matter::that_matter;
pub use text::normal_uri;

use std::path::PathBuf;

use gatelint_catalog::nginx::Name;
use gatelint_syntax::Span;

use super::{Directive, Pass, Scope};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whether TLS is spoken.
    pub tls: bool,
    /// The host that is asked for, in lower case, without a port.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The method, in upper case.
    pub method: String,
    /// The path as nginx works with it; see [`normal_uri`].
    pub uri: Vec<u8>,
    /// The path and arguments as they were sent.
    pub request_uri: Vec<u8>,
    /// What follows `?`.
    pub args: Vec<u8>,
    /// Further headers, names in lower case with `_` for `-`; `None`: not known.
    pub headers: Option<Vec<(String, Vec<u8>)>>,
}

/// One way that a request may take.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// What happens to it, in order.
    pub steps: Vec<Step<'a>>,
    /// How it ends.
    pub end: End<'a>,
    /// The block that it ends in: what holds there decides.
    pub scope: Scope<'a>,
    /// The path that it ends with.
    pub uri: Vec<u8>,
}

/// All ways that a request may take.
#[derive(Clone, Debug)]
pub struct Ways<'a> {
    /// The ways, the first one where every file is there.
    pub all: Vec<Way<'a>>,
    /// Whether there are more than are followed.
    pub is_cut: bool,
}

/// One thing that happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// What.
    pub kind: StepKind<'a>,
    /// Where that is written.
    pub at: Option<Span>,
    /// Whether only run time knows that it happens: there is another way without it.
    pub is_assumed: bool,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind<'a> {
    /// This location takes it.
    Location(Scope<'a>),
    /// No location does: the server itself handles it.
    NoLocation(Scope<'a>),
    /// A condition holds, or does not.
    If {
        /// The `if`.
        by: Directive<'a>,
        /// Whether it holds.
        holds: bool,
    },
    /// `rewrite` gives it another path.
    Rewrite {
        /// The path.
        uri: Vec<u8>,
    },
    /// `try_files` finds a file or directory.
    Found {
        /// What is looked for, below the document root.
        uri: Vec<u8>,
    },
    /// `try_files` finds none of what it lists, and takes its last argument.
    Fallback {
        /// The path or name that it goes on with.
        to: Vec<u8>,
    },
    /// `index` finds a file in a directory.
    Index {
        /// The path that it goes on with.
        uri: Vec<u8>,
    },
    /// `error_page` goes on in place of an answer.
    ErrorPage {
        /// The status that was to be answered.
        status: u16,
        /// The path or name that it goes on with.
        to: Vec<u8>,
    },
    /// A password, another server or an address decides whether it goes on.
    Access(Directive<'a>),
}

/// How a way ends.
#[derive(Clone, Debug)]
pub enum End<'a> {
    /// A pass.
    Pass(Pass<'a>),
    /// Something else of nginx that answers: `memcached_pass`, `stub_status`, ...
    Handler(Directive<'a>),
    /// A status of nginx's own, or a redirect: `return`, `=404`, a `rewrite` that leaves the server.
    Answer {
        /// The status; `None`: made at run time.
        status: Option<u16>,
        /// Where to, of a redirect, or the text.
        text: Option<Vec<u8>>,
        /// Who says it; `None`: nginx itself.
        by: Option<Directive<'a>>,
    },
    /// A file is sent.
    File {
        /// Its path, where the text tells.
        path: Option<PathBuf>,
        /// Whether it is there; `None`: not known, and 404 where it is not.
        is_there: Option<bool>,
    },
    /// A directory without an index file.
    Directory {
        /// Whether its names are listed (`autoindex`); else 403.
        listed: bool,
    },
    /// It goes round in circles: 500.
    Cycle(Option<Directive<'a>>),
    /// The text does not tell.
    Unknown(Option<Directive<'a>>),
}

impl End<'_> {
    /// The status that nginx itself answers with, where it does and that is known.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } => *status,
            Self::File { is_there: Some(false), .. } => Some(404),
            Self::File { is_there: Some(true), .. } | Self::Directory { listed: true } => Some(200),
            Self::Directory { listed: false } => Some(403),
            Self::Cycle(_) => Some(500),
            Self::Pass(_) | Self::Handler(_) | Self::File { .. } | Self::Unknown(_) => None,
        }
    }
}

impl Scope<'_> {
    /// What holds for the directive `name` in this block where nobody sets it, as configurations write it.
    pub fn default_of(self, name: &str) -> Option<&'static str> {
        let name = Name::find(name.as_bytes())?;
        let own = self.ancestors().find_map(|scope| name.in_context(scope.kind()));
        own.or(name.directives().first())?.default
    }
}

impl std::fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.directive().fmt(f)
    }
}

impl<'a> Way<'a> {
    /// The blocks that it passes through, the last one at the end.
    pub fn blocks(&self) -> impl Iterator<Item = Scope<'a>> {
        let passed = self.steps.iter().filter_map(|step| match step.kind {
            StepKind::Location(scope) | StepKind::NoLocation(scope) => Some(scope),
            _ => None,
        });
        passed.chain(std::iter::once(self.scope))
    }

    /// Its pass, where it ends in one.
    pub fn pass(&self) -> Option<Pass<'a>> {
        match self.end {
            End::Pass(pass) => Some(pass),
            _ => None,
        }
    }
}
