//! PHP's own settings.

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
