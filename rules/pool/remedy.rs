//! What makes php-fpm take a configuration that it refuses, as edits.

use gatelint_lint::Edit;
use gatelint_model::Stack;
use gatelint_model::fpm::{Explanation, Guess, Master, Pool, Refusal};
use gatelint_syntax::Span;

use crate::edit;

/// What the help of a refusal says.
pub(super) fn edits(stack: &Stack, master: &Master, refusal: &Refusal, help: &str) -> Vec<Edit> {
    let written = || String::from_utf8_lossy(stack.sources.text(refusal.primary)).into_owned();
    let begins = |old: &str, new: &str| match written().starts_with(old) {
        true => edit::replace(Span { end: refusal.primary.start + old.len() as u32, ..refusal.primary }, new),
        false => Vec::new(),
    };
    match &refusal.explanation {
        Explanation::NoValue { key } if key.starts_with('#') => begins("#", ";"),
        Explanation::UnknownKey { guess: Guess::Comment, key } if key.starts_with("//") => begins("//", ";"),
        Explanation::UnknownKey { guess: Guess::Comment, .. } => begins("#", ";"),
        Explanation::UnknownKey { guess: Guess::Misspelt(name), key } => begins(key, name),
        Explanation::UnknownKey { guess: Guess::PhpSetting, key } => {
            begins(key, &format!("php_admin_value[{key}]"))
        }
        Explanation::MissingKeys { pool, keys } => match (named(master, pool), keys.as_slice()) {
            // php-fpm asks for one after the other; each alone would be refused for the other.
            (Some(pool), ["pm.min_spare_servers"]) if pool.get("pm.max_spare_servers").is_none() => {
                let last = pool.settings.all.last().map_or(pool.header, |last| last.span);
                let start = pool.get("pm.start_servers").and_then(|start| start.integer()).unwrap_or(0);
                edit::below(stack, last, &[help, &format!("pm.max_spare_servers = {}", start.max(3))])
            }
            (Some(pool), _) => edit::assign(stack, pool, help),
            (None, _) => Vec::new(),
        },
        Explanation::Root { pool } => {
            named(master, pool).map(|pool| edit::assign(stack, pool, help)).unwrap_or_default()
        }
        Explanation::BadAddress { address } => {
            let path = address.strip_prefix("unix:").unwrap_or_default();
            edit::within(stack, refusal.primary, address, path)
        }
        _ => Vec::new(),
    }
}

/// A number that fits, nearest to the one that php-fpm refuses beside the others, and what is done with it.
pub(super) fn number(master: &Master, refusal: &Refusal) -> (String, Vec<Edit>) {
    let found = master.pools.iter().find_map(|pool| {
        let setting = pool.settings.all.iter().rev().find(|one| one.at() == refusal.primary)?;
        let number = |key: &str| pool.get(key)?.integer();
        let (children, own) = (number("pm.max_children")?, setting.integer()?);
        let min = number("pm.min_spare_servers").unwrap_or(1).clamp(1, children.max(1));
        let fits = match setting.key.name {
            "pm.max_spare_servers" => own.clamp(min, children.max(min)),
            "pm.min_spare_servers" => min,
            "pm.start_servers" => own.clamp(min, number("pm.max_spare_servers")?.max(min)),
            _ => return None,
        };
        (fits != own).then(|| {
            (format!("{} = {fits}", setting.key.name), edit::replace(setting.at(), fits.to_string()))
        })
    });
    found.unwrap_or_default()
}

fn named<'a>(master: &'a Master, name: &str) -> Option<&'a Pool> {
    master.pools.iter().find(|pool| pool.name == name)
}
