//! Directories that are passed to PHP as a script.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Match};

use super::script::{directory, value};
use crate::edit::{self, Mend};
use crate::log;
use crate::params::list::{List, script_lists};
use crate::say::{clip, site};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "missing-fastcgi-index",
    summary: "URIs that end with `/` are passed to PHP, and no `fastcgi_index` says which script that is",
    level: Level::Error,
    covers: &["H25"],
    since: "0.1.0",
    page: include_str!("missing_fastcgi_index.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(script_lists(stack).filter_map(|list| finding(&list)));
}

fn finding(list: &List<'_>) -> Option<Finding> {
    let location = list.pass.scope();
    let (Match::Prefix(uri) | Match::PrefixOnly(uri) | Match::Exact(uri)) = location.location_match()? else {
        return None;
    };
    let line = list.get("SCRIPT_FILENAME")?;
    let script = value(line)?;
    let is_file = directory(&script).is_none() && script != b"$request_filename";
    let changes = ["try_files", "rewrite", "return"].iter().any(|name| location.own(name).len() > 0);
    let decides = location.blocks().any(|block| block.kind() == ContextKind::IfInLocation);
    let index = script.ends_with(b"$fastcgi_script_name") && location.effective("fastcgi_index").is_some();
    let server = list.pass.server()?;
    let rewrites =
        server.own("rewrite").len() > 0 || server.blocks_of(ContextKind::IfInServer).next().is_some();
    let is_chosen = server.location_for(uri).known() == Some(&Some(location));
    let is_silent = is_file || changes || decides || index || rewrites || !is_chosen;
    if !uri.ends_with(b"/") || is_silent || !location.is_whole_to_server() {
        return None;
    }
    let uri = clip(&String::from_utf8_lossy(uri));
    let of = site(location).map(|site| format!(" of `{site}`")).unwrap_or_default();
    let at = list.pass.directive().span();
    Some(
        Finding::new(
            &RULE,
            at,
            format!("`{uri}` is passed to PHP as a directory: no `fastcgi_index` holds here"),
        )
        .label(format!("requests for `{uri}`{of} end as 404 `File not found.`"))
        .related(line.span(), "ends with `/`, and a directory is no script")
        .predict(Prediction::answers(404, log::NO_SCRIPT))
        .suggest(
            "add `fastcgi_index index.php;`",
            edit::after(list.pass.directive(), &["fastcgi_index index.php;"]),
        ),
    )
}
