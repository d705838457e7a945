//! Servers in which something runs PHP.

use std::collections::HashSet;

use gatelint_lint::Stack;
use gatelint_model::nginx::{Family, Pass, Scope};

/// Each of them once.
pub(crate) fn php_servers(stack: &Stack) -> impl Iterator<Item = Scope<'_>> {
    let is_php = |pass: &Pass<'_>| pass.family() == Family::Fastcgi && pass.php_evidence().is_some();
    let mut seen = HashSet::new();
    stack
        .passes()
        .filter(is_php)
        .filter_map(|pass| pass.server())
        .filter(move |server| seen.insert(server.id()))
}
