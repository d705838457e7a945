//! Limits of requests and connections: `src/http/modules/ngx_http_limit_req_module.c`,
//! `ngx_http_limit_conn_module.c` and the module of the same name in `src/stream`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::{Setter, zone};
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("limit_req_zone", limit_zone),
    ("limit_conn_zone", limit_zone),
    ("limit_req", limit_req),
    ("limit_conn", limit_conn),
];

fn limit_zone(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let has_rate = directive.name == "limit_req_zone";
    let mut has_zone = false;
    for (index, word) in line.words_from(2) {
        let shown = String::from_utf8_lossy(&word);
        let wrong = |expected, message| Some(Fault::value(index, expected, message));
        if let Some(value) = word.strip_prefix(b"zone=") {
            match zone::size_of(value) {
                None => return wrong(zone::NAME_AND_SIZE, format!("invalid zone size \"{shown}\"")),
                Some(size) if size < 8 * zone::PAGE => {
                    return zone::too_small(index, format!("zone \"{shown}\" is too small"));
                }
                Some(_) => has_zone = !value.starts_with(b":"),
            }
        } else if let Some(rate) = word.strip_prefix(b"rate=").filter(|_| has_rate) {
            let count = rate.strip_suffix(b"r/s").or_else(|| rate.strip_suffix(b"r/m")).unwrap_or(rate);
            if number::integer(count).is_none_or(|count| count == 0) {
                return wrong(
                    Expected::What("a rate such as `10r/s` or `30r/m`"),
                    format!("invalid rate \"{shown}\""),
                );
            }
        } else {
            let known: &[&str] = if has_rate { &["zone=", "rate="] } else { &["zone="] };
            return wrong(Expected::OneOf(known), format!("invalid parameter \"{shown}\""));
        }
    }
    (!has_zone).then(|| no_zone(directive))
}

fn no_zone(directive: &'static Directive) -> Fault {
    let message = format!("\"{}\" must have \"zone\" parameter", directive.name);
    Fault::value(0, Expected::What("`zone=name:size`"), message)
}

fn limit_req(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let mut has_zone = false;
    for (index, word) in line.words_from(1) {
        let shown = String::from_utf8_lossy(&word);
        let count = |value: &[u8], what: &str| {
            number::integer(value).is_none_or(|count| count == 0).then(|| {
                let message = format!("invalid {what} value \"{shown}\"");
                Fault::value(index, Expected::What("a number from 1 on"), message)
            })
        };
        let fault = if word.starts_with(b"zone=") {
            has_zone = true;
            None
        } else if let Some(burst) = word.strip_prefix(b"burst=") {
            count(burst, "burst")
        } else if let Some(delay) = word.strip_prefix(b"delay=") {
            count(delay, "delay")
        } else if *word == *b"nodelay" {
            None
        } else {
            let known = Expected::OneOf(&["zone=", "burst=", "delay=", "nodelay"]);
            Some(Fault::value(index, known, format!("invalid parameter \"{shown}\"")))
        };
        if fault.is_some() {
            return fault;
        }
    }
    (!has_zone).then(|| no_zone(directive))
}

fn limit_conn(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(2)?;
    let message = match number::integer(&word) {
        None | Some(0) => format!("invalid number of connections \"{}\"", String::from_utf8_lossy(&word)),
        Some(65536..) => "connection limit must be less 65536".to_owned(),
        Some(_) => return None,
    };
    Some(Fault::value(2, Expected::Between(1, 65535), message))
}
