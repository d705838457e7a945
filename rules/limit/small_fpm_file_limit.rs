//! A limit of open files below what PHP-FPM takes to read what its processes print.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::fpm::{Master, Pool};
use gatelint_model::nginx::number;
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use crate::pool::served::served;
use crate::say::{clip, count, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "small-fpm-file-limit",
    summary: "PHP-FPM may open fewer files than it takes to read what its processes print",
    level: Level::Warning,
    covers: &["K2"],
    since: "0.1.0",
    page: include_str!("small_fpm_file_limit.md"),
    check,
};

/// For each process the master keeps the ends of two pipes (`fpm_stdio_parent_use_pipes()` of `fpm_stdio.c`).
const PIPES: u64 = 2;
/// What it has open in any case: the standard streams, and a listener.
const OWN: u64 = 4;

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for way in served(stack) {
        let master = way.to.master;
        if !master.is_main || !seen.insert(master.files.first()) {
            continue;
        }
        let Some((files, by, known)) = limit(stack, master) else { continue };
        let read: Vec<&Pool> = master.pools.iter().filter(|pool| is_read(pool)).collect();
        let needs =
            |children: fn(&Pool) -> u64| OWN + PIPES * read.iter().map(|pool| children(pool)).sum::<u64>();
        let (first, all) = (needs(started), needs(most));
        let Some((pool, (_, set))) = read
            .iter()
            .filter_map(|pool| Some((pool, pool.max_children()?)))
            .max_by_key(|(_, (most, _))| *most)
        else {
            continue;
        };
        if all <= files {
            continue;
        }
        let message =
            format!("PHP-FPM may open {}, and takes {all} when all processes run", count(files, "file"));
        let finding = Finding::new(&RULE, by.unwrap_or_else(|| set.at()), message)
            .help(format!("in `[global]`: rlimit_files = {}", (all * 2).next_power_of_two().max(1024)));
        let finding = match by {
            Some(_) => {
                finding.related(set.at(), format!("two for each process of pool `{}`", clip(&pool.name)))
            }
            None => finding,
        };
        let finding = match pool.get("catch_workers_output") {
            Some(catch) => finding.related(catch.at(), "it reads what they print"),
            None => finding,
        };
        let finding = match known {
            Some(known) => finding.note(known),
            None => finding,
        };
        out.push(match first > files {
            true => finding
                .label(format!(
                    "it ends as soon as it has started, and {} end as 502",
                    passed_requests(way.pass)
                ))
                .note("PHP-FPM logs: failed to prepare the stdout or stderr pipe: Too many open files (24)"),
            false => finding
                .level(Level::Info)
                .confidence(Confidence::Medium)
                .label("under load it cannot start the processes that it lacks"),
        });
    }
}

/// How many files the master may open, where that is set, and how else it is known.
fn limit(stack: &Stack, master: &Master) -> Option<(u64, Option<Span>, Option<String>)> {
    if let Some(set) = master.global.get("rlimit_files") {
        return Some((u64::try_from(set.integer()?).ok().filter(|files| *files > 0)?, Some(set.at()), None));
    }
    let (name, unit) = stack.host.unit_of(master)?;
    let limit = unit.get("LimitNOFILE")?;
    let files = number::integer(limit.split(':').next().unwrap_or(limit).as_bytes())?;
    Some((files, None, Some(format!("{}.service has `LimitNOFILE={}`", clip(name), clip(limit)))))
}

fn is_read(pool: &Pool) -> bool {
    pool.settings.flag("catch_workers_output", false) == Some(true)
}

/// The processes that it starts with.
fn started(pool: &Pool) -> u64 {
    match pool.process_manager().as_deref() {
        Some("static") => most(pool),
        Some("dynamic") => {
            let number = pool.get("pm.start_servers").and_then(|start| u64::try_from(start.integer()?).ok());
            number.unwrap_or(0).min(most(pool))
        }
        _ => 0,
    }
}

fn most(pool: &Pool) -> u64 {
    pool.max_children().map_or(0, |(children, _)| children.into())
}
