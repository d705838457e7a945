//! Logs: `ngx_log_set_log()` of `src/core/ngx_log.c`, `src/http/modules/ngx_http_log_module.c` and the stream module,
//! `src/core/ngx_syslog.c`.

use gatelint_catalog::nginx::{Directive, Name};

use super::super::line::Line;
use super::super::{Expected, Fault, script};
use super::{Setter, stranger};
use crate::nginx::url::{self, UrlRules};
use crate::nginx::{ContextKind, number};

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("error_log", error_log), ("access_log", access_log), ("log_format", log_format)];

const LEVELS: &[&str] = &[
    "debug",
    "info",
    "notice",
    "warn",
    "error",
    "crit",
    "alert",
    "emerg",
    "debug_core",
    "debug_alloc",
    "debug_mutex",
    "debug_event",
    "debug_http",
    "debug_mail",
    "debug_stream",
];

const PARAMETERS: &[&str] = &["buffer=", "flush=", "gzip", "if="];

const FACILITIES: &[&str] = &[
    "kern", "user", "mail", "daemon", "auth", "intern", "lpr", "news", "uucp", "clock", "authpriv", "ftp",
    "ntp", "audit", "alert", "cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

const SEVERITIES: &[&str] = &["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"];

/// The port of a syslog server.
const SYSLOG: UrlRules = UrlRules { default_port: Some(514), uri_part: false };

fn error_log(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let to = line.word(1)?;
    if let Some(size) = to.strip_prefix(b"memory:") {
        if number::size(size).is_none() {
            let message = format!("invalid buffer size \"{}\"", String::from_utf8_lossy(size));
            return Some(Fault::value(1, Expected::Size, message));
        }
    } else if let Some(fault) = syslog(&to) {
        return Some(fault);
    }
    let (mut has_level, mut has_mask) = (false, false);
    line.words_from(2).find_map(|(index, word)| {
        let is_known = LEVELS.iter().any(|level| level.as_bytes() == &*word);
        let is_mask = word.starts_with(b"debug_");
        let refusal = match (is_known, is_mask) {
            (false, _) => Some("invalid"),
            (true, true) => has_level.then_some("invalid"),
            (true, false) => (has_level || has_mask).then_some("duplicate"),
        };
        has_level |= !is_mask;
        has_mask |= is_mask;
        refusal.map(|what| {
            let message = format!("{what} log level \"{}\"", String::from_utf8_lossy(&word));
            let expected = if is_known { Expected::What("one level") } else { Expected::OneOf(LEVELS) };
            Fault::value(index, expected, message)
        })
    })
}

fn access_log(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let to = line.word(1)?;
    if *to == *b"off" {
        let (index, word) = line.words_from(2).next()?;
        let message = format!("invalid parameter \"{}\"", String::from_utf8_lossy(&word));
        return Some(Fault::value(index, Expected::OneOf(&[]), message));
    }
    if let Some(fault) = syslog(&to) {
        return Some(fault);
    }
    let has_variables = to.contains(&b'$') && !to.starts_with(b"syslog:");
    if let Some(fault) = script::judge(1, &to).filter(|_| has_variables) {
        return Some(fault);
    }
    let Some(format) = line.word(2) else {
        let is_stream = matches!(line.kind, ContextKind::Stream | ContextKind::StreamServer);
        let format = Expected::What("the name of a `log_format`");
        return is_stream.then(|| Fault::value(0, format, "log format is not specified"));
    };
    if is_swallowed(line, &format) {
        let message = format!("unknown log format \"{}\"", String::from_utf8_lossy(&format));
        return Some(Fault::value(2, Expected::What("the name of a `log_format`"), message));
    }
    let (mut size, mut flush) = (0, None);
    for (index, word) in line.words_from(3) {
        let wrong = |expected, message| Some(Fault::value(index, expected, message));
        let shown = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        if let Some(value) = word.strip_prefix(b"buffer=") {
            match number::size(value).filter(|size| *size > 0) {
                Some(bytes) => size = bytes,
                None => return wrong(Expected::Size, format!("invalid buffer size \"{}\"", shown(value))),
            }
        } else if let Some(value) = word.strip_prefix(b"flush=") {
            match number::milliseconds(value).filter(|time| *time > 0) {
                Some(_) => flush = Some(index),
                None => return wrong(Expected::Time, format!("invalid flush time \"{}\"", shown(value))),
            }
        } else if *word == *b"gzip" || word.starts_with(b"gzip=") {
            let level = word.strip_prefix(b"gzip=");
            if let Some(level) =
                level.filter(|level| !number::integer(level).is_some_and(|level| (1..=9).contains(&level)))
            {
                let message = format!("invalid compression level \"{}\"", shown(level));
                return wrong(Expected::Between(1, 9), message);
            }
            size = size.max(1);
        } else if let Some(value) = word.strip_prefix(b"if=") {
            let fault = script::judge(index, value);
            if fault.is_some() {
                return fault;
            }
        } else {
            return wrong(Expected::OneOf(PARAMETERS), format!("invalid parameter \"{}\"", shown(&word)));
        }
    }
    let to = String::from_utf8_lossy(&to);
    let what = Expected::What("`buffer=size` beside it");
    match flush {
        Some(index) if size == 0 => {
            let message = format!("no buffer is defined for access_log \"{to}\"");
            Some(Fault::value(index, what, message))
        }
        _ if size > 0 && has_variables => {
            let file = Expected::What("a file without variables where a buffer is used");
            Some(Fault::value(1, file, "buffered logs cannot have variables in name"))
        }
        _ if size > 0 && to.starts_with("syslog:") => {
            let file = Expected::What("a file where a buffer is used");
            Some(Fault::value(1, file, "logs to syslog cannot be buffered"))
        }
        _ => None,
    }
}

/// Formats are defined elsewhere; the name of a directive followed by no parameter is none.
fn is_swallowed(line: &Line<'_>, format: &[u8]) -> bool {
    Name::find(format).is_some() && *format != *b"combined" && stranger(line, 3, PARAMETERS).is_some()
}

fn log_format(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let first = line.word(2)?;
    let mut from = 2;
    if let Some(escape) = first.strip_prefix(b"escape=") {
        if !matches!(escape, b"json" | b"none" | b"default") {
            let message = format!("unknown log format escaping \"{}\"", String::from_utf8_lossy(escape));
            let known = Expected::OneOf(&["escape=default", "escape=json", "escape=none"]);
            return Some(Fault::value(2, known, message));
        }
        from = 3;
    }
    line.words_from(from).find_map(|(index, word)| script::judge_log(index, &word))
}

/// `syslog:server=address,facility=...`, as `ngx_syslog_parse_args()` reads it.
fn syslog(to: &[u8]) -> Option<Fault> {
    let parameters = to.strip_prefix(b"syslog:")?;
    let (mut server, mut facility, mut severity, mut tag) = (false, false, false, false);
    let wrong = |expected, message: String| Some(Fault::value(1, expected, message));
    let repeated = |seen: &mut bool, what: &str| {
        let message = format!("duplicate syslog \"{what}\"");
        std::mem::replace(seen, true).then(|| Fault::value(1, Expected::What("each parameter once"), message))
    };
    for parameter in parameters.split(|byte| *byte == b',') {
        let shown = String::from_utf8_lossy(parameter);
        let fault = if let Some(address) = shown.strip_prefix("server=") {
            repeated(&mut server, "server").or_else(|| {
                let error = url::parse(address, SYSLOG).err()?;
                let host = Expected::What("`host[:port]` or `unix:path`");
                wrong(host, format!("{error} in syslog server \"{address}\""))
            })
        } else if let Some(name) = shown.strip_prefix("facility=") {
            repeated(&mut facility, "facility").or_else(|| {
                let is_known = FACILITIES.contains(&name);
                let message = format!("unknown syslog facility \"{name}\"");
                if is_known { None } else { wrong(Expected::OneOf(FACILITIES), message) }
            })
        } else if let Some(name) = shown.strip_prefix("severity=") {
            repeated(&mut severity, "severity").or_else(|| {
                let is_known = SEVERITIES.contains(&name);
                let message = format!("unknown syslog severity \"{name}\"");
                if is_known { None } else { wrong(Expected::OneOf(SEVERITIES), message) }
            })
        } else if let Some(name) = parameter.strip_prefix(b"tag=") {
            repeated(&mut tag, "tag").or_else(|| {
                let letters = Expected::What("a tag of at most 32 letters, digits and `_`");
                if name.len() > 32 {
                    return wrong(letters, "syslog tag length exceeds 32".to_owned());
                }
                let is_plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                let message = "syslog \"tag\" only allows alphanumeric characters and underscore";
                if is_plain { None } else { wrong(letters, message.to_owned()) }
            })
        } else if parameter == b"nohostname" {
            None
        } else {
            let known = Expected::OneOf(&["server=", "facility=", "severity=", "tag=", "nohostname"]);
            wrong(known, format!("unknown syslog parameter \"{shown}\""))
        };
        if fault.is_some() {
            return fault;
        }
    }
    if server {
        None
    } else {
        wrong(Expected::What("`server=address`"), "no syslog server specified".to_owned())
    }
}
