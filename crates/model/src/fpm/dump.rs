//! The values that a master works with, printed as `php-fpm -tt` prints them: `fpm_conf_dump()`.

use std::path::Path;

use gatelint_catalog::fpm::{self, Kind};

use super::{Master, Pool, Setting, Settings};

/// What `-tt` prints for a string that is not set.
const UNDEFINED: &str = "undefined";
/// Settings of PHP whose relative paths a pool completes (`FPM_PHP_INI_TO_EXPAND`).
const PATHS: &[&str] =
    &["error_log", "extension_dir", "mime_magic.magicfile", "sendmail_path", "session.cookie_path"];
/// The order of the facilities of syslog; each is printed as eight times its number.
const FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "", "",
    "", "", "", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
];

/// A section's keys and values in printed order; a key of an array stands once for each of its entries.
pub type Dump = Vec<(String, String)>;

impl Master {
    /// Every section as `php-fpm -tt` prints it, `global` first. What the environment decides is `?`. Made for a
    /// master that starts.
    pub fn effective(&self) -> Vec<(String, Dump)> {
        let mut sections = vec![("global".to_owned(), self.dump_global())];
        sections.extend(self.pools.iter().map(|pool| (pool.name.clone(), self.dump_pool(pool))));
        let limit = self.global.integer("log_limit", 1024).and_then(|limit| usize::try_from(limit).ok());
        for (key, value) in sections.iter_mut().flat_map(|(_, dump)| dump) {
            cut(key, value, limit.unwrap_or(1024));
        }
        sections
    }

    fn dump_global(&self) -> Dump {
        let settings = &self.global;
        let path = |key: &str, default: Option<&str>| {
            let text = text_of(settings, key).or(default.map(str::to_owned));
            match text {
                Some(text) if text == "?" || key == "error_log" && text == "syslog" => text,
                Some(text) => below(&self.layout.state, &text),
                None => UNDEFINED.to_owned(),
            }
        };
        let mut out = vec![
            ("pid".to_owned(), path("pid", None)),
            ("error_log".to_owned(), path("error_log", Some("log/php-fpm.log"))),
        ];
        for key in fpm::globals().iter().filter(|key| !matches!(key.name, "pid" | "error_log")) {
            let value = match key.name {
                "log_level" => text_of(settings, key.name).map_or("unknown value".to_owned(), |level| {
                    let level = level.to_ascii_uppercase();
                    if level == "WARN" { "WARNING".to_owned() } else { level }
                }),
                "syslog.facility" => {
                    let name = text_of(settings, key.name).unwrap_or("daemon".into()).to_ascii_lowercase();
                    FACILITIES
                        .iter()
                        .position(|one| *one == name)
                        .map_or("?".to_owned(), |at| (at * 8).to_string())
                }
                "events.mechanism" => {
                    text_of(settings, key.name).map_or("epoll".to_owned(), |text| text.to_ascii_lowercase())
                }
                _ => print(settings, key),
            };
            out.push((key.name.to_owned(), value));
        }
        out
    }

    fn dump_pool(&self, pool: &Pool) -> Dump {
        let settings = &pool.settings;
        let text = |key: &str| text_of(settings, key);
        let path = |key: &str| {
            text(key).filter(|text| !text.is_empty()).and_then(|text| self.complete_path(pool, &text))
        };
        let number = |key: &str| settings.integer(key, 0);
        let shown = |number: Option<i32>| number.map_or("?".to_owned(), |number| number.to_string());
        let pm = pool.process_manager();
        let mut out = Dump::new();
        for key in fpm::pools().iter().filter(|key| key.linux && key.name != "apparmor_hat") {
            let value = match key.name {
                "prefix" => match text("prefix") {
                    Some(text) if !text.is_empty() => below(&self.layout.prefix, &text),
                    text => text.unwrap_or(UNDEFINED.to_owned()),
                },
                "listen" => pool
                    .listener
                    .as_ref()
                    .map(|listener| listener.address.clone())
                    .or_else(|| text("listen"))
                    .unwrap_or(UNDEFINED.to_owned()),
                "chroot" => self.chroot(pool).or_else(|| text("chroot")).unwrap_or(UNDEFINED.to_owned()),
                "access.log" | "slowlog" | "chdir" => {
                    path(key.name).or_else(|| text(key.name)).unwrap_or(UNDEFINED.to_owned())
                }
                "access.format" if path("access.log").is_none() => {
                    text(key.name).unwrap_or(UNDEFINED.to_owned())
                }
                "ping.response" if text("ping.path").is_none_or(|path| path.is_empty()) => {
                    UNDEFINED.to_owned()
                }
                // The default is put in when the socket is made.
                "listen.mode" => text(key.name).unwrap_or(UNDEFINED.to_owned()),
                "pm" => pm.clone().unwrap_or(UNDEFINED.to_owned()),
                "pm.start_servers" | "pm.min_spare_servers" | "pm.max_spare_servers"
                    if pm.as_deref() == Some("ondemand") =>
                {
                    "0".to_owned()
                }
                "pm.start_servers" if pm.as_deref() == Some("dynamic") => {
                    let (min, max) = (number("pm.min_spare_servers"), number("pm.max_spare_servers"));
                    let set = number("pm.start_servers").filter(|start| *start > 0);
                    shown(set.or(min.zip(max).map(|(min, max)| min + (max - min) / 2)))
                }
                "pm.process_idle_timeout" => shown(settings.seconds(key.name, 10)),
                "pm.status_path" if text(key.name).is_none() && text("pm.status_listen").is_some() => {
                    "/".to_owned()
                }
                "request_slowlog_trace_depth" => match number(key.name) {
                    Some(0) => "20".to_owned(),
                    depth => shown(depth),
                },
                _ => print(settings, key),
            };
            out.push((key.name.to_owned(), value));
        }
        let groups = [
            ("access.suppress_path", ["access.suppress_path"; 2]),
            ("env", ["env"; 2]),
            ("php_value", ["php_value", "php_flag"]),
            ("php_admin_value", ["php_admin_value", "php_admin_flag"]),
        ];
        // Each entry is put before the ones there are.
        for (name, keys) in groups {
            let entries =
                settings.all.iter().rev().filter(|one| one.index.is_some() && keys.contains(&one.key.name));
            out.extend(entries.map(|one| {
                let index = one.index.as_deref().unwrap_or_default();
                (format!("{name}[{index}]"), self.array_value(pool, one, index))
            }));
        }
        out
    }

    fn array_value(&self, pool: &Pool, setting: &Setting, index: &str) -> String {
        if setting.key.kind == Kind::Boolean {
            return setting.flag().map_or("?".to_owned(), |on| u8::from(on).to_string());
        }
        let Some(text) = setting.text() else { return "?".to_owned() };
        let is_path =
            setting.key.name.starts_with("php_") && PATHS.iter().any(|path| path.eq_ignore_ascii_case(index));
        let is_syslog = text.eq_ignore_ascii_case("syslog")
            && index.eq_ignore_ascii_case("error_log")
            && setting.key.name == "php_admin_value";
        let completed = (is_path && !is_syslog && pool.get("chroot").is_none())
            .then(|| self.complete_path(pool, &text))
            .flatten();
        completed.unwrap_or_else(|| text.into_owned())
    }
}

/// Cuts a value that does not fit: php-fpm logs a line of up to 2047 bytes, time and level included, whole, and
/// of a longer one what `log_limit` leaves.
fn cut(key: &str, value: &mut String, log_limit: usize) {
    const BUFFER: usize = 2048;
    let lead = "[20-Nov-2026 12:00:00] NOTICE: \t".len() + key.len() + " = ".len();
    if lead + value.len() < BUFFER {
        return;
    }
    let room = log_limit.min(BUFFER).saturating_sub(1 + lead + "...".len());
    let keep = (0..=room.min(value.len())).rev().find(|at| value.is_char_boundary(*at));
    value.truncate(keep.unwrap_or(0));
    value.push_str("...");
}

/// A path below a directory, where it is relative.
fn below(base: &Path, path: &str) -> String {
    match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{}/{path}", base.to_string_lossy().trim_end_matches('/')),
    }
}

/// The text of a key, `?` where it is not known; `None` where it is not set.
fn text_of(settings: &Settings, key: &str) -> Option<String> {
    settings.get(key).map(|setting| setting.text().map_or("?".to_owned(), std::borrow::Cow::into_owned))
}

/// A value as its kind is printed.
fn print(settings: &Settings, key: &fpm::Key) -> String {
    let default = |fallback: &'static str| key.default.unwrap_or(fallback).as_bytes();
    let set = settings.get(key.name);
    let number = |number: Option<i32>| number.map_or("?".to_owned(), |number| number.to_string());
    let value = || set.map_or(Some(default("0")), |setting| setting.value.as_deref());
    match key.kind {
        Kind::Text | Kind::Choice => {
            text_of(settings, key.name).or(key.default.map(str::to_owned)).unwrap_or(UNDEFINED.to_owned())
        }
        Kind::Integer
            if key.name == "process.priority" && set.is_none_or(|one| one.integer() == Some(64)) =>
        {
            UNDEFINED.to_owned()
        }
        Kind::Integer => number(value().and_then(super::integer)),
        Kind::IntegerOrUnlimited if value().is_some_and(|text| text.eq_ignore_ascii_case(b"unlimited")) => {
            "-1".into()
        }
        Kind::IntegerOrUnlimited => number(value().and_then(super::integer)),
        Kind::Time => format!("{}s", number(value().and_then(|text| super::seconds(text).ok()))),
        Kind::Boolean => {
            let flag = value().and_then(super::number::boolean);
            flag.map_or("?", |on| if on { "yes" } else { "no" }).to_owned()
        }
    }
}
