//! Ignore comments for findings that do not occur.

use gatelint_lint::ignore::Name;
use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::ContextKind;

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unused-ignore",
    summary: "an ignore comment names a rule that has nothing to say there",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unused_ignore.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    // A part of a configuration may be silent where the whole of it speaks.
    let is_whole = stack.problems.is_empty()
        && stack.nginx_roots().all(|root| root.kind() == ContextKind::Main && root.is_whole())
        && stack.fpm.masters.iter().all(|master| master.is_main && master.is_whole);
    out.phrase_unused(if is_whole { unused } else { |name| unused(name).level(Level::Info) });
}

fn unused(name: &Name) -> Finding {
    let message = format!("`{}` finds nothing here to ignore", clip(&name.text));
    Finding::new(&RULE, name.span, message)
        .label("the next defect of this kind goes unseen")
        .help("remove it from the comment")
}
