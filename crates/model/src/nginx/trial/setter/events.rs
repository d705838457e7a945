//! The event loop: `src/event/ngx_event.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[("use", method), ("worker_connections", connections)];

/// The methods of all systems; which of them a build has depends on its system and its configuration.
const METHODS: &[&str] =
    &["select", "poll", "kqueue", "epoll", "/dev/poll", "eventport", "iocp", "win32_poll", "event_core"];

/// `ngx_event_use()`.
fn method(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_known = METHODS.iter().any(|method| method.as_bytes() == &*word);
    (!is_known).then(|| {
        let message = format!("invalid event type \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(1, Expected::OneOf(&["epoll", "kqueue", "poll", "select"]), message)
    })
}

/// `ngx_event_connections()`.
fn connections(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    number::integer(&word).is_none().then(|| {
        let message = format!("invalid number \"{}\"", String::from_utf8_lossy(&word));
        Fault::value(1, Expected::Number, message)
    })
}
