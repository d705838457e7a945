//! So few `worker_connections` that requests fail although nothing is busy.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{ContextKind, Directive, Pass, Scope, number};

use super::workers::{main_of, passed_at_once, workers};
use crate::edit::{self, Mend};
use crate::pool::served::served_pools;
use crate::say::{clip, passed_requests};
use crate::setting::only_arg;

pub(crate) const RULE: Rule = Rule {
    name: "insufficient-worker-connections",
    summary: "`worker_connections` are so few that requests fail, or nginx does not start",
    level: Level::Warning,
    covers: &["K1"],
    since: "0.1.0",
    page: include_str!("insufficient_worker_connections.md"),
    check,
};

/// Requests at once that one worker is to pass on; fewer are an extreme that somebody set.
const FEW_REQUESTS: u64 = 16;
/// What a worker takes besides its sockets: the channel to the master.
const CHANNEL: u64 = 1;

fn check(stack: &Stack, out: &mut Findings) {
    let least = u64::from(out.thresholds().worker_connections_min);
    for directive in stack.directives("worker_connections") {
        let events = directive.scope();
        let Some(main) = events.parent().filter(|main| main.kind() == ContextKind::Main) else { continue };
        let value = only_arg(directive).and_then(|arg| number::integer(&arg.value));
        let Some(connections) = value.filter(|connections| *connections <= u64::from(u32::MAX)) else {
            continue;
        };
        let pass = || stack.passes().find(|pass| main_of(pass.scope()) == Some(main));
        out.extend(
            finding(stack, directive, main, (connections, least), pass).or_else(|| beyond(stack, main)),
        );
    }
}

/// More processes of PHP than nginx can have requests for at a time.
fn beyond(stack: &Stack, main: Scope<'_>) -> Option<Finding> {
    let (requests, by) = passed_at_once(stack, main)?;
    let mut pools = Vec::new();
    for way in served_pools(stack).filter(|way| main_of(way.pass.scope()) == Some(main)) {
        pools.push((way.to.pool.max_children()?, way.to.pool));
    }
    let children: u64 = pools.iter().map(|((children, _), _)| u64::from(*children)).sum();
    if children <= requests {
        return None;
    }
    let ((_, set), pool) = pools.into_iter().max_by_key(|((children, _), _)| *children)?;
    let message = format!(
        "nginx passes on {requests} requests at once at most, and its pools have {children} processes"
    );
    let finding = Finding::new(&RULE, by.value_span(), message)
        .level(Level::Info)
        .confidence(Confidence::Medium)
        .label("in each worker, two for each request; the rest of the processes is never used")
        .related(set.at(), format!("most of them are of pool `{}`", clip(&pool.name)));
    Some(match workers(stack, main) {
        Some((_, Some(workers))) => finding.related(workers.value_span(), "so many workers"),
        _ => finding,
    })
}

fn finding<'a>(
    stack: &'a Stack,
    directive: Directive<'a>,
    main: Scope<'a>,
    (connections, least): (u64, u64),
    pass: impl Fn() -> Option<Pass<'a>>,
) -> Option<Finding> {
    let place = directive.value_span();
    let sockets = main.listening_sockets();
    let help = "worker_connections 1024;";
    if connections < sockets.count + 1 {
        let message = format!(
            "{connections} `worker_connections` are fewer than the {} listening sockets take",
            sockets.count
        );
        let log = format!(
            "{connections} worker_connections are not enough for {} listening sockets",
            sockets.count
        );
        let finding = Finding::new(&RULE, place, message)
            .level(Level::Error)
            .label("one for each socket, and one for the master: nginx does not start or reload")
            .suggest(help, edit::statement(directive, help));
        return Some(match sockets.is_exact {
            true => finding.predict(Prediction::nginx_refuses(None, log)),
            false => finding.note("counted without names and what was not read"),
        });
    }
    let (kept, group) = kept(stack, main);
    let pass = (connections < least || connections < kept).then(pass).flatten()?;
    let left = connections - sockets.count - CHANNEL;
    let requests = left.saturating_sub(kept) / 2;
    let log = format!("{connections} worker_connections are not enough while connecting to upstream");
    let message = match requests {
        0 => format!("{connections} `worker_connections` leave none for a request and its upstream"),
        1 => format!("{connections} `worker_connections` let a worker pass on one request at a time"),
        _ => format!("{connections} `worker_connections` let a worker pass on {requests} requests at once"),
    };
    let label = match kept {
        0 => {
            format!("{} for listening sockets and the master, two for each request", sockets.count + CHANNEL)
        }
        _ => format!(
            "{} for listening sockets and the master, {kept} kept open to upstreams, two for each request",
            sockets.count + CHANNEL
        ),
    };
    let finding = Finding::new(&RULE, place, message)
        .label(label)
        .related(pass.span(), format!("{} end as 500 beyond that", passed_requests(pass)))
        .predict(Prediction::answers(500, log))
        .suggest(help, edit::statement(directive, help));
    let finding = match group.filter(|_| kept > 0) {
        Some(group) => finding.related(group.value_span(), "kept open in each worker"),
        None => finding,
    };
    Some(match requests {
        // Without kept connections the first request of all lacks its second connection.
        _ if left < 2 && sockets.is_exact => finding.level(Level::Error),
        requests if requests < FEW_REQUESTS => finding.confidence(Confidence::Medium),
        _ => finding.level(Level::Info).confidence(Confidence::Medium),
    })
}

/// The idle connections that all groups may keep, and the largest `keepalive`.
fn kept<'a>(stack: &'a Stack, main: Scope<'a>) -> (u64, Option<Directive<'a>>) {
    let of_main = stack.directives("keepalive").filter(|one| main_of(one.scope()) == Some(main));
    let numbers = of_main.filter_map(|one| Some((number::integer(&one.arg(0)?.value)?, one)));
    let all: Vec<_> = numbers.collect();
    let sum = all.iter().fold(0_u64, |sum, (number, _)| sum.saturating_add(*number));
    (sum, all.iter().max_by_key(|(number, _)| *number).map(|(_, one)| *one))
}
