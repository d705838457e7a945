//! Names that PHP has no setting for.

use gatelint_catalog::php;
use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;

use super::entry::{Entry, entries};
use super::misplaced_fpm_key;
use crate::edit::{self, Mend};
use crate::say::clip;
use crate::words;

pub(crate) const RULE: Rule = Rule {
    name: "unknown-php-setting",
    summary: "a misspelt setting of PHP, which has no effect",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unknown_php_setting.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(entries(stack).filter_map(|entry| finding(stack, &entry)));
}

fn finding(stack: &Stack, entry: &Entry<'_>) -> Option<Finding> {
    let name = entry.name;
    // A pool may load an extension; php.ini names those of Zend besides.
    let loads = ["extension", "zend_extension"].contains(&name);
    if name.is_empty()
        || loads
        || entry.known().is_some()
        || words::is_template(name)
        || misplaced_fpm_key::is_fpm(name)
    {
        return None;
    }
    let meant = meant(name);
    // Extensions bring settings of their own; what only a php.ini names may be theirs, or an application's.
    if meant.is_none() && (entry.by.is_none() || !is_known_prefix(name)) {
        return None;
    }
    let mut finding = Finding::new(&RULE, entry.key, format!("PHP has no setting `{}`", clip(name)))
        .label("it has no effect");
    if let Some((_, setting)) = entry.by {
        let array = setting.key.name.replace("flag", "value");
        finding = finding
            .note(format!("each process says on its error output: Unable to set {array} '{}'", clip(name)));
    }
    Some(match meant {
        Some(meant) => {
            let value = entry.value.map(String::from_utf8_lossy).unwrap_or_default();
            finding.suggest(entry.with(meant, &clip(&value)), edit::within(stack, entry.key, name, meant))
        }
        None => finding.level(Level::Info),
    })
}

/// The setting that a name is a slip of. It has the same prefix: another one is that of another extension.
fn meant(name: &str) -> Option<&'static str> {
    let same_prefix = || php::settings().iter().map(|one| one.name).filter(|one| prefix(one) == prefix(name));
    let sorted = |name: &str| {
        let mut words: Vec<String> = name.split(['_', '.']).map(str::to_ascii_lowercase).collect();
        words.sort();
        words
    };
    let own = sorted(name);
    same_prefix().find(|one| sorted(one) == own).or_else(|| words::nearest(name, same_prefix()))
}

fn is_known_prefix(name: &str) -> bool {
    php::settings().iter().any(|one| prefix(one.name) == prefix(name))
}

/// The extension's part of a name; PHP's own settings mostly have none.
fn prefix(name: &str) -> Option<&str> {
    name.split_once('.').map(|(prefix, _)| prefix)
}
