//! Every rule, one page and one check each. `RULES` is the only list of them.

mod buffer {
    pub(crate) mod body_size_below_php;
    pub(crate) mod contradictory_buffers;
    mod invariant;
    pub(crate) mod small_header_buffer;
}
mod by_place;
mod config {
    pub(crate) mod conflicting_directives;
    pub(crate) mod conflicting_listen;
    pub(crate) mod duplicate_definition;
    pub(crate) mod duplicate_directive;
    mod emerg;
    pub(crate) mod incomplete_configuration;
    pub(crate) mod invalid_condition;
    pub(crate) mod invalid_regex;
    pub(crate) mod invalid_value;
    pub(crate) mod mismatched_block;
    pub(crate) mod misnested_location;
    pub(crate) mod misplaced_directive;
    pub(crate) mod unavailable_directive;
    pub(crate) mod undefined_reference;
    pub(crate) mod unknown_directive;
    pub(crate) mod wrong_argument_count;
}
mod host {
    pub(crate) mod dead_socket;
    pub(crate) mod inaccessible_socket;
    mod peer;
}
mod include {
    pub(crate) mod include_cycle;
    pub(crate) mod unresolved_include;
}
mod log;
mod name {
    mod host;
    pub(crate) mod missing_resolver;
    pub(crate) mod static_upstream_hostname;
}
mod params {
    pub(crate) mod dropped_fastcgi_params;
    mod list;
    pub(crate) mod missing_script_filename;
}
mod permission {
    pub(crate) mod attempt;
    pub(crate) mod unwritable_fastcgi_socket;
}
mod php {
    mod entry;
    pub(crate) mod ineffective_php_setting;
    pub(crate) mod misplaced_fpm_key;
    pub(crate) mod misread_value;
    pub(crate) mod unknown_php_setting;
    mod written;
}
mod pool {
    pub(crate) mod duplicate_listen_address;
    pub(crate) mod duplicate_pool_name;
    pub(crate) mod invalid_fpm_config;
    pub(crate) mod invalid_socket_mode;
    pub(crate) mod low_max_children;
    pub(crate) mod overridden_pool_key;
}
mod say;
mod setting;
mod syntax {
    pub(crate) mod missing_brace;
    pub(crate) mod missing_semicolon;
    mod mistake;
    pub(crate) mod nginx_syntax_error;
    pub(crate) mod stray_brace;
    pub(crate) mod unquoted_brace;
    pub(crate) mod unterminated_quote;
}
mod target {
    mod groups;
    mod http;
    pub(crate) mod invalid_pass_address;
    pub(crate) mod mismatched_pass_protocol;
    mod near;
    mod scheme;
    mod slip;
    pub(crate) mod unmatched_fastcgi_socket;
    mod unusable;
}
mod timeout {
    pub(crate) mod excessive_connect_timeout;
    pub(crate) mod extreme_read_timeout;
    mod idle;
    pub(crate) mod read_timeout_below_php_limit;
    mod unit;
    pub(crate) mod vanishing_timeout;
    pub(crate) mod wrong_directive_family;
}
mod words;

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[
    buffer::body_size_below_php::RULE,
    config::conflicting_directives::RULE,
    config::conflicting_listen::RULE,
    buffer::contradictory_buffers::RULE,
    host::dead_socket::RULE,
    params::dropped_fastcgi_params::RULE,
    config::duplicate_definition::RULE,
    config::duplicate_directive::RULE,
    pool::duplicate_listen_address::RULE,
    pool::duplicate_pool_name::RULE,
    timeout::excessive_connect_timeout::RULE,
    timeout::extreme_read_timeout::RULE,
    host::inaccessible_socket::RULE,
    include::include_cycle::RULE,
    config::incomplete_configuration::RULE,
    php::ineffective_php_setting::RULE,
    config::invalid_condition::RULE,
    pool::invalid_fpm_config::RULE,
    target::invalid_pass_address::RULE,
    config::invalid_regex::RULE,
    pool::invalid_socket_mode::RULE,
    config::invalid_value::RULE,
    pool::low_max_children::RULE,
    config::mismatched_block::RULE,
    target::mismatched_pass_protocol::RULE,
    config::misnested_location::RULE,
    config::misplaced_directive::RULE,
    php::misplaced_fpm_key::RULE,
    php::misread_value::RULE,
    syntax::missing_brace::RULE,
    name::missing_resolver::RULE,
    params::missing_script_filename::RULE,
    syntax::missing_semicolon::RULE,
    syntax::nginx_syntax_error::RULE,
    pool::overridden_pool_key::RULE,
    timeout::read_timeout_below_php_limit::RULE,
    buffer::small_header_buffer::RULE,
    name::static_upstream_hostname::RULE,
    syntax::stray_brace::RULE,
    config::unavailable_directive::RULE,
    config::undefined_reference::RULE,
    config::unknown_directive::RULE,
    php::unknown_php_setting::RULE,
    target::unmatched_fastcgi_socket::RULE,
    syntax::unquoted_brace::RULE,
    include::unresolved_include::RULE,
    syntax::unterminated_quote::RULE,
    permission::unwritable_fastcgi_socket::RULE,
    timeout::vanishing_timeout::RULE,
    config::wrong_argument_count::RULE,
    timeout::wrong_directive_family::RULE,
];
