//! Where PHP's error messages go.

use gatelint_model::links::PoolRef;
use gatelint_model::nginx::PhpParams;

/// Whether PHP hands its messages to nginx, whose log then holds them: they are logged, and to no file of their own.
pub(crate) fn reach_nginx(to: PoolRef<'_>, params: &PhpParams) -> bool {
    let file = to.php(params, "error_log");
    // PHP logs by default; a file that is named by what is not known may be any.
    let has_file = file.value.as_ref().map_or(file.origin.span().is_some(), |file| !file.is_empty());
    to.php(params, "log_errors").flag() != Some(false) && !has_file
}
