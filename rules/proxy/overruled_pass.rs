//! Passes that another pass of the same block replaces.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "overruled-pass",
    summary: "a location has two passes of different protocols; nginx keeps the last one",
    level: Level::Warning,
    covers: &["A10"],
    since: "0.1.0",
    page: include_str!("overruled_pass.md"),
    check,
};

/// Everything that hands a location's requests to a backend.
const HANDLERS: [&str; 6] =
    ["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"];

fn check(stack: &Stack, out: &mut Findings) {
    for pass in stack.written_passes().filter(|pass| pass.is_overruled()) {
        let name = pass.family().directive();
        // The same directive twice is refused: another rule's defect.
        let others = HANDLERS.iter().filter(|other| **other != name);
        let last = others.filter_map(|other| pass.scope().own(other).next_back()).max_by_key(|by| by.id());
        let Some(last) = last.filter(|last| last.id() > pass.directive().id()) else { continue };
        // Alternatives of a template stand in one text.
        if stack.sources.is_template(pass.span().file) {
            continue;
        }
        let winner = last.name();
        let finding = Finding::new(
            &RULE,
            pass.directive().span(),
            format!("`{name}` does nothing: `{winner}` of the same block takes its place"),
        );
        let label = format!("{} never get here", say::passed_requests(pass));
        out.push(finding.label(label).related(last.span(), "nginx keeps the last one").suggest(
            format!("remove this line, or `{winner}`: a location has one handler"),
            edit::remove(pass.directive()),
        ));
    }
}
