//! What `nginx -t` refuses.

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
