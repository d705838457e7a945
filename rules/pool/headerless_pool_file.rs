//! Pool files that continue the pool of the file before them.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::fpm::{Master, Pool, Setting};
use gatelint_syntax::FileId;
use rustc_hash::FxHashSet;

use super::duplicate_pool_name::section;
use crate::edit::{self, Mend};
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "headerless-pool-file",
    summary: "a pool file without a section header sets keys of the pool in the file before it",
    level: Level::Warning,
    covers: &["F13"],
    since: "0.1.0",
    page: include_str!("headerless_pool_file.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for (master, pool) in stack.fpm.pools().filter(|(master, _)| master.is_main) {
        let mut seen: FxHashSet<FileId> = FxHashSet::default();
        for setting in &pool.settings.all {
            let is_first = seen.insert(setting.span.file);
            if is_first && is_headerless(master, pool, setting) {
                out.push(finding(stack, master, pool, setting));
            }
        }
    }
}

/// Whether no header stands above an entry in its file, and no header above an `include` takes the file in.
fn is_headerless(master: &Master, pool: &Pool, setting: &Setting) -> bool {
    let is_meant = |file: FileId| {
        let headers = pool.headers.iter().filter(|header| header.file == file);
        let mut includes = master.includes.iter().filter(|include| include.span.file == file);
        headers.clone().next().is_some()
            && includes.any(|include| headers.clone().any(|header| header.start < include.span.start))
    };
    section(pool, setting.span).is_none() && !pool.headers.iter().any(|header| is_meant(header.file))
}

fn finding(stack: &Stack, master: &Master, pool: &Pool, first: &Setting) -> Finding {
    let file = first.span.file;
    let name = clip(&pool.name);
    let own = pool.settings.all.iter().filter(|setting| setting.span.file == file && setting.index.is_none());
    // A key of the file that is set back by a file sorted later.
    let lost = own.clone().find_map(|setting| {
        let winner = pool.get(setting.key.name)?;
        (winner.span.file != file && winner.value != setting.value).then_some((setting, winner))
    });
    let path = stack.sources.get(file).map(|source| source.path.display().to_string()).unwrap_or_default();
    let order = |file: FileId| master.files.iter().position(|one| *one == file);
    let earlier = pool.headers.iter().rev().find(|header| order(header.file) < order(file));
    let before = earlier.unwrap_or(&pool.header);
    let finding = match lost {
        Some((setting, winner)) => {
            let key = setting.key.name;
            let value = setting.text().unwrap_or_default();
            Finding::new(&RULE, setting.at(), format!("`{key} = {}` is not in force", clip(&value)))
                .label("without a header of its own this file is read before the one that has the last word")
                .related(winner.at(), "set back here")
                .help(format!("where it has the last word: {key} = {}", clip(&value)))
        }
        None => Finding::new(&RULE, first.span, format!("`{}` opens no section", clip(&path)))
            .level(Level::Info)
            .label(format!("its keys are set in pool `{name}`"))
            .suggest(format!("begin the file with [{name}]"), {
                let start = gatelint_syntax::TextRange::empty(0).in_file(file);
                edit::replace(start, format!("[{}]\n", pool.name))
            }),
    };
    finding.related(*before, "the section that is open")
}
