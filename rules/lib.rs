//! Every rule, one page and one check each. `RULES` is the only list of them.

mod buffer {
    pub(crate) mod body_size_below_php;
    pub(crate) mod contradictory_buffers;
    mod invariant;
    pub(crate) mod small_header_buffer;
}
mod log;
mod permission {
    pub(crate) mod unwritable_fastcgi_socket;
}
mod pool {
    pub(crate) mod duplicate_listen_address;
    pub(crate) mod invalid_fpm_config;
    pub(crate) mod invalid_socket_mode;
    pub(crate) mod low_max_children;
}
mod say;
mod setting;
mod target {
    pub(crate) mod mismatched_pass_protocol;
    mod near;
    pub(crate) mod unmatched_fastcgi_socket;
}
mod timeout {
    pub(crate) mod excessive_connect_timeout;
    pub(crate) mod extreme_read_timeout;
    pub(crate) mod read_timeout_below_php_limit;
    mod unit;
    pub(crate) mod vanishing_timeout;
    pub(crate) mod wrong_directive_family;
}

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[
    buffer::body_size_below_php::RULE,
    buffer::contradictory_buffers::RULE,
    pool::duplicate_listen_address::RULE,
    timeout::excessive_connect_timeout::RULE,
    timeout::extreme_read_timeout::RULE,
    pool::invalid_fpm_config::RULE,
    pool::invalid_socket_mode::RULE,
    pool::low_max_children::RULE,
    target::mismatched_pass_protocol::RULE,
    timeout::read_timeout_below_php_limit::RULE,
    buffer::small_header_buffer::RULE,
    target::unmatched_fastcgi_socket::RULE,
    permission::unwritable_fastcgi_socket::RULE,
    timeout::vanishing_timeout::RULE,
    timeout::wrong_directive_family::RULE,
];
