//! Every rule, one page and one check each. `RULES` is the only list of them.

mod buffer {
    pub(crate) mod body_size_below_php;
    pub(crate) mod buffered_stream;
    pub(crate) mod contradictory_body_limits;
    pub(crate) mod contradictory_buffers;
    pub(crate) mod form_above_memory_limit;
    pub(crate) mod heavy_buffers;
    mod invariant;
    pub(crate) mod late_body_limit;
    pub(crate) mod small_header_buffer;
    pub(crate) mod small_request_header_buffers;
    pub(crate) mod unlimited_body_size;
    pub(crate) mod unreachable_temp_path;
}
mod by_place;
mod cache;
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
mod container {
    pub(crate) mod container_loopback;
    mod contents;
    pub(crate) mod differing_docroot;
    pub(crate) mod home;
    pub(crate) mod unknown_service_name;
    pub(crate) mod unmounted_docroot;
    pub(crate) mod unordered_service_start;
    pub(crate) mod wrong_service_port;
}
mod group {
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
}
mod host {
    pub(crate) mod dead_resolver;
    pub(crate) mod dead_socket;
    pub(crate) mod denied_selinux_port;
    pub(crate) mod enforced_apparmor_profile;
    pub(crate) mod firewalled_upstream;
    pub(crate) mod hidden_home;
    pub(crate) mod inaccessible_socket;
    mod peer;
    pub(crate) mod private_tmp_socket;
    pub(crate) mod unknown_worker_user;
    pub(crate) mod unresilient_unit;
}
mod include;
mod limit {
    pub(crate) mod capped_listen_backlog;
    pub(crate) mod insufficient_worker_connections;
    pub(crate) mod single_worker_process;
    pub(crate) mod small_fpm_file_limit;
    pub(crate) mod small_open_file_limit;
    pub(crate) mod workers;
}
mod log;
mod name {
    mod host;
    pub(crate) mod missing_resolver;
    pub(crate) mod named_resolver;
    pub(crate) mod one_sided_localhost;
    pub(crate) mod replaced_request_uri;
    pub(crate) mod shadowed_resolver;
    pub(crate) mod stale_resolver_answers;
    pub(crate) mod static_upstream_hostname;
    pub(crate) mod unprepared_resolve;
    pub(crate) mod unresolvable_runtime_name;
}
mod observe {
    pub(crate) mod bypassed_error_page;
    pub(crate) mod dropped_response_headers;
    pub(crate) mod leftover_crash_settings;
    pub(crate) mod masked_error_status;
    pub(crate) mod misnamed_log_file;
    pub(crate) mod missing_error_page;
    pub(crate) mod missing_mime_types;
    pub(crate) mod silenced_error_log;
    pub(crate) mod uninformative_access_log;
    pub(crate) mod unreachable_error_page;
    pub(crate) mod unreached_configuration;
}
mod params {
    pub(crate) mod dropped_fastcgi_params;
    pub(crate) mod list;
    pub(crate) mod missing_script_filename;
    pub(crate) mod unforwarded_https;
    pub(crate) mod unresolved_release_root;
}
mod permission {
    pub(crate) mod attempt;
    pub(crate) mod untraversable_socket_directory;
    pub(crate) mod unwritable_fastcgi_socket;
    pub(crate) mod volatile_socket_directory;
    pub(crate) mod world_writable_socket;
}
mod php {
    pub(crate) mod displayed_php_errors;
    mod entry;
    mod errors;
    pub(crate) mod ineffective_php_setting;
    pub(crate) mod misplaced_fpm_key;
    pub(crate) mod misread_value;
    pub(crate) mod open_basedir_without_root;
    pub(crate) mod tiny_execution_limit;
    pub(crate) mod uncontrolled_php_execution;
    pub(crate) mod unknown_php_setting;
    pub(crate) mod unlogged_php_errors;
    mod written;
}
mod pool {
    pub(crate) mod abrupt_fpm_reload;
    pub(crate) mod capping_process_max;
    pub(crate) mod denied_script_extension;
    pub(crate) mod duplicate_listen_address;
    pub(crate) mod duplicate_pool_name;
    pub(crate) mod headerless_pool_file;
    pub(crate) mod ineffective_emergency_restart;
    pub(crate) mod invalid_fpm_config;
    pub(crate) mod invalid_socket_mode;
    pub(crate) mod low_max_children;
    pub(crate) mod overridden_pool_key;
    pub(crate) mod oversubscribed_memory;
    pub(crate) mod pinned_fpm_children;
    pub(crate) mod rejected_fastcgi_client;
    pub(crate) mod script_outside_chroot;
    pub(crate) mod served;
    pub(crate) mod short_child_lifetime;
    pub(crate) mod small_listen_backlog;
    pub(crate) mod unbounded_request_time;
    pub(crate) mod unlimited_child_lifetime;
    pub(crate) mod unrouted_status_page;
    pub(crate) mod unused_pool;
}
mod project;
mod proxy {
    pub(crate) mod conflicting_server_name;
    pub(crate) mod dropped_proxy_headers;
    mod hop;
    pub(crate) mod incomplete_websocket_upgrade;
    mod limit;
    pub(crate) mod missing_host_header;
    pub(crate) mod overruled_pass;
    pub(crate) mod proxy_loop;
    pub(crate) mod shared_limit_key;
    pub(crate) mod tight_connection_limit;
    pub(crate) mod tight_rate_limit;
    pub(crate) mod unbounded_failover;
    pub(crate) mod useless_real_ip_source;
}
mod routing {
    pub(crate) mod bare_status_fallback;
    pub(crate) mod exposed_php_source;
    pub(crate) mod index_without_php;
    pub(crate) mod internal_redirect_cycle;
    pub(crate) mod lost_path_info;
    pub(crate) mod lost_try_files;
    pub(crate) mod mismatched_proxy_slash;
    pub(crate) mod mismatched_script_filename;
    pub(crate) mod missing_fastcgi_index;
    mod named_cycle;
    pub(crate) mod overridden_script_filename;
    mod php_server;
    mod probe;
    pub(crate) mod root_above_public_directory;
    mod script;
    pub(crate) mod unescaped_location_dot;
    pub(crate) mod unmatchable_location;
    pub(crate) mod unpassed_nested_location;
    pub(crate) mod unsplit_path_info;
}
mod say;
mod setting;
mod syntax;
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
    pub(crate) mod extreme_client_timeout;
    pub(crate) mod extreme_read_timeout;
    mod idle;
    pub(crate) mod read_timeout_below_php_limit;
    pub(crate) mod short_terminate_timeout;
    mod unit;
    pub(crate) mod vanishing_timeout;
    pub(crate) mod wrong_directive_family;
}
mod tls {
    pub(crate) mod disjoint_tls_protocols;
    pub(crate) mod failing_certificate_check;
    pub(crate) mod missing_upstream_sni;
    mod settings;
    pub(crate) mod unverified_upstream_certificate;
}
mod words;

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[
    pool::abrupt_fpm_reload::RULE,
    routing::bare_status_fallback::RULE,
    cache::bodiless_cached_page::RULE,
    buffer::body_size_below_php::RULE,
    buffer::buffered_stream::RULE,
    observe::bypassed_error_page::RULE,
    cache::cached_failure::RULE,
    limit::capped_listen_backlog::RULE,
    pool::capping_process_max::RULE,
    config::conflicting_directives::RULE,
    config::conflicting_listen::RULE,
    proxy::conflicting_server_name::RULE,
    container::container_loopback::RULE,
    buffer::contradictory_body_limits::RULE,
    buffer::contradictory_buffers::RULE,
    host::dead_resolver::RULE,
    host::dead_socket::RULE,
    pool::denied_script_extension::RULE,
    host::denied_selinux_port::RULE,
    container::differing_docroot::RULE,
    group::disabled_upstream::RULE,
    tls::disjoint_tls_protocols::RULE,
    php::displayed_php_errors::RULE,
    params::dropped_fastcgi_params::RULE,
    proxy::dropped_proxy_headers::RULE,
    observe::dropped_response_headers::RULE,
    config::duplicate_definition::RULE,
    config::duplicate_directive::RULE,
    pool::duplicate_listen_address::RULE,
    pool::duplicate_pool_name::RULE,
    host::enforced_apparmor_profile::RULE,
    timeout::excessive_connect_timeout::RULE,
    routing::exposed_php_source::RULE,
    timeout::extreme_client_timeout::RULE,
    timeout::extreme_read_timeout::RULE,
    tls::failing_certificate_check::RULE,
    host::firewalled_upstream::RULE,
    buffer::form_above_memory_limit::RULE,
    pool::headerless_pool_file::RULE,
    buffer::heavy_buffers::RULE,
    host::hidden_home::RULE,
    group::implicit_keepalive::RULE,
    host::inaccessible_socket::RULE,
    include::include_cycle::RULE,
    config::incomplete_configuration::RULE,
    proxy::incomplete_websocket_upgrade::RULE,
    routing::index_without_php::RULE,
    pool::ineffective_emergency_restart::RULE,
    group::ineffective_failover::RULE,
    group::ineffective_keepalive::RULE,
    php::ineffective_php_setting::RULE,
    limit::insufficient_worker_connections::RULE,
    routing::internal_redirect_cycle::RULE,
    config::invalid_condition::RULE,
    pool::invalid_fpm_config::RULE,
    target::invalid_pass_address::RULE,
    config::invalid_regex::RULE,
    project::invalid_setting::RULE,
    pool::invalid_socket_mode::RULE,
    config::invalid_value::RULE,
    buffer::late_body_limit::RULE,
    observe::leftover_crash_settings::RULE,
    routing::lost_path_info::RULE,
    routing::lost_try_files::RULE,
    pool::low_max_children::RULE,
    observe::masked_error_status::RULE,
    config::mismatched_block::RULE,
    target::mismatched_pass_protocol::RULE,
    routing::mismatched_proxy_slash::RULE,
    routing::mismatched_script_filename::RULE,
    observe::misnamed_log_file::RULE,
    config::misnested_location::RULE,
    config::misplaced_directive::RULE,
    php::misplaced_fpm_key::RULE,
    php::misread_value::RULE,
    syntax::missing_brace::RULE,
    observe::missing_error_page::RULE,
    routing::missing_fastcgi_index::RULE,
    proxy::missing_host_header::RULE,
    observe::missing_mime_types::RULE,
    name::missing_resolver::RULE,
    params::missing_script_filename::RULE,
    syntax::missing_semicolon::RULE,
    tls::missing_upstream_sni::RULE,
    name::named_resolver::RULE,
    syntax::nginx_syntax_error::RULE,
    name::one_sided_localhost::RULE,
    php::open_basedir_without_root::RULE,
    group::outliving_keepalive::RULE,
    pool::overridden_pool_key::RULE,
    routing::overridden_script_filename::RULE,
    proxy::overruled_pass::RULE,
    pool::oversubscribed_memory::RULE,
    pool::pinned_fpm_children::RULE,
    host::private_tmp_socket::RULE,
    proxy::proxy_loop::RULE,
    timeout::read_timeout_below_php_limit::RULE,
    pool::rejected_fastcgi_client::RULE,
    group::rejecting_connection_limit::RULE,
    group::repeated_unsafe_request::RULE,
    name::replaced_request_uri::RULE,
    routing::root_above_public_directory::RULE,
    pool::script_outside_chroot::RULE,
    name::shadowed_resolver::RULE,
    cache::shared_cache_key::RULE,
    proxy::shared_limit_key::RULE,
    pool::short_child_lifetime::RULE,
    timeout::short_terminate_timeout::RULE,
    observe::silenced_error_log::RULE,
    limit::single_worker_process::RULE,
    limit::small_fpm_file_limit::RULE,
    buffer::small_header_buffer::RULE,
    pool::small_listen_backlog::RULE,
    limit::small_open_file_limit::RULE,
    buffer::small_request_header_buffers::RULE,
    name::stale_resolver_answers::RULE,
    name::static_upstream_hostname::RULE,
    syntax::stray_brace::RULE,
    proxy::tight_connection_limit::RULE,
    proxy::tight_rate_limit::RULE,
    php::tiny_execution_limit::RULE,
    config::unavailable_directive::RULE,
    proxy::unbounded_failover::RULE,
    pool::unbounded_request_time::RULE,
    php::uncontrolled_php_execution::RULE,
    config::undefined_reference::RULE,
    routing::unescaped_location_dot::RULE,
    params::unforwarded_https::RULE,
    observe::uninformative_access_log::RULE,
    config::unknown_directive::RULE,
    project::unknown_ignore::RULE,
    php::unknown_php_setting::RULE,
    container::unknown_service_name::RULE,
    project::unknown_setting::RULE,
    host::unknown_worker_user::RULE,
    buffer::unlimited_body_size::RULE,
    pool::unlimited_child_lifetime::RULE,
    php::unlogged_php_errors::RULE,
    routing::unmatchable_location::RULE,
    target::unmatched_fastcgi_socket::RULE,
    container::unmounted_docroot::RULE,
    container::unordered_service_start::RULE,
    routing::unpassed_nested_location::RULE,
    name::unprepared_resolve::RULE,
    syntax::unquoted_brace::RULE,
    observe::unreachable_error_page::RULE,
    buffer::unreachable_temp_path::RULE,
    observe::unreached_configuration::RULE,
    host::unresilient_unit::RULE,
    name::unresolvable_runtime_name::RULE,
    include::unresolved_include::RULE,
    params::unresolved_release_root::RULE,
    pool::unrouted_status_page::RULE,
    routing::unsplit_path_info::RULE,
    syntax::unterminated_quote::RULE,
    permission::untraversable_socket_directory::RULE,
    project::unused_ignore::RULE,
    pool::unused_pool::RULE,
    group::unused_upstream::RULE,
    tls::unverified_upstream_certificate::RULE,
    permission::unwritable_fastcgi_socket::RULE,
    proxy::useless_real_ip_source::RULE,
    timeout::vanishing_timeout::RULE,
    permission::volatile_socket_directory::RULE,
    permission::world_writable_socket::RULE,
    config::wrong_argument_count::RULE,
    timeout::wrong_directive_family::RULE,
    container::wrong_service_port::RULE,
];
