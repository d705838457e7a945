//! Logs, error pages, files that nothing reads.

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
