//! The kinds of block a directive can stand in.

/// A context, in the catalogue's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContextKind {
    /// Outside any block.
    Main,
    /// `events {}`.
    Events,
    /// `http {}`.
    Http,
    /// `server {}` of http.
    Server,
    /// `location {}`.
    Location,
    /// `upstream {}` of http.
    Upstream,
    /// `if {}` in a server.
    IfInServer,
    /// `if {}` in a location.
    IfInLocation,
    /// `limit_except {}`.
    LimitExcept,
    /// `stream {}`.
    Stream,
    /// `server {}` of stream.
    StreamServer,
    /// `upstream {}` of stream.
    StreamUpstream,
    /// `mail {}`.
    Mail,
    /// `server {}` of mail.
    MailServer,
    /// A free-form body (map, geo, types, split_clients, charset_map): its lines are not directives.
    Body,
    /// A block of something the catalogue does not know, or of a third-party module.
    Other,
}

impl ContextKind {
    /// The catalogue's name; `None` for the last two.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Main => "main",
            Self::Events => "events",
            Self::Http => "http",
            Self::Server => "server",
            Self::Location => "location",
            Self::Upstream => "upstream",
            Self::IfInServer => "if-in-server",
            Self::IfInLocation => "if-in-location",
            Self::LimitExcept => "limit_except",
            Self::Stream => "stream",
            Self::StreamServer => "stream-server",
            Self::StreamUpstream => "stream-upstream",
            Self::Mail => "mail",
            Self::MailServer => "mail-server",
            Self::Body | Self::Other => return None,
        })
    }
}
