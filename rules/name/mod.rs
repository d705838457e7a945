//! Names and who resolves them.

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
