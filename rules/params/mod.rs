//! The FastCGI parameters.

pub(crate) mod dropped_fastcgi_params;
pub(crate) mod list;
pub(crate) mod missing_script_filename;
pub(crate) mod unforwarded_https;
pub(crate) mod unresolved_release_root;
