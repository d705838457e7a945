//! The event loop: `src/event/ngx_event.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;
use crate::target::Lack;

pub(super) const SETTERS: &[(&str, Setter)] = &[("use", method), ("worker_connections", connections)];

/// The methods of one system each: which system it is, is not known.
const OF_SYSTEMS: &[&str] =
    &["kqueue", "epoll", "/dev/poll", "eventport", "iocp", "win32_poll", "event_core"];

/// What only a build has that asks for it, where the system has a better one.
const ON_DEMAND: &[(&str, &str)] = &[("select", "ngx_select_module"), ("poll", "ngx_poll_module")];

/// `ngx_event_use()`.
fn method(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let on_demand = ON_DEMAND.iter().find(|(method, _)| method.as_bytes() == &*word);
    let is_as_shipped = line.target.is_plus() == Some(false);
    if on_demand.is_some() && !is_as_shipped || OF_SYSTEMS.iter().any(|method| method.as_bytes() == &*word) {
        return None;
    }
    let message = format!("invalid event type \"{}\"", String::from_utf8_lossy(&word));
    Some(Fault {
        lack: on_demand.map(|(_, module)| Lack::Module(module)),
        ..Fault::value(1, Expected::OneOf(&["epoll", "kqueue"]), message)
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
