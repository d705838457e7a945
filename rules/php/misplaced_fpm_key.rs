//! Keys of PHP-FPM where only PHP reads them.

use gatelint_catalog::{fpm, php};
use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;

use super::entry::entries;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "misplaced-fpm-key",
    summary: "a key of PHP-FPM in php.ini, or handed to PHP by a pool: it has no effect there",
    level: Level::Warning,
    covers: &["F12"],
    since: "0.1.0",
    page: include_str!("misplaced_fpm_key.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for entry in entries(stack).filter(|entry| is_fpm(entry.name)) {
        let name = clip(entry.name);
        let value = entry.value.map(String::from_utf8_lossy).unwrap_or_default();
        let help = format!("{name} = {}", clip(&value));
        let section = if fpm::pool(entry.name.as_bytes()).is_some() { "a pool" } else { "`[global]`" };
        let finding = match entry.by {
            Some((_, setting)) => {
                let message = format!("`{name}` is a key of PHP-FPM and no setting of PHP");
                Finding::new(&RULE, entry.key, message)
                    .label(format!("`{}[...]` hands it to PHP, where it has no effect", setting.key.name))
            }
            None => {
                let message = format!("`{name}` is a key of PHP-FPM and stands in a php.ini");
                Finding::new(&RULE, entry.key, message).label("PHP-FPM does not read it here")
            }
        };
        out.push(finding.help(format!("in {section} of php-fpm.conf: {help}")));
    }
    let masters = stack.fpm.masters.iter().flat_map(|master| master.php_entries());
    for entry in masters.filter(|entry| entry.name.starts_with("php_")) {
        let Some(index) = &entry.index else { continue };
        if fpm::array(entry.name.as_bytes()).is_none() {
            continue;
        }
        let value = entry.value.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let message = format!("`{}[...]` is a key of PHP-FPM and stands in a php.ini", entry.name);
        out.push(Finding::new(&RULE, entry.span, message).label("it has no effect here").help(format!(
            "{} = {}",
            clip(index),
            clip(&value)
        )));
    }
}

/// Whether a name is surely one of PHP-FPM's: a plain word, such as `user`, may be an application's own.
pub(super) fn is_fpm(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_special = name.contains(['.', '_']) || name == "pm";
    let is_key = fpm::pool(bytes).is_some() || fpm::global(bytes).is_some();
    is_special && is_key && php::setting(name).is_none()
}
