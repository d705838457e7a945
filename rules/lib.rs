//! Every rule, one page and one check each. `RULES` is the only list of them.

mod say;

use gatelint_lint::Rule;

/// All rules, sorted by name.
pub const RULES: &[Rule] = &[];
