//! Times, sizes and switches that PHP-FPM and PHP read as something else than what is written.

use gatelint_catalog::fpm::Kind;
use gatelint_catalog::php::{Kind as PhpKind, Unit};
use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Setting, quantity};

use super::entry::{Entry, entries};
use super::written;
use crate::edit::{self, Mend};
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "misread-value",
    summary: "PHP or PHP-FPM reads another time, size or switch than the one that is written",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("misread_value.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let global = stack.fpm.masters.iter().flat_map(|master| &master.global.all);
    let pools = stack.fpm.pools().flat_map(|(_, pool)| &pool.settings.all);
    let times = global.chain(pools).filter(|setting| setting.key.kind == Kind::Time);
    out.extend(times.filter_map(time));
    out.extend(entries(stack).filter(|entry| !entry.is_flag()).filter_map(|entry| of_php(&entry)));
}

/// A time of PHP-FPM: the last letter is the unit, and of what stands before it the first digits count.
fn time(setting: &Setting) -> Option<Finding> {
    let text = setting.text()?;
    let read = setting.seconds()?;
    let meant = written::seconds(&text);
    // A word alone, such as `unlimited`, is 0, and that is off.
    if meant == Some(f64::from(read)) || !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let key = setting.key.name;
    let finding = Finding::new(&RULE, setting.at(), format!("`{}` is read as {read} s", clip(&text)))
        .label(format!("`{key}` is {read} s"))
        .note("PHP-FPM takes one whole number and, as the last letter, one unit: `s`, `m`, `h` or `d`");
    Some(match meant.and_then(whole) {
        Some(seconds) => {
            let value = short(seconds);
            finding.suggest(format!("{key} = {value}"), edit::replace(setting.at(), value))
        }
        None => finding,
    })
}

/// A size, a time or a switch of PHP.
fn of_php(entry: &Entry<'_>) -> Option<Finding> {
    let text = std::str::from_utf8(entry.value?).ok()?;
    let known = entry.known()?;
    if known.kind == PhpKind::Boolean {
        return switch(entry, text);
    }
    let starts = text.trim_start().trim_start_matches('-');
    // A word, such as `off`, is no number at all.
    if !starts.starts_with(|c: char| c.is_ascii_digit()) || is_based(starts) {
        return None;
    }
    let (meant, unit) = match known.unit {
        Unit::Bytes => (written::bytes(text), "bytes"),
        Unit::Seconds => (written::seconds(text), "s"),
        Unit::None => return None,
    };
    let read = quantity(text.as_bytes());
    if meant == Some(read as f64) {
        return None;
    }
    let finding = Finding::new(&RULE, entry.at, format!("`{}` is read as {read} {unit}", clip(text)))
        .label(match entry.by {
            // Lower than what a process has already taken.
            Some(_) if entry.name == "memory_limit" && (0..1 << 21).contains(&read) => {
                "so low a limit PHP does not take: that of php.ini stays".to_owned()
            }
            _ => format!("`{}` is {read} {unit}", entry.name),
        })
        .note(match known.unit {
            Unit::Seconds => "PHP takes `K`, `M` and `G` for 1024, 1024² and 1024³, also of seconds",
            _ => "PHP takes one whole number and, as the last letter, one unit: `K`, `M` or `G`",
        });
    let value = meant.and_then(whole).map(|meant| match known.unit {
        Unit::Bytes => size(meant),
        _ => meant.to_string(),
    });
    Some(match value {
        Some(value) => finding.suggest(entry.with(entry.name, &value), edit::replace(entry.at, value)),
        None => finding,
    })
}

/// A word that sounds like on and is off.
fn switch(entry: &Entry<'_>, text: &str) -> Option<Finding> {
    const ON: &[&str] = &["enable", "enabled", "active", "y", "t", "ja"];
    let word = text.trim().to_ascii_lowercase();
    ON.contains(&word.as_str()).then(|| {
        Finding::new(&RULE, entry.at, format!("`{}` is read as off", clip(text)))
            .label(format!("`{}` is off", entry.name))
            .note("PHP takes `on`, `yes`, `true` and numbers other than 0 for on")
            .suggest(entry.with(entry.name, "on"), edit::replace(entry.at, "on"))
    })
}

/// Whether a number is written with a base of its own: `0x10`, `010`.
fn is_based(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0')
}

fn whole(number: f64) -> Option<i64> {
    let is_whole = number.fract() == 0.0 && (0.0..1e15).contains(&number);
    is_whole.then_some(number as i64)
}

/// Seconds as PHP-FPM reads them.
fn short(seconds: i64) -> String {
    match seconds {
        0 => "0".to_owned(),
        seconds if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

/// Bytes as PHP reads them.
fn size(bytes: i64) -> String {
    match bytes {
        0 => "0".to_owned(),
        bytes if bytes % (1 << 30) == 0 => format!("{}G", bytes >> 30),
        bytes if bytes % (1 << 20) == 0 => format!("{}M", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{}K", bytes >> 10),
        bytes => bytes.to_string(),
    }
}
