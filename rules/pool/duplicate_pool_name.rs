//! Two pools under one name: they become one.

use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Pool, Setting};
use gatelint_syntax::Span;

use crate::edit::{self, Mend};
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "duplicate-pool-name",
    summary: "two whole pools of one name become one, and nothing listens where the first does",
    level: Level::Warning,
    covers: &["F10"],
    since: "0.1.0",
    page: include_str!("duplicate_pool_name.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for (_, pool) in stack.fpm.pools() {
        out.extend(twice(stack, pool));
    }
}

/// The second whole pool of a name, where it moves the address of the first.
fn twice(stack: &Stack, pool: &Pool) -> Option<Finding> {
    let mut whole = pool.headers.iter().filter_map(|header| Some((*header, listen(pool, *header)?)));
    let (first, lost) = whole.next()?;
    let (second, kept) = whole.find(|(header, kept)| *header != first && kept.value != lost.value)?;
    let name = clip(&pool.name);
    let message = format!("pool `{name}` is defined twice: both definitions become one pool");
    let lost_text = lost.text()?;
    let kept_text = kept.text()?;
    // A file that overrides another one is mostly called so.
    let is_meant = second.file != first.file && {
        let path = |span: Span| stack.sources.get(span.file).map(|source| source.path.as_path());
        path(first).and_then(std::path::Path::parent) != path(second).and_then(std::path::Path::parent)
            || path(second).is_none_or(|path| sounds_like_override(&path.to_string_lossy()))
    };
    let finding = Finding::new(&RULE, second, message)
        .label(format!("its `listen` replaces `{}`", clip(&lost_text)))
        .related(first, "the first definition")
        .related(lost.at(), "nothing listens here")
        .suggest(
            format!("a name of its own: [{name}2]"),
            edit::within(stack, second, &pool.name, &format!("{}2", pool.name)),
        )
        .note(format!("`php-fpm -t` accepts it; the pool listens on `{}` alone", clip(&kept_text)));
    Some(if is_meant { finding.level(Level::Info) } else { finding })
}

/// The `listen` of a section that is a pool of its own: one that says how many processes there are as well.
fn listen(pool: &Pool, header: Span) -> Option<&Setting> {
    let own = |key: &str| {
        let settings =
            pool.settings.all.iter().rev().filter(|one| one.index.is_none() && one.key.name == key);
        settings.into_iter().find(|one| section(pool, one.span) == Some(header))
    };
    (own("pm").is_some() && own("pm.max_children").is_some()).then(|| own("listen"))?
}

/// The header above a place of the same file.
pub(super) fn section(pool: &Pool, at: Span) -> Option<Span> {
    let above = pool.headers.iter().filter(|header| header.file == at.file && header.start <= at.start);
    above.max_by_key(|header| header.start).copied()
}

fn sounds_like_override(path: &str) -> bool {
    const WORDS: &[&str] =
        &["zz", "override", "overwrite", "local", "custom", "docker", "prod", "dev", "final"];
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word)) || name.starts_with('9')
}
