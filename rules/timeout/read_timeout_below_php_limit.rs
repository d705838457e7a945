//! nginx gives up before PHP-FPM does.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::Pool;
use gatelint_model::links::PoolRef;
use gatelint_model::nginx::{Directive, Family, Pass};
use gatelint_syntax::Span;

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
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

/// A time that PHP lets a request take.
#[derive(Clone, Copy)]
struct Limit {
    ms: u64,
    at: Span,
    /// Whether it counts processor time only: then waiting does not end it, and nothing is certain.
    is_cpu: bool,
}

/// A time of nginx that is shorter than PHP's.
struct Clash<'a> {
    pass: Pass<'a>,
    pool: &'a Pool,
    limit: Limit,
    timeout_ms: u64,
    by: Option<Directive<'a>>,
}

fn check(stack: &Stack, out: &mut Findings) {
    // One finding for each place to edit: the timeout that was set, or the limit where none was.
    let least = out.thresholds().read_min.ms;
    let mut clashes = ByPlace::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
        let Some(timeout) = pass.scope().milliseconds("fastcgi_read_timeout", DEFAULT) else { continue };
        for (_, reached) in pass.pools() {
            let Some(limit) = limit(reached) else { continue };
            // Too short for anything is another rule's defect.
            if !reached.master.starts() || limit.ms <= timeout.value || timeout.value < least {
                continue;
            }
            let place = timeout.by.map_or(limit.at, Directive::value_span);
            let clash = Clash { pass, pool: reached.pool, limit, timeout_ms: timeout.value, by: timeout.by };
            clashes.add(place, clash);
        }
    }
    out.extend(clashes.iter().map(|(clash, count)| report(clash, count)));
}

/// The pool's own limit, else PHP's; `None` where neither is set.
fn limit(reached: PoolRef<'_>) -> Option<Limit> {
    let ms = |seconds: i64| {
        u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(|seconds| seconds * 1000)
    };
    if let Some(wall) = reached.pool.get("request_terminate_timeout")
        && let Some(ms) = wall.seconds().and_then(|seconds| ms(seconds.into()))
    {
        return Some(Limit { ms, at: wall.at(), is_cpu: false });
    }
    let cpu = reached.master.php(reached.pool, "max_execution_time");
    Some(Limit { ms: cpu.quantity().and_then(ms)?, at: cpu.origin.span()?, is_cpu: true })
}

fn report(clash: &Clash<'_>, count: usize) -> Finding {
    let (timeout, limit) = (say::time(clash.timeout_ms), say::time(clash.limit.ms));
    let pool = say::clip(&clash.pool.name);
    let message = format!("nginx waits {timeout} for pool `{pool}`, which lets a request run for {limit}");
    let requests = say::passed_requests(clash.pass);
    let log = "upstream timed out (110: Connection timed out) while reading response header from upstream";
    let answer = Prediction::answers(504, log);
    let help = format!("fastcgi_read_timeout {}s;", clash.limit.ms / 1000 + 5);
    let finding = match clash.by {
        Some(by) => Finding::new(&RULE, by.value_span(), message)
            .label(format!("{requests} end as 504 while PHP goes on working"))
            .related(clash.limit.at, format!("pool `{pool}` ends a request only after {limit}")),
        None => Finding::new(&RULE, clash.limit.at, message)
            .label(format!("from {timeout} on, {requests} end as 504 while PHP goes on working"))
            .related(
                clash.pass.span(),
                format!("no `fastcgi_read_timeout` is set here: the default is {timeout}"),
            ),
    };
    let edits = match clash.by {
        Some(by) => edit::statement(by, &help),
        None => edit::put(clash.pass.scope(), &help),
    };
    let finding = finding.suggest(help, edits).predict(answer);
    let finding = match clash.limit.is_cpu {
        true => finding.level(Level::Info).confidence(Confidence::Low).note(
            "`max_execution_time` counts processor time: waiting for a database or a socket comes on top",
        ),
        false => finding,
    };
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}
