//! nginx's directives.

use crate::hash::{EMPTY, slot};

include!(concat!(env!("OUT_DIR"), "/nginx_directives.rs"));

/// A kind of block in which directives stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "named after the directives that open them")]
pub enum Context {
    /// Outside any block.
    Main,
    Events,
    Http,
    Server,
    Location,
    Upstream,
    IfInServer,
    IfInLocation,
    LimitExcept,
    Stream,
    StreamServer,
    StreamUpstream,
    Mail,
    MailServer,
    Mgmt,
    OidcProvider,
    AcmeIssuer,
    OtelExporter,
    Rtmp,
    RtmpServer,
    RtmpApplication,
    RtmpRecorder,
    /// A directive that may stand anywhere.
    Any,
    /// A free-form body (map, geo, types, split_clients, charset_map): its lines are not directives.
    Body,
    /// A block of something the catalogue does not know.
    Other,
}

impl Context {
    /// What a person calls it: the directive that opens it, with the one around where that matters.
    pub fn text(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Events => "events",
            Self::Http => "http",
            Self::Server => "server",
            Self::Location => "location",
            Self::Upstream => "upstream",
            Self::IfInServer => "if in server",
            Self::IfInLocation => "if in location",
            Self::LimitExcept => "limit_except",
            Self::Stream => "stream",
            Self::StreamServer => "stream server",
            Self::StreamUpstream => "stream upstream",
            Self::Mail => "mail",
            Self::MailServer => "mail server",
            Self::Mgmt => "mgmt",
            Self::OidcProvider => "oidc_provider",
            Self::AcmeIssuer => "acme_issuer",
            Self::OtelExporter => "otel_exporter",
            Self::Rtmp => "rtmp",
            Self::RtmpServer => "rtmp server",
            Self::RtmpApplication => "rtmp application",
            Self::RtmpRecorder => "rtmp recorder",
            Self::Any => "any block",
            Self::Body => "list",
            Self::Other => "block",
        }
    }
}

/// Who ships a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// nginx's own modules.
    Oss,
    /// NGINX Plus only.
    Plus,
    /// A module that is built or loaded separately.
    ThirdParty,
}

/// What stands in a directive's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// Nothing is known of it, or there is no block.
    Nothing,
    /// Directives of this context.
    Context(Context),
    /// `if`: directives of `if-in-server` or `if-in-location`, after where it stands.
    If,
    /// Free-form lines.
    Body,
}

/// One directive of one module.
#[derive(Debug)]
pub struct Directive {
    /// The name.
    pub name: &'static str,
    /// The module that brings it.
    pub module: &'static str,
    /// The package of a module that does not come with nginx.
    pub package: Option<&'static str>,
    /// Who ships it.
    pub origin: Origin,
    /// Where it may stand.
    pub contexts: &'static [Context],
    /// The least number of arguments.
    pub min: u16,
    /// The greatest number of arguments; `u16::MAX` for any.
    pub max: u16,
    /// The allowed numbers where they have gaps, else empty.
    pub counts: &'static [u16],
    /// Whether a block follows.
    pub block: bool,
    /// What stands in the block.
    pub opens: Opens,
    /// The type of its arguments, after the function that reads them.
    pub kind: Kind,
    /// The words that an enum or a bit mask takes.
    pub values: &'static [&'static str],
    /// Of those, the ones that came later than the directive.
    pub value_since: &'static [(&'static str, Version)],
    /// The bounds of a number.
    pub range: Option<(u64, u64)>,
    /// Whether `$variables` in its arguments are evaluated; of a module's own parser likely, not sure.
    pub variables: bool,
    /// Whether a second one in the same block is accepted; `None`: not known.
    pub repeatable: Option<bool>,
    /// The default, in configuration notation.
    pub default: Option<&'static str>,
    /// The first mainline release that had it; `None`: older than any that is looked at, or not known.
    pub since: Option<Version>,
    /// The first mainline release without it.
    pub removed: Option<Version>,
    /// Whether a distribution's older package has it too.
    pub backported: bool,
    /// What it was in earlier releases, oldest first.
    pub changes: &'static [Change],
}

/// A release of nginx: `(1, 22, 1)`.
pub type Version = (u16, u16, u16);

/// What a directive was until a release.
#[derive(Debug)]
pub struct Change {
    /// The first release in which this no longer holds.
    pub version: Version,
    /// Where it could stand; empty: as today.
    pub contexts: &'static [Context],
    /// The least and the greatest number of arguments, where another.
    pub args: Option<(u16, u16)>,
    /// The type of its arguments, where another.
    pub kind: Option<Kind>,
}

/// How a directive's arguments are read, after the functions of `src/core/ngx_conf_file.c` and of the modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the setters")]
pub enum Kind {
    Flag,
    Msec,
    Sec,
    Size,
    Off,
    Num,
    Enum,
    Bitmask,
    Bufs,
    Keyval,
    Path,
    Access,
    String,
    Complex,
    ComplexSize,
    Predicate,
    MimeTypes,
    FastcgiParam,
    BindAddress,
    CachePath,
    CacheValid,
    Charset,
    Aio,
    PathGlob,
    Ignored,
    Block,
    /// A parser of its own.
    Custom,
    Unknown,
}

impl Directive {
    /// Whether it may stand in `context`.
    pub fn allows(&self, context: Context) -> bool {
        self.contexts.iter().any(|&allowed| allowed == context || allowed == Context::Any)
    }

    /// Whether it takes `count` arguments.
    pub fn takes(&self, count: usize) -> bool {
        let fits = (usize::from(self.min)..=usize::from(self.max)).contains(&count)
            || self.max == u16::MAX && count >= usize::from(self.min);
        fits && (self.counts.is_empty() || self.counts.iter().any(|&allowed| usize::from(allowed) == count))
    }
}

/// A directive name that the catalogue knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(u16);

impl Name {
    /// Looks a name up, as nginx compares: byte by byte.
    pub fn find(name: &[u8]) -> Option<Self> {
        let start = slot(name);
        let (before, from) = BY_NAME.split_at(start);
        for &index in from.iter().chain(before) {
            if index == EMPTY {
                break;
            }
            if NAMES.get(usize::from(index)).is_some_and(|(known, ..)| known.as_bytes() == name) {
                return Some(Self(index));
            }
        }
        None
    }

    /// The number of known names; every [`Name::index`] is below it.
    pub fn count() -> usize {
        NAMES.len()
    }

    /// The name of a number that [`Name::index`] gave.
    pub fn from_index(index: usize) -> Option<Self> {
        (index < NAMES.len()).then_some(Self(index as u16))
    }

    /// A dense number.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The name itself.
    pub fn text(self) -> &'static str {
        NAMES.get(self.index()).map_or("", |&(name, _, _)| name)
    }

    /// The directives of this name, one for each module that has one.
    pub fn directives(self) -> &'static [Directive] {
        NAMES
            .get(self.index())
            .and_then(|&(_, first, count)| DIRECTIVES.get(usize::from(first)..usize::from(first + count)))
            .unwrap_or_default()
    }

    /// The directive of this name that may stand in `context`.
    pub fn in_context(self, context: Context) -> Option<&'static Directive> {
        self.directives().iter().find(|directive| directive.allows(context))
    }
}

/// Every known name, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|&(name, _, _)| name)
}

#[cfg(test)]
mod tests {
    use super::{Name, names};

    #[test]
    fn every_name_is_found_and_no_other() {
        assert!(names().all(|name| Name::find(name.as_bytes()).is_some_and(|found| found.text() == name)));
        for name in ["", "Server", "server ", "servers", "fastcgi_pas", "\u{feff}user"] {
            assert_eq!(Name::find(name.as_bytes()), None, "{name}");
        }
    }
}
