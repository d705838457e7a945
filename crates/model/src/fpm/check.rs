//! What php-fpm checks after reading: `fpm_conf_post_process()`, `fpm_conf_process_all_pools()` and
//! `fpm_unix_test_config()`, in their order.

use std::collections::HashMap;
use std::path::Path;

use gatelint_syntax::{Span, TextRange};

use super::{Explanation, Guess, Master, Place, Pool, Refusal, Setting, Stage};
use super::{check_host, check_paths, check_pm};
use crate::{Files, Options, Sources};

/// How many refusals are kept; php-fpm prints the first.
const MAX_REFUSALS: usize = 1000;

/// Where checks put what they find.
pub(super) struct Refusals<'a>(pub(super) &'a mut Vec<Refusal>);

impl Refusals<'_> {
    /// php-fpm's own test refuses, without a place.
    pub(super) fn test(&mut self, primary: Span, log: String, explanation: Explanation, places: Vec<Place>) {
        self.0.push(Refusal {
            stage: Stage::Test,
            at: None,
            primary,
            log,
            explanation,
            places,
            is_likely: false,
        });
    }

    /// A value is out of bounds.
    pub(super) fn value(&mut self, setting: &Setting, log: String, reason: &str) {
        let explanation =
            Explanation::BadValue { key: setting.key.name.to_owned(), reason: reason.to_owned() };
        self.test(setting.at(), log, explanation, Vec::new());
    }
}

pub(super) fn all(master: &mut Master, files: &dyn Files, sources: &Sources, options: &Options) {
    let mut found = Vec::new();
    let mut out = Refusals(&mut found);
    globals(master, files, &mut out);
    if master.is_main && master.is_whole && master.pools.is_empty() {
        no_pool(master, sources, &mut out);
    }
    let has_edge_trigger = has_edge_trigger(master);
    for pool in &master.pools {
        if master.is_whole {
            required(master, pool, &mut out);
        }
        check_pm::check(pool, has_edge_trigger, &mut out);
        check_paths::requests(pool, &mut out);
        slowlog(pool, &mut out);
        check_paths::chroot(pool, &mut out);
        let found = out.0.len();
        check_host::directories(master, pool, files, options.complete, &mut out);
        if out.0.len() == found {
            check_host::logs(master, pool, files, &mut out);
        }
    }
    check_paths::status_listen(master, &mut out);
    duplicates(master, sources, &mut out);
    check_paths::access_log(master, files, &mut out);
    for pool in &master.pools {
        access_format(pool, &mut out);
    }
    check_host::accounts(master, files, &mut out);
    found.truncate(MAX_REFUSALS);
    master.refusals.append(&mut found);
}

fn globals(master: &Master, files: &dyn Files, out: &mut Refusals<'_>) {
    let number = |key| {
        let setting = master.global.get(key)?;
        setting.integer().map(|number| (setting, number))
    };
    if let Some((setting, _)) = number("log_limit").filter(|(_, number)| *number < 512) {
        out.value(setting, "log_limit must be greater than 512".into(), "it is less than 512");
    }
    if let Some((setting, _)) = number("process.max").filter(|(_, number)| *number < 0) {
        out.value(setting, "process_max can't be negative".into(), "it is negative");
    }
    if let Some((setting, _)) = number("process.priority").filter(|(_, number)| bad_priority(*number)) {
        let log = "process.priority must be included into [-19,20]".into();
        out.value(setting, log, "it is not within -19 and 20");
    }
    check_paths::error_log(master, files, out);
    let mechanism = master.global.get("events.mechanism");
    if let Some((setting, text)) = mechanism.and_then(|setting| Some((setting, setting.text()?)))
        && !["epoll", "poll", "select"].iter().any(|one| text.eq_ignore_ascii_case(one))
    {
        let log = format!("event mechanism '{text}' is not available on this system");
        out.value(setting, log, "Linux has `epoll`, `poll` and `select`");
    }
}

/// Not set (64) is no priority either.
fn bad_priority(number: i32) -> bool {
    number != 64 && !(-19..=20).contains(&number)
}

fn has_edge_trigger(master: &Master) -> Option<bool> {
    match master.global.get("events.mechanism") {
        None => Some(true),
        Some(setting) => Some(setting.text()?.eq_ignore_ascii_case("epoll")),
    }
}

fn no_pool(master: &Master, sources: &Sources, out: &mut Refusals<'_>) {
    // A directory that the tree does not carry may hold pools; what was refused may have been one.
    let hidden = master.includes.iter().any(|include| include.files == 0 && !include.has_directory);
    if hidden || !out.0.is_empty() || !master.refusals.is_empty() {
        return;
    }
    let empty = master.includes.iter().find(|include| include.files == 0).or(master.includes.last());
    let first_line = |file| {
        let source = sources.get(file)?;
        Some(source.lines().range(1, &source.bytes).in_file(file))
    };
    let file = master.files.first().copied();
    let start = || file.map(|file| first_line(file).unwrap_or(TextRange::empty(0).in_file(file)));
    if let Some(primary) = empty.map(|include| include.span).or_else(start) {
        let log = "No pool defined. at least one pool section must be specified in config file".into();
        out.test(primary, log, Explanation::NoPool, Vec::new());
    }
}

/// The keys without which a pool does not start. One refusal for all that are missing.
fn required(master: &Master, pool: &Pool, out: &mut Refusals<'_>) {
    let name = &pool.name;
    let mut missing: Vec<(&'static str, String)> = Vec::new();
    if pool.get("user").is_none() {
        missing.push(("user", format!("[pool {name}] user has not been defined")));
    }
    let mut first = |key: &'static str, log: String| match pool.get(key) {
        None => missing.push((key, log)),
        Some(setting) if setting.value.as_ref().is_some_and(Vec::is_empty) => {
            out.value(setting, log, "it is empty");
        }
        Some(_) => {}
    };
    first("listen", format!("[pool {name}] no listen address have been defined!"));
    let setting = pool.get("process.priority");
    if let Some((setting, _)) = setting
        .and_then(|setting| Some((setting, setting.integer()?)))
        .filter(|(_, number)| bad_priority(*number))
    {
        let log = format!("[pool {name}] process.priority must be included into [-19,20]");
        out.value(setting, log, "it is not within -19 and 20");
    }
    if pool.get("pm").is_none() {
        let text = "the process manager is missing (static, dynamic or ondemand)";
        missing.push(("pm", format!("[pool {name}] {text}")));
    }
    if pool.get("pm.max_children").is_none() {
        missing.push(("pm.max_children", format!("[pool {name}] pm.max_children must be a positive value")));
    }
    // What was refused while reading may be what is missing; a pool file alone may rely on others.
    let is_elsewhere = |refusal: &Refusal| {
        matches!(&refusal.explanation, Explanation::UnknownKey { guess: Guess::PoolKey, .. })
    };
    if pool.is_damaged || !master.is_main || master.refusals.iter().any(is_elsewhere) {
        return;
    }
    let keys: Vec<&'static str> = missing.iter().map(|(key, _)| *key).collect();
    if let Some((_, log)) = missing.into_iter().next() {
        let explanation = Explanation::MissingKeys { pool: name.clone(), keys };
        out.test(pool.header, log, explanation, Vec::new());
    }
}

/// What goes with `slowlog`.
fn slowlog(pool: &Pool, out: &mut Refusals<'_>) {
    let name = &pool.name;
    let set = |key: &str, read: fn(&Setting) -> Option<i32>| {
        let setting = pool.get(key)?;
        read(setting).filter(|number| *number != 0).map(|number| (setting, number))
    };
    let lacks_log = pool.settings.filled("slowlog") == Some(None) && !pool.is_damaged;
    let timeout = set("request_slowlog_timeout", Setting::seconds);
    let depth = set("request_slowlog_trace_depth", Setting::integer);
    let missing = |key: &str| format!("[pool {name}] 'slowlog' must be specified for use with '{key}'");
    let explanation = || Explanation::MissingKeys { pool: name.clone(), keys: vec!["slowlog"] };
    if let Some((setting, seconds)) = timeout {
        if lacks_log {
            out.test(setting.at(), missing("request_slowlog_timeout"), explanation(), Vec::new());
        }
        let terminate = set("request_terminate_timeout", Setting::seconds);
        if let Some((other, limit)) = terminate.filter(|(_, limit)| seconds > *limit) {
            let log = format!(
                "[pool {name}] 'request_slowlog_timeout' ({seconds}) can't be greater than 'request_terminate_timeout' ({limit})"
            );
            let contradiction =
                Explanation::Contradiction { pool: name.clone(), key: "request_slowlog_timeout" };
            let place = Place { span: other.at(), text: format!("a request ends after {limit} s") };
            out.test(setting.at(), log, contradiction, vec![place]);
        }
    }
    if let Some((setting, depth)) = depth {
        if lacks_log && timeout.is_none() {
            out.test(setting.at(), missing("request_slowlog_trace_depth"), explanation(), Vec::new());
        } else if depth < 0 {
            let log =
                format!("[pool {name}] 'request_slowlog_trace_depth' ({depth}) must be a positive value");
            out.value(setting, log, "it is negative");
        }
    }
}

/// Pools with equal `listen` strings; `pm.status_listen` makes a pool of its own, called after its pool.
fn duplicates(master: &Master, sources: &Sources, out: &mut Refusals<'_>) {
    let mut taken: HashMap<String, (String, Span)> = HashMap::new();
    let status = |pool: &Pool| {
        let setting = pool.settings.filled("pm.status_listen").flatten()?;
        let text = setting.text()?.into_owned();
        let address = if super::listen::is_path(&text) { master.complete_path(pool, &text)? } else { text };
        Some((address, format!("{}_status", pool.name), setting.at()))
    };
    let own = |pool: &Pool| {
        let listener = pool.listener.as_ref();
        if let Some(listener) = listener {
            return Some((listener.address.clone(), pool.name.clone(), listener.span));
        }
        // An address that cannot be used is compared all the same.
        let setting = pool.settings.filled("listen").flatten()?;
        Some((setting.text()?.into_owned(), pool.name.clone(), setting.at()))
    };
    let all = master.pools.iter().filter_map(own).chain(master.pools.iter().filter_map(status));
    for (address, pool, span) in all {
        let Some((other, other_span)) = taken.get(&address) else {
            taken.insert(address, (pool, span));
            continue;
        };
        // Alternatives of a template stand in one text.
        if sources.is_template(span.file) || sources.is_template(other_span.file) {
            continue;
        }
        // Pool files from different directories without a main configuration may be those of different images.
        if !master.is_main && directory(sources, span) != directory(sources, *other_span) {
            continue;
        }
        let log = format!(
            "[pool {pool}] unable to set listen address as it's already used in another pool '{other}'"
        );
        let place = Place { span: *other_span, text: format!("pool `{other}` has it already") };
        let other = other.clone();
        let explanation = Explanation::DuplicateListen { address, pool, other, other_master: false };
        out.test(span, log, explanation, vec![place]);
    }
}

fn directory(sources: &Sources, span: Span) -> Option<&Path> {
    sources.get(span.file)?.path.parent()
}

/// `access.format`, where there is an `access.log`: `fpm_log_write()` in its test mode.
fn access_format(pool: &Pool, out: &mut Refusals<'_>) {
    if pool.settings.filled("access.log").flatten().is_none() {
        return;
    }
    let Some((setting, format)) = pool.get("access.format").and_then(|one| Some((one, one.text()?))) else {
        return;
    };
    if !is_access_format(format.as_bytes()) {
        let log = format!("[pool {}] wrong format for access.format '{format}'", pool.name);
        out.value(setting, log, "a `%` token in it is not known");
    }
}

fn is_access_format(format: &[u8]) -> bool {
    let mut rest = format;
    while let Some(at) = memchr::memchr(b'%', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        let mut argument: Option<&[u8]> = None;
        if let [b'{', inner @ ..] = rest {
            let Some(end) = memchr::memchr(b'}', inner) else { return false };
            argument = inner.get(..end);
            rest = inner.get(end + 1..).unwrap_or_default();
        }
        let Some((token, after)) = rest.split_first() else { return argument.is_none() };
        let known = match token {
            b'%' | b'f' | b'l' | b'm' | b'n' | b'p' | b'P' | b'q' | b'Q' | b'r' | b'R' | b's' | b'u' => true,
            b'C' => matches!(argument, None | Some(b"" | b"user" | b"system" | b"total")),
            b'd' => matches!(
                argument,
                None | Some(
                    b"" | b"seconds"
                        | b"mili"
                        | b"milli"
                        | b"miliseconds"
                        | b"milliseconds"
                        | b"micro"
                        | b"microseconds"
                )
            ),
            b'M' => matches!(
                argument,
                None | Some(b"" | b"bytes" | b"kilo" | b"kilobytes" | b"mega" | b"megabytes")
            ),
            b'e' | b'o' => argument.is_some_and(|argument| !argument.is_empty()),
            b't' | b'T' => true,
            _ => false,
        };
        if !known {
            return false;
        }
        rest = after;
    }
    true
}
