//! Buffers for the request's own header below nginx's default.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{ContextKind, Directive, number};

use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "small-request-header-buffers",
    summary: "`large_client_header_buffers` are smaller than nginx's own: ordinary cookies end as 400",
    level: Level::Warning,
    covers: &["E7"],
    since: "0.1.0",
    page: include_str!("small_request_header_buffers.md"),
    check,
};

/// nginx's default: how many, and how large each, in bytes.
const DEFAULT: (u64, u64) = (4, 8 << 10);
/// What a browser's cookies for one site may take in one line, in bytes: one cookie of 4096 and its name.
const COOKIE: u64 = 4 << 10;

fn check(stack: &Stack, out: &mut Findings) {
    for directive in stack.directives("large_client_header_buffers") {
        let args: Vec<_> = directive.args().collect();
        let [count, size] = args.as_slice() else { continue };
        let (Some(count), Some(size)) = (number::integer(&count.value), number::size(&size.value)) else {
            continue;
        };
        if (size >= DEFAULT.1 && count >= DEFAULT.0) || count == 0 || size == 0 {
            continue;
        }
        out.push(finding(directive, count, size));
    }
}

fn finding(directive: Directive<'_>, count: u64, size: u64) -> Finding {
    // The first, smaller buffer (`client_header_buffer_size`, 1k) takes what fits into it.
    let all = count.saturating_mul(size);
    let place = directive.arg(1).map_or_else(|| directive.span(), |arg| arg.span);
    let (written, all) = (say::size(size), say::size(all));
    let message =
        format!("{count} `large_client_header_buffers` of {written} are less than nginx's own 4 of 8k");
    let log = "client sent too long header line";
    let whose = if directive.scope().kind() == ContextKind::Server { "this server" } else { "every server" };
    Finding::new(&RULE, place, message)
        .level(if size <= COOKIE { Level::Warning } else { Level::Info })
        .label(format!(
            "for {whose} a header line of {written}, or {all} together, ends as 400, an address as long as 414"
        ))
        .note("logged at level `info` alone, and asked of the default server of the address until `Host` is read")
        .suggest(
            "large_client_header_buffers 4 16k;",
            edit::statement(directive, "large_client_header_buffers 4 16k"),
        )
        .predict(Prediction::answers(400, log))
}
