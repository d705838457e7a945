//! Settings of PHP that a pool cannot give.

use gatelint_catalog::php::Unit;
use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;

use super::entry::{Entry, entries};

/// What OPcache takes its shared memory and its preloaded code from, when the master starts.
const AT_START: &[&str] = &[
    "opcache.interned_strings_buffer",
    "opcache.jit_buffer_size",
    "opcache.max_accelerated_files",
    "opcache.memory_consumption",
    "opcache.preload",
    "zend_extension",
];

pub(crate) const RULE: Rule = Rule {
    name: "ineffective-php-setting",
    summary: "a setting of PHP that comes too late in a pool, or as a flag that it is not",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("ineffective_php_setting.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(entries(stack).filter_map(|entry| late(&entry).or_else(|| flag(&entry))));
}

/// What is read before there is a pool.
fn late(entry: &Entry<'_>) -> Option<Finding> {
    entry.by?;
    if !AT_START.contains(&entry.name) {
        return None;
    }
    let value = entry.value.map(String::from_utf8_lossy)?;
    Some(
        Finding::new(&RULE, entry.key, format!("`{}` has no effect in a pool", entry.name))
            .label("PHP reads it once, when the master starts, before there are pools")
            .help(format!("in php.ini: {} = {value}", entry.name)),
    )
}

/// A number that a flag makes 1.
fn flag(entry: &Entry<'_>) -> Option<Finding> {
    let (_, setting) = entry.by.filter(|_| entry.is_flag())?;
    // `output_buffering` may be on; nothing else that is measured may.
    let unit = match entry.known()?.unit {
        Unit::Bytes if entry.name != "output_buffering" => "byte",
        Unit::Seconds => "second",
        _ => return None,
    };
    if setting.flag() != Some(true) {
        return None;
    }
    let array = setting.key.name.replace("flag", "value");
    Some(
        Finding::new(&RULE, entry.at, format!("`{}` is no switch", entry.name))
            .label(format!("as a flag it is 1 {unit}"))
            .help(format!("{array}[{}] = ...", entry.name)),
    )
}
