//! PHP-FPM pools: whether they start, and how much they bear.

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
mod remedy;
pub(crate) mod script_outside_chroot;
pub(crate) mod served;
pub(crate) mod short_child_lifetime;
pub(crate) mod small_listen_backlog;
pub(crate) mod unbounded_request_time;
pub(crate) mod unlimited_child_lifetime;
pub(crate) mod unrouted_status_page;
pub(crate) mod unused_pool;
