//! What a pool works with.

use gatelint_model::fpm::{Master, Pool};
use gatelint_model::links::PoolRef;
use gatelint_model::nginx::PhpParams;
use gatelint_report::{Block, From, Row};

use super::sheet::Sheet;

/// The keys that decide about requests, the most asked for first.
const KEYS: &[&str] = &[
    "listen",
    "listen.owner",
    "listen.group",
    "listen.mode",
    "listen.allowed_clients",
    "listen.backlog",
    "user",
    "group",
    "chroot",
    "pm",
    "pm.max_children",
    "pm.start_servers",
    "pm.min_spare_servers",
    "pm.max_spare_servers",
    "pm.max_requests",
    "request_terminate_timeout",
    "request_slowlog_timeout",
    "slowlog",
    "catch_workers_output",
    "security.limit_extensions",
];

/// The settings of PHP that decide about requests.
const PHP: &[&str] = &[
    "memory_limit",
    "max_execution_time",
    "post_max_size",
    "upload_max_filesize",
    "max_input_vars",
    "display_errors",
    "log_errors",
    "error_log",
    "open_basedir",
    "cgi.fix_pathinfo",
];

/// A pool with what decides about requests, PHP's settings as `params` of the pass leave them.
pub(super) fn matters(sheet: Sheet<'_>, pool: PoolRef<'_>, params: &PhpParams) -> Block {
    let values = values(pool.master, pool.pool);
    let keys = KEYS.iter().filter_map(|key| row(sheet, pool.pool, &values, key));
    let php = PHP.iter().filter_map(|name| {
        let setting = pool.php(params, name);
        let from = setting.origin.span().map_or(From::Default, |span| sheet.at(span));
        let value = setting.text().filter(|value| !value.is_empty() || from != From::Default)?;
        let value = if value.is_empty() { "(empty)".to_owned() } else { value };
        Some(Row { name: (*name).to_owned(), value, from })
    });
    let mut rows: Vec<Row> = keys.collect();
    rows.extend(php);
    Block { kind: "pool", title: format!("pool {}", pool.pool.name), rows }
}

/// All keys of a pool.
pub(super) fn all(sheet: Sheet<'_>, master: &Master, pool: &Pool) -> Block {
    let values = values(master, pool);
    let says = |(key, value): &&(String, String)| value != "undefined" || pool.get(key).is_some();
    let rows = values.iter().filter(says).map(|(key, value)| {
        let set = pool.get(key).or_else(|| of_array(pool, key));
        let from = set.map_or(From::Default, |set| sheet.at(set.span));
        Row { name: key.clone(), value: value.clone(), from }
    });
    Block { kind: "pool", title: format!("pool {}", pool.name), rows: rows.collect() }
}

/// The entry of `env[A]` and the like, which the dump names by its value's kind.
fn of_array<'a>(pool: &'a Pool, key: &str) -> Option<&'a gatelint_model::fpm::Setting> {
    let (name, rest) = key.split_once('[')?;
    let index = rest.strip_suffix(']')?;
    let flag = name.replace("_value", "_flag");
    pool.settings
        .all
        .iter()
        .rev()
        .find(|one| one.index.as_deref() == Some(index) && (one.key.name == name || one.key.name == flag))
}

/// Keys and values as `php-fpm -tt` prints them.
fn values(master: &Master, pool: &Pool) -> Vec<(String, String)> {
    let sections = master.effective();
    sections
        .into_iter()
        .skip(1)
        .find(|(name, _)| *name == pool.name)
        .map(|(_, values)| values)
        .unwrap_or_default()
}

fn row(sheet: Sheet<'_>, pool: &Pool, values: &[(String, String)], key: &str) -> Option<Row> {
    let (_, value) = values.iter().find(|(name, _)| name == key)?;
    let set = pool.get(key);
    // What is not set and has no value says nothing.
    if set.is_none() && value == "undefined" {
        return None;
    }
    let from = set.map_or(From::Default, |set| sheet.at(set.span));
    Some(Row { name: key.to_owned(), value: value.clone(), from })
}
