//! A `user` of nginx that the machine does not have.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{ContextKind, has_variables};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unknown-worker-user",
    summary: "the user or the group of nginx's workers does not exist, and nginx refuses to start",
    level: Level::Error,
    covers: &["B5"],
    since: "0.1.0",
    page: include_str!("unknown_worker_user.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let (Some(users), Some(groups)) = (&stack.host.users, &stack.host.groups) else { return };
    // An image's accounts are made by its packages; a list of nobody but the project's own says little.
    if !stack.world.is_one_machine() || !users.iter().any(|user| user.name == "root") {
        return;
    }
    for directive in stack.directives("user").filter(|one| one.scope().kind() == ContextKind::Main) {
        let args: Vec<_> = directive.args().collect();
        let (user, group) = match args.as_slice() {
            [user] => (user, user),
            [user, group] => (user, group),
            _ => continue,
        };
        let is_known = users.iter().any(|known| *known.name.as_bytes() == *user.value);
        let has_group = groups.iter().any(|known| *known.name.as_bytes() == *group.value);
        let (arg, call, what) = match (is_known, has_group) {
            (false, _) => (user, "getpwnam", "user"),
            (true, false) => (group, "getgrnam", "group"),
            (true, true) => continue,
        };
        if has_variables(&arg.value) {
            continue;
        }
        let name = clip(&arg.text());
        let file = if what == "user" { "etc/passwd" } else { "etc/group" };
        let log = format!("{call}(\"{name}\") failed");
        out.push(
            Finding::new(&RULE, arg.span, format!("there is no {what} `{name}`"))
                .label(format!("not in `{file}`: nginx does not start or reload"))
                .help(format!("useradd --system {name}"))
                .predict(Prediction::nginx_refuses(Some(directive.end_span()), log)),
        );
    }
}
