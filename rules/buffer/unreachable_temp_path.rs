//! Directories for temporary files that nginx's workers cannot get to.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;

use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "unreachable-temp-path",
    summary: "nginx's workers may not enter the directory for their temporary files",
    level: Level::Error,
    covers: &["E8"],
    since: "0.1.0",
    page: include_str!("unreachable_temp_path.md"),
    check,
};

/// The directives, and what their files hold.
const PATHS: [(&str, bool); 5] = [
    ("client_body_temp_path", true),
    ("proxy_temp_path", false),
    ("fastcgi_temp_path", false),
    ("uwsgi_temp_path", false),
    ("scgi_temp_path", false),
];

fn check(stack: &Stack, out: &mut Findings) {
    for (name, is_body) in PATHS {
        for directive in stack.directives(name) {
            let Some(path) = directive.arg(0).filter(|path| path.value.starts_with(b"/")) else { continue };
            let Some(worker) = directive.scope().worker() else { continue };
            let text = path.text();
            // nginx gives the directory itself to its workers, not those around it.
            let is_closed = |dir: &&str| {
                stack
                    .host
                    .directories
                    .get(dir)
                    .is_some_and(|access| stack.host.may_enter(&worker.process, &access) == Some(false))
            };
            let mut around = std::iter::successors(up(&text), |dir| up(dir)).filter(|dir| !dir.is_empty());
            let Some(dir) = around.find(is_closed) else { continue };
            let user = say::clip(&worker.process.user);
            let what = if is_body {
                "larger request bodies end as 500"
            } else {
                "larger responses end in the middle"
            };
            let log = format!(
                "open() \"{}/0000000001\" failed (13: Permission denied)",
                text.trim_end_matches('/')
            );
            let status = if is_body { 500 } else { 200 };
            out.push(
                Finding::new(&RULE, path.span, format!("`{user}` may not enter `{}`", say::clip(dir)))
                    .label(format!("what does not fit into a buffer is to be written here: {what}"))
                    .related(worker.by.span(), format!("nginx's workers run as `{user}`"))
                    .help(format!("{name} /var/lib/nginx/{};", name.trim_end_matches("_temp_path")))
                    .predict(Prediction::answers(status, log)),
            );
        }
    }
}

fn up(path: &str) -> Option<&str> {
    path.trim_end_matches('/').rfind('/').and_then(|at| path.get(..at))
}
