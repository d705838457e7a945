//! How many servers a group really has.

use gatelint_model::nginx::{Directive, Peer, Upstream};
use gatelint_model::{Address, HostName};

/// The servers of a group that nginx may ask.
pub(super) struct Peers<'a> {
    /// Those that are not `down`.
    pub(super) live: Vec<Peer<'a>>,
    /// Whether each is exactly one address, so that their number is known.
    pub(super) is_counted: bool,
}

impl<'a> Peers<'a> {
    pub(super) fn of(group: Upstream<'a>) -> Self {
        let live: Vec<Peer<'a>> = group.peers().filter(|peer| !peer.has("down")).collect();
        // A name may have several addresses, and each is a server of its own.
        let is_one = |peer: &Peer<'_>| {
            matches!(peer.address, Some(Address::Unix(_) | Address::Tcp(HostName::Ip(_), _)))
        };
        let is_counted = group.scope.is_whole() && live.iter().all(is_one);
        Self { live, is_counted }
    }

    /// Whether there is exactly one address.
    pub(super) fn is_single(&self) -> bool {
        self.is_counted && self.live.len() == 1
    }

    /// Whether there surely are several addresses.
    pub(super) fn are_several(&self) -> bool {
        self.live.len() > 1
    }
}

/// The value of a parameter such as `max_fails` of a `server`.
pub(super) fn parameter(server: Directive<'_>, name: &str) -> Option<String> {
    server.args().skip(1).find_map(|arg| {
        let text = arg.text();
        text.strip_prefix(name)?.strip_prefix('=').map(str::to_owned)
    })
}
