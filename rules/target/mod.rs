//! Whom a pass connects to.

mod groups;
mod http;
pub(crate) mod invalid_pass_address;
pub(crate) mod mismatched_pass_protocol;
mod near;
mod scheme;
mod slip;
pub(crate) mod unmatched_fastcgi_socket;
mod unusable;
