//! Groups that no pass names.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use rustc_hash::FxHashSet;

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unused-upstream",
    summary: "no pass leads to a group: what is changed in it changes nothing",
    level: Level::Info,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unused_upstream.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    // A pass that a request decides may name any.
    let are_known = stack.passes().all(|pass| pass.urls().candidates().is_some())
        && stack.directives("memcached_pass").next().is_none()
        // Modules of others have passes of their own.
        && !stack.unknown_directives().any(|by| by.name().ends_with("_pass") || by.name().contains("_by_lua"))
        && stack.nginx_roots().all(|root| root.is_whole() && root.is_in_main());
    if !are_known {
        return;
    }
    let mut used = FxHashSet::default();
    for pass in stack.passes() {
        let urls = pass.urls();
        for (url, _) in urls.candidates().unwrap_or_default() {
            used.insert(url.host.to_ascii_lowercase());
        }
    }
    for group in stack.upstreams() {
        let name = group.name();
        let is_used = used.contains(&name.to_ascii_lowercase());
        // What an include brings may be meant for another server.
        let at = group.name_span().filter(|at| !is_used && !stack.sources.is_filled_in(*at));
        if let Some(at) = at {
            out.push(
                Finding::new(&RULE, at, format!("no pass leads to group `{}`", clip(&name)))
                    .label("what is changed in it changes nothing"),
            );
        }
    }
}
