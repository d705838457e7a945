//! Scripts that are named by a link which each deployment turns.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::DocumentRoot;

use super::list::lists;
use crate::by_place::ByPlace;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "unresolved-release-root",
    summary: "PHP gets its scripts by the link `current`: after a deployment it may go on with the old ones",
    level: Level::Info,
    covers: &["H20"],
    since: "0.1.0",
    page: include_str!("unresolved_release_root.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for list in lists(stack) {
        let Some(line) = list.get("SCRIPT_FILENAME") else { continue };
        let by_root = line.arg(1).is_some_and(|value| value.text().starts_with("$document_root"));
        let Some(location) = list.pass.location().filter(|_| by_root) else { continue };
        let DocumentRoot::Root(root) = location.document_root() else { continue };
        // What Capistrano, Deployer and Envoyer call the link.
        let is_link = root.arg(0).is_some_and(|dir| dir.text().split('/').any(|part| part == "current"));
        if is_link {
            found.add(root.span(), (root, line, list.pass));
        }
    }
    out.extend(found.iter().map(|((root, line, pass), _)| {
        let dir = root.arg(0).map(|dir| clip(&dir.text())).unwrap_or_default();
        Finding::new(&RULE, root.value_span(), format!("PHP gets its scripts by the link in `{dir}`"))
            .label(format!(
                "{} may run the release before, for as long as PHP remembers where the link led",
                passed_requests(*pass)
            ))
            .related(line.span(), "names the link and not what it leads to")
            .confidence(Confidence::Low)
            .note("PHP keeps resolved paths for `realpath_cache_ttl`, 120s, and compiled scripts by the path that it got")
            .help("`fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;`")
            .help("`fastcgi_param DOCUMENT_ROOT $realpath_root;`")
    }));
}
