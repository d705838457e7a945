//! Bodies of any size, which nginx writes to its disk.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Family};

use crate::by_place::ByPlace;
use crate::say::passed_requests;

pub(crate) const RULE: Rule = Rule {
    name: "unlimited-body-size",
    summary: "a request may have a body of any size, and nginx writes it to its disk",
    level: Level::Info,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unlimited_body_size.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        let Some(limit) = pass.scope().size("client_max_body_size", 1 << 20).filter(|limit| limit.value == 0)
        else {
            continue;
        };
        // A location for uploads was made for them.
        let by = limit.by.filter(|by| matches!(by.scope().kind(), ContextKind::Http | ContextKind::Server));
        let buffers = format!("{}_request_buffering", pass.family().prefix());
        let is_kept = pass.family() == Family::Grpc
            || pass.scope().flag(&buffers, true).is_some_and(|buffering| buffering.value);
        if let Some(by) = by.filter(|_| is_kept) {
            found.add(by.span(), (by, pass));
        }
    }
    out.extend(found.iter().map(|((by, pass), count)| {
        let requests = match count {
            1 => passed_requests(*pass),
            count => format!("the requests of {count} passes"),
        };
        Finding::new(&RULE, by.value_span(), "a body may have any size")
            .label(format!(
                "the bodies of {requests} are written to nginx's disk before the backend is asked"
            ))
            .note("a full disk fails all uploads, caches and logs")
            .help("a limit here, and 0 only in the location that takes uploads")
    }));
}
