//! Every rule, one page and one check each. `RULES` is the only list of them.

mod buffer {
    pub(crate) mod contradictory_buffers;
    mod invariant;
    pub(crate) mod small_header_buffer;
}
mod log;
mod say;
mod setting;
mod timeout {
    pub(crate) mod excessive_connect_timeout;
    pub(crate) mod extreme_read_timeout;
    mod unit;
    pub(crate) mod vanishing_timeout;
    pub(crate) mod wrong_directive_family;
}

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[
    buffer::contradictory_buffers::RULE,
    timeout::excessive_connect_timeout::RULE,
    timeout::extreme_read_timeout::RULE,
    buffer::small_header_buffer::RULE,
    timeout::vanishing_timeout::RULE,
    timeout::wrong_directive_family::RULE,
];
