//! Which location takes a request, and which file it comes to.

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
