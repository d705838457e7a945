//! Pools that may take more memory than there is.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::fpm::{Master, Memory, Pool};
use gatelint_syntax::Span;

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

/// How many times the memory is beyond doubt too much for what a container is given, which is meant for it alone.
const CONTAINER_EXCESS: u64 = 2;

/// A pool, and what its processes may take.
type Share<'a> = (&'a Pool, Memory<'a>);

/// What there is for them.
enum Has {
    /// The unit of the master gives it so much.
    Unit(u64),
    /// The container is given so much, here.
    Container(u64, Span),
    /// The machine has so much, and so many times as much is beyond doubt too much: few requests reach `memory_limit`.
    Machine(u64, u64),
    Unknown,
}

fn check(stack: &Stack, out: &mut Findings) {
    let excess = u64::from(out.thresholds().oversubscribe_error);
    let mut rest: Vec<Share<'_>> = Vec::new();
    let mut masters = 0;
    for master in stack.fpm.masters.iter().filter(|master| master.starts()) {
        let pools = || master.pools.iter().filter_map(|pool| Some((pool, master.memory(pool)?)));
        let container = container(stack, master);
        if !master.is_main {
            // What the image says of the rest is not known: only what is written here counts.
            let written = pools().filter(|(_, memory)| memory.setting.origin.span().is_some());
            let written: Vec<Share<'_>> = written.collect();
            out.extend(container.and_then(|has| finding(written, &has, 1)));
            continue;
        }
        let unit = stack.host.unit_of(master).and_then(|(_, unit)| unit.memory_max()).map(Has::Unit);
        match container.or(unit) {
            Some(has) => out.extend(finding(pools().collect(), &has, 1)),
            // All of them share the machine.
            None => {
                rest.extend(pools());
                masters += 1;
            }
        }
    }
    let has = stack.host.memory.map_or(Has::Unknown, |memory| Has::Machine(memory, excess));
    out.extend(finding(rest, &has, masters));
}

fn finding(mut pools: Vec<Share<'_>>, has: &Has, masters: usize) -> Option<Finding> {
    pools.sort_by_key(|(_, memory)| std::cmp::Reverse(memory.total().unwrap_or(u64::MAX)));
    let (first, memory) = pools.first()?;
    let at = memory.by.at();
    let Some(total) = pools
        .iter()
        .map(|(_, memory)| memory.total())
        .try_fold(0_u64, |sum, one| Some(sum.saturating_add(one?)))
    else {
        let message = format!("one request to pool `{}` may take all memory", clip(&first.name));
        let finding =
            Finding::new(&RULE, at, message).level(Level::Info).label("`memory_limit` is -1: no limit");
        return Some(match memory.setting.origin.span() {
            Some(span) => finding.related(span, "taken away here"),
            None => finding,
        });
    };
    let (max, excess, whose) = match *has {
        Has::Unit(max) => (max, 1, "its unit gives PHP-FPM"),
        Has::Container(max, _) => (max, CONTAINER_EXCESS, "its container is given"),
        Has::Machine(max, excess) => (max, excess, "the machine has"),
        Has::Unknown => (u64::MAX, 1, ""),
    };
    let processes = count(pools.iter().map(|(_, memory)| u64::from(memory.children)).sum(), "process");
    let whole = match masters {
        2.. => format!("{processes} of {masters} PHP-FPMs may take {}", size(total)),
        _ => format!("{processes} may take {}", size(total)),
    };
    let message = if total > max { format!("{whole}, and {whose} {}", size(max)) } else { whole };
    let level = if total > max.saturating_mul(excess) { Level::Warning } else { Level::Info };
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
    if let Has::Container(max, span) = *has
        && total > max
    {
        finding = finding.related(span, "what the container is given");
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

/// What the containers that run a master are given, where a compose file limits each of them: the most of it.
fn container(stack: &Stack, master: &Master) -> Option<Has> {
    let path = stack.sources.get(*master.files.first()?)?.file().to_string_lossy();
    let services = stack.world.compose.projects.iter().flat_map(|project| &project.services);
    let own = services.filter(|service| service.finds(&path).is_some());
    let limits: Option<Vec<(u64, Span)>> = own.map(|service| service.memory).collect();
    limits?.into_iter().max_by_key(|(max, _)| *max).map(|(max, span)| Has::Container(max, span))
}

/// A size as a person says it: `640 MB`, `12.5 GB`.
fn size(bytes: u64) -> String {
    let megabytes = bytes >> 20;
    match megabytes {
        0..10_000 => format!("{megabytes} MB"),
        _ => format!("{}.{} GB", megabytes >> 10, (megabytes % 1024) * 10 / 1024),
    }
}
