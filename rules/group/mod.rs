//! Groups of servers, failover and connections that are kept.

pub(crate) mod disabled_upstream;
pub(crate) mod implicit_keepalive;
pub(crate) mod ineffective_failover;
pub(crate) mod ineffective_keepalive;
mod kept;
pub(crate) mod outliving_keepalive;
mod peers;
pub(crate) mod rejecting_connection_limit;
pub(crate) mod repeated_unsafe_request;
pub(crate) mod unused_upstream;
