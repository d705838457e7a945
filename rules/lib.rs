//! Every rule, one page and one check each. `RULES` is the only list of them.

mod buffer {
    pub(crate) mod body_size_below_php;
}
mod name {
    pub(crate) mod missing_resolver;
    pub(crate) mod static_upstream_hostname;
}
mod params {
    pub(crate) mod dropped_fastcgi_params;
    mod list;
    pub(crate) mod missing_script_filename;
}
mod permission {
    pub(crate) mod unwritable_fastcgi_socket;
}
mod say;
mod target {
    mod groups;
    pub(crate) mod invalid_pass_address;
    pub(crate) mod mismatched_pass_protocol;
    mod near;
    mod slip;
    pub(crate) mod unmatched_fastcgi_socket;
    mod unusable;
}
mod timeout {
    pub(crate) mod read_timeout_below_php_limit;
}
mod words;

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[
    buffer::body_size_below_php::RULE,
    params::dropped_fastcgi_params::RULE,
    target::invalid_pass_address::RULE,
    target::mismatched_pass_protocol::RULE,
    name::missing_resolver::RULE,
    params::missing_script_filename::RULE,
    timeout::read_timeout_below_php_limit::RULE,
    name::static_upstream_hostname::RULE,
    target::unmatched_fastcgi_socket::RULE,
    permission::unwritable_fastcgi_socket::RULE,
];
