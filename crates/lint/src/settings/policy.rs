//! Settings made ready for one world: patterns compiled, addresses in normal form.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use gatelint_model::Address;
use globset::{GlobSet, GlobSetBuilder};

use super::{Pattern, RuleLevel, Settings, Thresholds};
use crate::{Finding, Level, Rule};

/// What holds in one world.
#[derive(Clone, Debug)]
pub struct Policy {
    thresholds: Thresholds,
    rules: BTreeMap<String, RuleLevel>,
    paths: Vec<(GlobSet, BTreeMap<String, RuleLevel>)>,
    stable: GlobSet,
    dynamic: GlobSet,
    external: HashSet<Address>,
    /// The directory of the world, and the one that patterns of paths start from; both absolute.
    world: PathBuf,
    base: PathBuf,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(&Settings::default(), Path::new("/"), Path::new("/"))
    }
}

impl Policy {
    /// Makes settings ready for the world whose `/` is `world`; patterns of paths start from `base`. Both are absolute
    /// paths of one machine.
    pub fn new(settings: &Settings, world: &Path, base: &Path) -> Self {
        let paths = settings.paths.iter().map(|one| (set(&one.files, true), one.rules.clone()));
        Self {
            thresholds: settings.thresholds,
            rules: settings.rules.clone(),
            paths: paths.collect(),
            stable: set(&settings.stable_hosts, false),
            dynamic: set(&settings.dynamic_hosts, false),
            external: settings.listeners.external.iter().filter_map(|one| one.address()).collect(),
            world: world.to_path_buf(),
            base: base.to_path_buf(),
        }
    }

    /// The same in another world.
    #[must_use]
    pub fn in_world(&self, world: &Path) -> Self {
        Self { world: world.to_path_buf(), ..self.clone() }
    }

    /// The limits that rules compare with.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Whether something listens at an address that no file here tells of.
    pub fn is_external(&self, address: &Address) -> bool {
        self.external.contains(address)
    }

    /// Whether the addresses of a host name are said never to change.
    pub fn is_stable(&self, host: &str) -> bool {
        is_named(&self.stable, host)
    }

    /// Whether the addresses of a host name are said to change.
    pub fn is_dynamic(&self, host: &str) -> bool {
        is_named(&self.dynamic, host)
    }

    /// Whether a rule's findings may be wanted somewhere.
    pub(crate) fn may_want(&self, rule: &Rule) -> bool {
        let is_on = |rules: &BTreeMap<String, RuleLevel>| {
            rules.get(rule.name).is_some_and(|level| *level != RuleLevel::Off)
        };
        let is_by_default = !rule.is_pedantic() && !self.rules.contains_key(rule.name);
        is_by_default || is_on(&self.rules) || self.paths.iter().any(|(_, rules)| is_on(rules))
    }

    /// What is set for a rule in a file of the world, where something is.
    pub fn level(&self, rule: &str, path: &Path) -> Option<RuleLevel> {
        let path = self.world.join(path.strip_prefix("/").unwrap_or(path));
        let near = path.strip_prefix(&self.base).ok();
        let mut paths = self.paths.iter().rev();
        paths
            .find_map(|(files, rules)| {
                rules.get(rule).filter(|_| near.is_some_and(|near| files.is_match(near)))
            })
            .or_else(|| self.rules.get(rule))
            .copied()
    }

    /// Gives a finding the level that is set; whether it is wanted. `by_name`: the rule was asked for by name, which
    /// outweighs `off`.
    pub(crate) fn apply(&self, finding: &mut Finding, rule: &Rule, paths: [&Path; 2], by_name: bool) -> bool {
        let Some(set) = paths.into_iter().find_map(|path| self.level(rule.name, path)) else {
            return by_name || !rule.is_pedantic();
        };
        match set.level() {
            None => by_name,
            Some(level) => {
                finding.level = levelled(finding.level, rule.level, level);
                true
            }
        }
    }
}

/// A level up to the rule's own is the most that a finding gets. A higher one is what those get that the rule is as
/// sure of as it ever is.
fn levelled(found: Level, own: Level, set: Level) -> Level {
    match set <= own {
        true => found.min(set),
        false if found >= own => found.max(set),
        false => found,
    }
}

fn is_named(set: &GlobSet, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    set.is_match(host)
}

fn set(patterns: &[Pattern], is_path: bool) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in patterns.iter().filter_map(|pattern| pattern.glob(is_path)) {
        set.add(glob);
    }
    // Each pattern was compiled before; all together may be too much.
    set.build().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_ceiling_up_to_the_rules_own_and_a_floor_above() {
        use Level::{Error, Info, Warning};
        for (found, own, set, expected) in [
            (Error, Error, Warning, Warning),
            (Info, Error, Warning, Info),
            (Warning, Info, Info, Info),
            (Info, Info, Error, Error),
            (Info, Warning, Error, Info),
            (Warning, Warning, Error, Error),
            (Error, Warning, Error, Error),
        ] {
            assert_eq!(levelled(found, own, set), expected, "{found:?} {own:?} {set:?}");
        }
    }
}
