//! Every rule, one page and one check each. `RULES` is the only list of them.

mod say;

mod pool {
    pub(crate) mod duplicate_listen_address;
    pub(crate) mod invalid_fpm_config;
    pub(crate) mod invalid_socket_mode;
    pub(crate) mod low_max_children;
}

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[
    pool::duplicate_listen_address::RULE,
    pool::invalid_fpm_config::RULE,
    pool::invalid_socket_mode::RULE,
    pool::low_max_children::RULE,
];
