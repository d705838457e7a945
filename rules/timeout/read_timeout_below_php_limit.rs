//! nginx gives up before PHP-FPM does.

use std::collections::HashMap;

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Pool, Setting};
use gatelint_model::nginx::{Directive, Family, Pass};
use gatelint_syntax::Span;

use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "read-timeout-below-php-limit",
    summary: "nginx stops waiting before the pool's own time limit",
    level: Level::Warning,
    covers: &["D4"],
    since: "0.1.0",
    page: include_str!("read_timeout_below_php_limit.md"),
    check,
};

/// The default of `fastcgi_read_timeout`, in milliseconds.
const DEFAULT: u64 = 60_000;

/// A time of nginx that is shorter than a pool's.
struct Clash<'a> {
    pass: Pass<'a>,
    pool: &'a Pool,
    limit: &'a Setting,
    limit_ms: u64,
    timeout_ms: u64,
    by: Option<Directive<'a>>,
}

fn check(stack: &Stack, out: &mut Findings) {
    // One finding for each place to edit: the timeout that was set, or the limit where none was.
    let mut order = Vec::new();
    let mut clashes: HashMap<Span, (Clash<'_>, usize)> = HashMap::new();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
        let Some(timeout) = pass.scope().milliseconds("fastcgi_read_timeout", DEFAULT) else { continue };
        for target in pass.targets() {
            for reached in stack.pools_behind(&target.address).pools() {
                let Some(limit) = reached.pool.get("request_terminate_timeout") else { continue };
                let Some(seconds) = limit.seconds().and_then(|seconds| u64::try_from(seconds).ok()) else {
                    continue;
                };
                if !reached.master.starts() || seconds * 1000 <= timeout.value || timeout.value == 0 {
                    continue;
                }
                let place = timeout.by.map_or(limit.at(), Directive::value_span);
                let clash = Clash {
                    pass,
                    pool: reached.pool,
                    limit,
                    limit_ms: seconds * 1000,
                    timeout_ms: timeout.value,
                    by: timeout.by,
                };
                let entry = clashes.entry(place).or_insert_with(|| {
                    order.push(place);
                    (clash, 0)
                });
                entry.1 += 1;
            }
        }
    }
    for place in order {
        if let Some((clash, count)) = clashes.get(&place) {
            out.push(report(clash, *count));
        }
    }
}

fn report(clash: &Clash<'_>, count: usize) -> Finding {
    let (timeout, limit) = (say::time(clash.timeout_ms), say::time(clash.limit_ms));
    let pool = say::clip(&clash.pool.name);
    let message = format!("nginx waits {timeout} for pool `{pool}`, which lets a request run for {limit}");
    let requests = say::passed_requests(clash.pass);
    let log = "upstream timed out (110: Connection timed out) while reading response header from upstream";
    let answer = Prediction::answers(504, log);
    let help = format!("fastcgi_read_timeout {}s;", clash.limit_ms / 1000 + 5);
    let finding = match clash.by {
        Some(by) => Finding::new(&RULE, by.value_span(), message)
            .label(format!("{requests} end as 504 while PHP goes on working"))
            .related(clash.limit.at(), format!("pool `{pool}` ends a request only after {limit}")),
        None => Finding::new(&RULE, clash.limit.at(), message)
            .label(format!("from {timeout} on, {requests} end as 504 while PHP goes on working"))
            .related(
                clash.pass.span(),
                format!("no `fastcgi_read_timeout` is set here: the default is {timeout}"),
            ),
    };
    let finding = finding.help(help).predict(answer);
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}
