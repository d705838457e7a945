//! Whether connections to a group are kept.

use gatelint_lint::Stack;
use gatelint_model::nginx::{Directive, Pass, Scope, Upstream};

/// The release from which groups keep connections by default, over HTTP/1.1 without `Connection: close`.
pub(super) const BY_DEFAULT: (u16, u16, u16) = (1, 29, 7);

/// Whether a proxy pass surely keeps its connections to `group`: the `keepalive` of the group, or `Some(None)` where
/// the default does it.
pub(super) fn kept<'a>(
    stack: &'a Stack,
    pass: Pass<'a>,
    group: Upstream<'a>,
) -> Option<Option<Directive<'a>>> {
    let scope = pass.scope();
    let is_new = stack.target.is_at_least(BY_DEFAULT) == Some(true);
    if !scope.ancestors().all(Scope::is_whole) || !group.scope.is_whole() {
        return None;
    }
    let keepalive = group.scope.own("keepalive").last();
    match keepalive {
        Some(by) if by.arg(0).is_none_or(|count| *count.value == *b"0") => return None,
        None if !is_new => return None,
        _ => {}
    }
    let version = scope.effective_last("proxy_http_version");
    let is_kept_alive = match version.and_then(|version| version.arg(0)) {
        Some(number) => *number.value == *b"1.1",
        None => is_new,
    };
    let headers = scope.effective("proxy_set_header").map(|all| all.directives).unwrap_or_default();
    let connection = headers
        .iter()
        .rfind(|line| line.arg(0).is_some_and(|name| name.value.eq_ignore_ascii_case(b"connection")));
    let is_open = match connection {
        Some(line) => line.arg(1).is_some_and(|value| value.value.is_empty()),
        None => is_new,
    };
    (is_kept_alive && is_open).then_some(keepalive)
}
