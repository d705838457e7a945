//! Pools that may take more memory than there is.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::fpm::{Master, Memory, Pool};

use crate::log;
use crate::say::{clip, count};

pub(crate) const RULE: Rule = Rule {
    name: "oversubscribed-memory",
    summary: "the processes of all pools together may take more memory than PHP-FPM has",
    level: Level::Warning,
    covers: &["F3"],
    since: "0.1.0",
    page: include_str!("oversubscribed_memory.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let excess = out.thresholds().oversubscribe_error;
    for master in stack.fpm.masters.iter().filter(|master| master.is_main && master.starts()) {
        let mut pools: Vec<(&Pool, Memory<'_>)> =
            master.pools.iter().filter_map(|pool| Some((pool, master.memory(pool)?))).collect();
        pools.sort_by_key(|(_, memory)| std::cmp::Reverse(memory.total().unwrap_or(u64::MAX)));
        out.extend(finding(stack, master, &pools, u64::from(excess)));
    }
}

fn finding(stack: &Stack, master: &Master, pools: &[(&Pool, Memory<'_>)], excess: u64) -> Option<Finding> {
    let (first, memory) = pools.first()?;
    let processes: u64 = pools.iter().map(|(_, memory)| u64::from(memory.children)).sum();
    let at = memory.by.at();
    let Some(total) = pools
        .iter()
        .map(|(_, memory)| memory.total())
        .try_fold(0_u64, |sum, one| Some(sum.saturating_add(one?)))
    else {
        let finding = Finding::new(
            &RULE,
            at,
            format!("one request to pool `{}` may take all memory", clip(&first.name)),
        );
        let finding = finding.level(Level::Info).label("`memory_limit` is -1: no limit");
        return Some(match memory.setting.origin.span() {
            Some(span) => finding.related(span, "taken away here"),
            None => finding,
        });
    };
    let unit = unit(stack, master);
    let (level, has) = match (unit, stack.host.memory) {
        (Some(max), _) if total > max => (Level::Warning, format!("its unit gives PHP-FPM {}", size(max))),
        (None, Some(max)) if total > max.saturating_mul(excess) => {
            (Level::Warning, format!("the machine has {}", size(max)))
        }
        _ => (Level::Info, String::new()),
    };
    let message = match has.as_str() {
        "" => format!("{} may take {}", count(processes, "process"), size(total)),
        has => format!("{} may take {}, and {has}", count(processes, "process"), size(total)),
    };
    let mut finding = Finding::new(&RULE, at, message).level(level).label(format!(
        "{} of pool `{}`, each up to {}",
        count(memory.children.into(), "process"),
        clip(&first.name),
        size(memory.limit.unwrap_or_default())
    ));
    if let Some(span) = memory.setting.origin.span() {
        finding = finding.related(span, "what one of them may take");
    }
    for (pool, memory) in pools.iter().skip(1).take(3) {
        let total = size(memory.total().unwrap_or_default());
        finding = finding.related(memory.by.at(), format!("pool `{}`: up to {total}", clip(&pool.name)));
    }
    if level == Level::Info {
        return Some(finding);
    }
    Some(
        finding
            .confidence(Confidence::Medium)
            .note("when it is used up the kernel ends a process: its request ends as 502")
            .predict(Prediction::answers(502, log::RESET)),
    )
}

/// What the systemd unit of a master gives it at most.
fn unit(stack: &Stack, master: &Master) -> Option<u64> {
    let own = master.layout.version.filter(|_| master.layout.is_debian);
    let name = own.map_or_else(|| "php-fpm".to_owned(), |(major, minor)| format!("php{major}.{minor}-fpm"));
    stack.host.units.get(&name)?.memory_max()
}

/// A size as a person says it: `640 MB`, `12.5 GB`.
fn size(bytes: u64) -> String {
    let megabytes = bytes >> 20;
    match megabytes {
        0..10_000 => format!("{megabytes} MB"),
        _ => format!("{}.{} GB", megabytes >> 10, (megabytes % 1024) * 10 / 1024),
    }
}
