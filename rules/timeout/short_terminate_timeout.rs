//! PHP-FPM ends requests before nginx gives up, or never does.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{Family, Pass};
use rustc_hash::FxHashSet;

use crate::edit::{self, Mend};
use crate::php::tiny_execution_limit;
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "short-terminate-timeout",
    summary: "PHP-FPM kills a request before nginx gives it up: the visitor gets 502",
    level: Level::Warning,
    covers: &["D5"],
    since: "0.1.0",
    page: include_str!("short_terminate_timeout.md"),
    check,
};

/// The default of `fastcgi_read_timeout`, in milliseconds.
const DEFAULT: u64 = 60_000;

fn check(stack: &Stack, out: &mut Findings) {
    let least = out.thresholds().terminate_min.ms;
    let mut seen = FxHashSet::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
        for (_, reached) in pass.pools() {
            let is_new = reached.master.starts() && !seen.contains(&reached.pool.header);
            if let Some(finding) = is_new.then(|| judge(pass, reached, least)).flatten() {
                seen.insert(reached.pool.header);
                out.push(finding);
            }
        }
    }
}

fn judge(pass: Pass<'_>, reached: gatelint_model::links::PoolRef<'_>, shortest: u64) -> Option<Finding> {
    let setting = reached.pool.get("request_terminate_timeout")?;
    // Another rule says that more than a number and its unit is misread.
    let written = setting.value.as_deref()?;
    let number = written.strip_suffix(b"s").or(written.strip_suffix(b"m")).or(written.strip_suffix(b"h"));
    if !number.unwrap_or(written).iter().all(u8::is_ascii_digit) {
        return None;
    }
    let limit = u64::try_from(setting.seconds()?).ok().filter(|seconds| *seconds > 0)? * 1000;
    let timeout = pass.scope().milliseconds("fastcgi_read_timeout", DEFAULT)?;
    // Of a limit so low that hardly anything ends in time another rule speaks.
    if limit >= timeout.value || limit <= tiny_execution_limit::EXTREME * 1000 {
        return None;
    }
    let cpu = reached.master.php(reached.pool, "max_execution_time");
    let cpu_ms = cpu.quantity().and_then(|seconds| u64::try_from(seconds).ok()).map(|seconds| seconds * 1000);
    let own = cpu.origin.span().filter(|_| cpu_ms.is_some_and(|cpu| cpu > limit));
    let (pool, time) = (say::clip(&reached.pool.name), say::time(limit));
    let message =
        format!("pool `{pool}` kills a request after {time}, nginx waits {}", say::time(timeout.value));
    let mut finding = Finding::new(&RULE, setting.at(), message)
        .label(format!("whatever takes longer of {} ends as 502", say::passed_requests(pass)))
        .predict(Prediction::answers(502, log::RESET));
    finding = match timeout.by {
        Some(by) => finding.related(by.value_span(), "nginx would wait this long"),
        None => finding.related(pass.span(), "no `fastcgi_read_timeout` is set here: the default is 60s"),
    };
    if let Some(own) = own {
        finding = finding.related(own, "PHP itself would let a script run longer");
    }
    // Who sets both, and sets them close together, wants PHP-FPM to be the one that ends it.
    let is_guard = timeout.by.is_some() && timeout.value <= limit.saturating_mul(2);
    if (limit < shortest && !is_guard) || own.is_some() {
        let least = timeout.value.max(cpu_ms.unwrap_or(0)) / 1000;
        let value = format!("{}s", least + 5);
        let edits = edit::replace(setting.at(), &value);
        return Some(finding.suggest(format!("request_terminate_timeout = {value}"), edits));
    }
    Some(finding.level(Level::Info).note("a guard against scripts that hang"))
}
