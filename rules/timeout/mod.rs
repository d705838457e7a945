//! Times.

pub(crate) mod excessive_connect_timeout;
pub(crate) mod extreme_client_timeout;
pub(crate) mod extreme_read_timeout;
mod idle;
pub(crate) mod read_timeout_below_php_limit;
pub(crate) mod short_terminate_timeout;
mod unit;
pub(crate) mod vanishing_timeout;
pub(crate) mod wrong_directive_family;
