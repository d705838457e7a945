//! Pools that serve very few requests at once.

use gatelint_lint::settings::Thresholds;
use gatelint_lint::{Confidence, Edit, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Covers, Pool, Setting};
use gatelint_model::nginx::{Family, Pass};

use crate::edit::{self, Mend};
use crate::limit::workers::{main_of, passed_at_once};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "low-max-children",
    summary: "a pool serves so few requests at once that they queue until nginx gives up",
    level: Level::Warning,
    covers: &["F2"],
    since: "0.1.0",
    page: include_str!("low_max_children.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let limits = out.thresholds();
    let passes: Vec<Pass<'_>> = stack.passes().filter(|pass| pass.family() == Family::Fastcgi).collect();
    for (_, pool) in stack.fpm.pools() {
        let Some((children, setting)) =
            pool.max_children().filter(|(children, _)| *children <= limits.max_children_low)
        else {
            continue;
        };
        let pass = passes.iter().find(|pass| reaches(**pass, pool));
        let is_single = children == 1 && pass.is_some() && !is_spare(pool);
        let message = match children {
            1 => format!("pool `{}` serves one request at a time", clip(&pool.name)),
            _ => format!("pool `{}` serves {children} requests at a time", clip(&pool.name)),
        };
        let log =
            "upstream timed out (110: Connection timed out) while reading response header from upstream";
        let mut finding = Finding::new(&RULE, setting.at(), message)
            .label("further requests wait, and end as 504 where the wait exceeds `fastcgi_read_timeout`")
            .confidence(Confidence::Medium)
            .predict(Prediction::answers(504, log));
        if let Some(pass) = pass {
            finding = finding.related(pass.span(), passed_requests(*pass));
        }
        let sends = pass.and_then(|pass| passed_at_once(stack, main_of(pass.scope())?));
        if let Some((requests, by)) = sends.filter(|(requests, _)| *requests > children.into()) {
            let text = format!("nginx's workers together pass on up to {requests} requests at once");
            finding = finding.related(by.value_span(), text);
        }
        if pool.process_manager().as_deref() == Some("static") {
            finding = finding.note("with `pm = static` PHP-FPM never logs that it reached the limit");
        }
        let more = proposed(stack, &limits, children);
        let finding = finding.suggest(
            format!("memory for PHP divided by what one process takes: pm.max_children = {more}"),
            raised(pool, setting, more),
        );
        out.push(if is_single { finding } else { finding.level(Level::Info) });
    }
}

/// How many processes the machine's memory holds, where it is known and more than there are; else an example.
fn proposed(stack: &Stack, limits: &Thresholds, children: u32) -> u64 {
    let for_php = stack.host.memory.map(|all| all as f64 * limits.ram_fraction);
    let fits = for_php.map(|bytes| bytes as u64 / limits.avg_child.bytes.max(1));
    fits.filter(|fits| *fits > u64::from(children)).unwrap_or(20)
}

/// More processes, and with them more that are kept ready.
fn raised(pool: &Pool, setting: &Setting, more: u64) -> Vec<Edit> {
    const READY: [(&str, i32); 3] =
        [("pm.start_servers", 6), ("pm.min_spare_servers", 3), ("pm.max_spare_servers", 6)];
    let few = |(key, number): &(&str, i32)| {
        let own = pool.get(key).filter(|own| own.integer().is_some_and(|own| own < *number))?;
        Some(edit::replace(own.at(), number.to_string())).filter(|_| more >= 6)
    };
    READY.iter().filter_map(few).flatten().chain(edit::replace(setting.at(), more.to_string())).collect()
}

fn reaches(pass: Pass<'_>, pool: &Pool) -> bool {
    let Some(listener) = &pool.listener else { return false };
    pass.targets().iter().any(|target| listener.covers(target.address) == Covers::Yes)
}

/// Whether a pool seems meant for rare or serial work: processes made on demand, or a name that says so.
pub(super) fn is_spare(pool: &Pool) -> bool {
    const NAMES: &[&str] = &[
        "admin", "backup", "cron", "debug", "dev", "health", "job", "monitor", "ping", "queue", "status",
        "task", "test", "worker",
    ];
    let name = pool.name.to_ascii_lowercase();
    pool.process_manager().as_deref() == Some("ondemand") || NAMES.iter().any(|word| name.contains(word))
}
