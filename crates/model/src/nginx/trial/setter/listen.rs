//! `listen`: `ngx_http_core_listen()`, `ngx_stream_core_listen()`, `ngx_mail_core_listen()`; and `server_name`.

use gatelint_catalog::nginx::{Directive, Version};

use super::super::line::Line;
use super::super::{Defect, Expected, Fault};
use super::{Setter, regex};
use crate::nginx::{ContextKind, inet, number};
use crate::target::Lack;

pub(super) const SETTERS: &[(&str, Setter)] = &[("listen", listen), ("server_name", server_name)];

/// Since when each section knows a parameter; `None`: never.
type Since = Option<Version>;

/// Older than any nginx that is looked at.
const OLD: Since = Some((1, 0, 0));

/// Since stream has servers of one address.
const VIRTUAL: Since = Some((1, 25, 5));

/// A parameter (with `=` where it takes a value), and since when http, stream and mail know it.
const PARAMETERS: &[(&str, [Since; 3])] = &[
    ("default_server", [OLD, VIRTUAL, None]),
    ("default", [OLD, None, None]),
    ("bind", [OLD, OLD, OLD]),
    ("setfib=", [OLD, VIRTUAL, None]),
    ("fastopen=", [OLD, Some((1, 21, 0)), None]),
    ("backlog=", [OLD, OLD, OLD]),
    ("rcvbuf=", [OLD, OLD, OLD]),
    ("sndbuf=", [OLD, OLD, OLD]),
    ("accept_filter=", [OLD, VIRTUAL, None]),
    ("deferred", [OLD, VIRTUAL, None]),
    ("ipv6only=o", [OLD, OLD, OLD]),
    ("reuseport", [OLD, OLD, None]),
    ("multipath", [Some((1, 29, 7)), Some((1, 29, 7)), Some((1, 29, 7))]),
    ("ssl", [OLD, OLD, OLD]),
    ("http2", [OLD, None, None]),
    ("quic", [Some((1, 25, 0)), None, None]),
    ("udp", [None, OLD, None]),
    ("so_keepalive=", [OLD, OLD, OLD]),
    ("proxy_protocol", [OLD, OLD, Some((1, 19, 8))]),
];

fn listen(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let default_port = if line.kind == ContextKind::Server { 80 } else { 0 };
    let text = line.word(1)?;
    if !text.contains(&b'$')
        && let Err(why) = inet::endpoint(&text, default_port)
    {
        let message = format!("{why} in \"{}\" of the \"listen\" directive", String::from_utf8_lossy(&text));
        return Some(Fault::value(1, Expected::What("an address, a port or a `unix:` socket"), message));
    }
    line.words_from(2).find_map(|(index, word)| parameter(line, index, &word)).or_else(|| exclusive(line))
}

/// One parameter by itself.
fn parameter(line: &Line<'_>, index: usize, word: &[u8]) -> Option<Fault> {
    if word.contains(&b'$') {
        return None;
    }
    let fits = |name: &str| match name.split_once('=') {
        Some(_) => word.starts_with(name.as_bytes()),
        None => word == name.as_bytes(),
    };
    let shown = String::from_utf8_lossy(word);
    let unknown = |lack| {
        let message = match line.kind {
            ContextKind::Server => format!("invalid parameter \"{shown}\""),
            _ => format!("the invalid \"{shown}\" parameter"),
        };
        let fault = Fault::value(index, Expected::What("an address and parameters of `listen`"), message);
        Some(Fault { lack, ..fault })
    };
    let Some((name, known)) = PARAMETERS.iter().find(|(name, _)| fits(name)) else {
        return unknown(None);
    };
    let since = match line.kind {
        ContextKind::Server => known[0],
        ContextKind::StreamServer => known[1],
        _ => known[2],
    };
    match since {
        None => return unknown(None),
        Some(since) if line.target.is_at_least(since) == Some(false) => {
            return unknown(Some(Lack::Since(since)));
        }
        _ => {}
    }
    let value = word.get(name.len()..).unwrap_or_default();
    let (is_valid, expected) = match *name {
        "backlog=" => (number::integer(value).is_some_and(|count| count > 0), Expected::Number),
        "fastopen=" => (number::integer(value).is_some(), Expected::Number),
        "rcvbuf=" | "sndbuf=" => (number::size(value).is_some(), Expected::Size),
        "ipv6only=o" => (matches!(value, b"n" | b"ff"), Expected::OneOf(&["ipv6only=on", "ipv6only=off"])),
        "so_keepalive=" => (
            matches!(value, b"on" | b"off") || is_keepalive(value),
            Expected::What("`on`, `off` or `idle:interval:count`"),
        ),
        _ => return None,
    };
    (!is_valid).then(|| {
        let message = match *name {
            "ipv6only=o" => format!("invalid ipv6only flags \"o{}\"", String::from_utf8_lossy(value)),
            "so_keepalive=" => {
                format!("invalid so_keepalive value: \"{}\"", String::from_utf8_lossy(value))
            }
            name => format!("invalid {} \"{shown}\"", name.trim_end_matches('=')),
        };
        Fault::value(index, expected, message)
    })
}

/// `idle:interval:count`: each may be left out, not all.
fn is_keepalive(value: &[u8]) -> bool {
    let mut parts = value.splitn(3, |&byte| byte == b':');
    let mut next = |parse: fn(&[u8]) -> Option<u64>| match parts.next() {
        None | Some(b"") => Some(0),
        Some(part) => parse(part),
    };
    let parts = [next(number::seconds), next(number::seconds), next(number::integer)];
    parts.iter().all(Option::is_some) && parts.iter().flatten().any(|&part| part > 0)
}

/// Parameters that a datagram socket does not take.
fn exclusive(line: &Line<'_>) -> Option<Fault> {
    let datagram = match line.kind {
        ContextKind::Server => "quic",
        ContextKind::StreamServer => "udp",
        _ => return None,
    };
    line.words_from(2).find(|(_, word)| **word == *datagram.as_bytes())?;
    let find = |name: &'static str| {
        let word = line.words_from(2).find(|(_, word)| match name.strip_suffix('=') {
            Some(_) => word.starts_with(name.as_bytes()),
            None => **word == *name.as_bytes(),
        });
        word.map(|(index, _)| (index, name.trim_end_matches('=')))
    };
    let (index, name) =
        ["backlog=", "ssl", "http2", "so_keepalive=", "proxy_protocol", "fastopen=", "deferred", "multipath"]
            .into_iter()
            .find_map(find)?;
    let message = format!("\"listen\" directive \"{name}\" parameter is incompatible with \"{datagram}\"");
    Some(Fault::new(Defect::Listen, index, message))
}

/// `ngx_http_core_server_name()`; what several servers of one address make of it, `across::server_name` judges.
fn server_name(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    if line.kind == ContextKind::MailServer || line.kind == ContextKind::Mail {
        return None;
    }
    line.words_from(1).find_map(|(index, word)| {
        let fault = |message: String| {
            let expected = Expected::What("a name such as `example.com`, `*.example.com` or `~pattern`");
            Some(Fault::value(index, expected, message))
        };
        let shown = || String::from_utf8_lossy(&word).into_owned();
        match &*word {
            [b'*'] | [b'*', _] | [b'.'] => fault(format!("server name \"{}\" is invalid", shown())),
            [b'*', second, ..] if *second != b'.' => fault(format!("server name \"{}\" is invalid", shown())),
            [b'~'] => fault(format!("empty regex in server name \"{}\"", shown())),
            [b'~', pattern @ ..] => {
                let is_caseless = pattern.iter().any(u8::is_ascii_uppercase);
                regex::judge(index, pattern, is_caseless, &line.target)
            }
            _ => None,
        }
    })
}
