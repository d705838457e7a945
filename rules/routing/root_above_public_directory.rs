//! A document root that holds the application and not its public directory.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{DocumentRoot, Scope, Serving, internal_uri};
use gatelint_model::web::PUBLIC;

use super::php_server::php_servers;
use crate::edit::{self, Mend};
use crate::say::{clip, site};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "root-above-public-directory",
    summary: "the document root is the application's directory: `index.php` lies in the public one below it",
    level: Level::Error,
    covers: &["H15"],
    since: "0.1.0",
    page: include_str!("root_above_public_directory.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(php_servers(stack).filter_map(|server| finding(stack, server)));
}

fn finding(stack: &Stack, server: Scope<'_>) -> Option<Finding> {
    let scope = server.location_for(b"/").known().copied()?.unwrap_or(server);
    let DocumentRoot::Root(root) = scope.document_root() else { return None };
    if stack.has_file(scope, b"/index.php") != Some(false) {
        return None;
    }
    let below = |name: &&&str| stack.has_file(scope, format!("/{name}/index.php").as_bytes()) == Some(true);
    let public = PUBLIC.iter().find(below)?;
    let index = scope.effective("index")?;
    let names: Vec<_> =
        index.directives.iter().flat_map(|line| line.args()).map(|arg| arg.value.into_owned()).collect();
    // Any other of them that is there, or may be, answers.
    let absent = |name: &Vec<u8>| stack.has_file(scope, &[b"/", name.as_slice()].concat()) == Some(false);
    let asks_php = names.iter().any(|name| *name == b"index.php");
    let tries = scope.own("try_files").next_back();
    let tests_dir = tries.is_none_or(|tries| tries.args().any(|arg| *arg.value == *b"$uri/"));
    let leads_on = tries.and_then(|tries| internal_uri(&tries.args().last()?.value));
    let is_front = leads_on.is_none_or(|uri| uri == b"/index.php");
    let is_served = scope.serving(b"/") == Serving::File && scope.is_whole_to_server();
    if !asks_php || !names.iter().all(absent) || !tests_dir || !is_front || !is_served {
        return None;
    }
    let dir = root.arg(0)?.text().trim_end_matches('/').to_owned();
    let of = site(server).map(|site| format!(" of `{site}`")).unwrap_or_default();
    Some(
        Finding::new(&RULE, root.value_span(), format!("`index.php` lies in `{public}` below this root"))
            .label(format!("requests for `/`{of} end as 403, and what is not public can be fetched"))
            .predict(Prediction::answers(403, format!("directory index of \"{}/\" is forbidden", clip(&dir))))
            .suggest(
                format!("`root {}/{public};`", clip(&dir)),
                edit::word(root.value_span(), &format!("{dir}/{public}")),
            ),
    )
}
