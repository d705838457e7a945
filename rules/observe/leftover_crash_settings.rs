//! What was set to catch a crash and was left.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "leftover-crash-settings",
    summary: "workers write core dumps: settings of a search for a crash",
    level: Level::Info,
    covers: &["L7"],
    since: "0.1.0",
    page: include_str!("leftover_crash_settings.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for by in stack.directives("worker_rlimit_core").filter(|by| is_main(*by)) {
        let is_off = by.arg(0).is_none_or(|size| *size.value == *b"0");
        if !is_off {
            let size = by.arg(0).map(|arg| clip(&arg.text())).unwrap_or_default();
            let finding = Finding::new(
                &RULE,
                by.span(),
                format!("a worker that crashes writes up to {size} of its memory"),
            )
            .label("the file holds requests, sessions and keys")
            .help("let it go once the crash is found");
            let dir = by.scope().own("working_directory").last();
            out.push(match dir {
                Some(dir) => finding.related(dir.span(), "written here"),
                None => finding,
            });
        }
    }
    for dir in stack.directives("working_directory").filter(|dir| is_main(*dir)) {
        let path = dir.arg(0).map(|arg| clip(&arg.text())).unwrap_or_default();
        if dir.scope().own("worker_rlimit_core").next().is_none() {
            out.push(
                Finding::new(&RULE, dir.span(), format!("workers change to `{path}` when they start"))
                    .label("without this directory, or the right to enter it, every worker ends at once")
                    .note("nginx needs it for core dumps alone, and `nginx -t` does not look"),
            );
        }
    }
}

fn is_main(by: Directive<'_>) -> bool {
    by.scope().kind() == ContextKind::Main
}
