//! Every rule, one page and one check each. `RULES` is the only list of them.

mod name {
    pub(crate) mod missing_resolver;
    pub(crate) mod static_upstream_hostname;
}
mod params {
    pub(crate) mod dropped_fastcgi_params;
    pub(crate) mod list;
    pub(crate) mod missing_script_filename;
}
mod say;
mod target {
    pub(crate) mod invalid_pass_address;
    pub(crate) mod slip;
}
mod words;

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[
    params::dropped_fastcgi_params::RULE,
    target::invalid_pass_address::RULE,
    name::missing_resolver::RULE,
    params::missing_script_filename::RULE,
    name::static_upstream_hostname::RULE,
];
