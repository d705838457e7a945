//! A directory on the way to a socket that nginx's workers may not enter.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::Bind;

use super::attempt::{Attempt, attempts};
use crate::edit::{self, Mend};
use crate::say::{clip, connect_log, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "untraversable-socket-directory",
    summary: "nginx's workers may not enter the directory of a pool's socket",
    level: Level::Error,
    covers: &["B2"],
    since: "0.1.0",
    page: include_str!("untraversable_socket_directory.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let attempts = attempts(stack);
    out.extend(attempts.iter().filter_map(|attempt| finding(stack, attempt)));
}

fn finding(stack: &Stack, attempt: &Attempt<'_>) -> Option<Finding> {
    let worker = attempt.worker.as_ref()?;
    let listener = attempt.pool.listener.as_ref()?;
    let Bind::Unix(path) = &listener.bind else { return None };
    let is_closed = |dir: &&str| {
        stack
            .host
            .directories
            .get(dir)
            .is_some_and(|access| stack.host.may_enter(&worker.process, &access) == Some(false))
    };
    let dir = parents(path).find(is_closed)?;
    let access = stack.host.directories.get(dir)?;
    let user = clip(&worker.process.user);
    let shown = format!("{:04o} {}:{}", access.mode, clip(&access.owner), clip(&access.group));
    let message = format!(
        "`{user}` may not enter `{}`, where the socket of pool `{}` lies",
        clip(dir),
        clip(&attempt.pool.name)
    );
    let log = connect_log(attempt.target.written, "fastcgi", "13: Permission denied");
    Some(
        Finding::new(&RULE, listener.span, message)
            .label(format!("the directory is made with {shown}"))
            .related(worker.by.span(), format!("nginx's workers run as `{user}`"))
            .related(attempt.pass.span(), format!("{} end as 502", passed_requests(attempt.pass)))
            .suggest(
                "listen = /run/php/php-fpm.sock",
                edit::move_socket(stack, attempt.pool, &attempt.target),
            )
            .predict(Prediction::answers(502, log)),
    )
}

/// The directories around a path, the innermost first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(around(path), |dir| around(dir)).filter(|dir| !dir.is_empty())
}

fn around(path: &str) -> Option<&str> {
    path.rfind('/').and_then(|at| path.get(..at))
}
