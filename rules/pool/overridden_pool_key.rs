//! Keys that are set more than once, and which of them counts.

use gatelint_catalog::fpm::{Key, Kind};
use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Setting, Settings};
use rustc_hash::FxHashMap;

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "overridden-pool-key",
    summary: "a key of a pool has two values, and one of them is not in force",
    level: Level::Warning,
    covers: &["F10", "F13"],
    since: "0.1.0",
    page: include_str!("overridden_pool_key.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let global = stack.fpm.masters.iter().map(|master| &master.global);
    let pools = stack.fpm.pools().map(|(_, pool)| &pool.settings);
    for settings in global.chain(pools) {
        scalars(settings, out);
        arrays(settings, out);
    }
}

/// Of plain keys the last entry counts, as everyone expects: worth knowing.
fn scalars(settings: &Settings, out: &mut Findings) {
    // By the key's place in the catalogue, which tells keys apart without comparing names.
    let mut winners: FxHashMap<*const Key, &Setting> = FxHashMap::default();
    winners.reserve(settings.all.len().min(64));
    for setting in settings.all.iter().rev().filter(|setting| setting.index.is_none()) {
        let key = setting.key.name;
        let Some(winner) = winners.get(&std::ptr::from_ref(setting.key)) else {
            winners.insert(setting.key, setting);
            continue;
        };
        if let Some((own, other)) = differ(setting, winner) {
            let message = format!("`{key} = {own}` is not in force");
            out.push(
                Finding::new(&RULE, setting.at(), message)
                    .level(Level::Info)
                    .label("a later entry of the same pool or section replaces it")
                    .related(winner.at(), format!("`{key}` is `{other}`")),
            );
        }
    }
}

/// Of entries with equal brackets the first one counts, which nobody expects.
fn arrays(settings: &Settings, out: &mut Findings) {
    let mut winners: FxHashMap<(String, &str), &Setting> = FxHashMap::default();
    for setting in &settings.all {
        let Some(index) = setting.index.as_deref().filter(|index| !index.is_empty()) else { continue };
        // A flag and a value are of one list.
        let list = setting.key.name.replace("flag", "value");
        let Some(winner) = winners.get(&(list.clone(), index)) else {
            winners.insert((list, index), setting);
            continue;
        };
        if let Some((own, other)) = differ(setting, winner) {
            let name = format!("{}[{}]", setting.key.name, clip(index));
            out.push(
                Finding::new(&RULE, setting.at(), format!("`{name} = {own}` is not in force"))
                    .label("of two entries with the same brackets PHP-FPM keeps the first")
                    .related(winner.at(), format!("the value is `{other}`"))
                    .help("one entry with the value that is meant"),
            );
        }
    }
}

/// Both values, where they are known and not the same.
fn differ(a: &Setting, b: &Setting) -> Option<(String, String)> {
    let is_same = a.value == b.value || a.span == b.span;
    let same_flag = a.flag().is_some() && a.flag() == b.flag();
    (!is_same && !same_flag).then(|| Some((shown(a)?, shown(b)?)))?
}

fn shown(setting: &Setting) -> Option<String> {
    match setting.flag().filter(|_| setting.key.kind == Kind::Boolean) {
        Some(on) => Some(if on { "on" } else { "off" }.to_owned()),
        None => setting.text().map(|text| clip(&text)),
    }
}
