//! Upstream groups: `ngx_http_upstream_server()` of `src/http/ngx_http_upstream.c`, the balancing modules, and the
//! same in stream.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Expected, Fault};
use super::{Setter, invalid_parameter};
use crate::nginx::url::{self, UrlRules};
use crate::nginx::{ContextKind, number};
use crate::target::Lack;

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("server", server), ("hash", hash), ("random", random), ("keepalive", keepalive), ("zone", zone)];

/// The least size of a zone: 8 pages.
const LEAST: u64 = 8 * 4096;

fn server(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    if directive.block {
        return None;
    }
    line.words_from(2).find_map(|(index, word)| parameter(line, index, &word)).or_else(|| address(line))
}

fn parameter(line: &Line<'_>, index: usize, word: &[u8]) -> Option<Fault> {
    if word.contains(&b'$') {
        return None;
    }
    let target = &line.target;
    let (name, value) = match memchr::memchr(b'=', word).and_then(|at| word.split_at_checked(at + 1)) {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let value = value.unwrap_or_default();
    let (mut lack, mut expected) = (None, Expected::What("an address and parameters of `server`"));
    let is_valid = match name {
        b"weight=" => {
            expected = Expected::Number;
            number::integer(value).is_some_and(|weight| weight > 0)
        }
        b"max_conns=" | b"max_fails=" => {
            expected = Expected::Number;
            number::integer(value).is_some()
        }
        b"fail_timeout=" => {
            expected = Expected::Seconds;
            number::seconds(value).is_some()
        }
        b"backup" | b"down" => true,
        b"resolve" | b"service=" => {
            // Open source since 1.27.3, NGINX Plus long before.
            let since = (1, 27, 3);
            let is_lacking = target.is_plus() != Some(true) && target.is_at_least(since) == Some(false);
            lack = is_lacking.then_some(Lack::Since(since));
            lack.is_none()
        }
        b"drain" | b"route=" | b"slow_start=" => {
            let is_lacking = target.is_plus() == Some(false)
                && (name == b"slow_start=" || target.is_at_least((1, 29, 6)) == Some(false));
            lack = is_lacking.then_some(Lack::Plus);
            lack.is_none()
        }
        _ => false,
    };
    (!is_valid).then(|| {
        let message = format!("invalid parameter \"{}\"", String::from_utf8_lossy(word));
        Fault { lack, ..Fault::value(index, expected, message) }
    })
}

/// The address of a stream server; those of http are judged where their peers are.
fn address(line: &Line<'_>) -> Option<Fault> {
    let word = line.word(1)?;
    let text = String::from_utf8_lossy(&word);
    if line.kind != ContextKind::StreamUpstream || text.contains('$') {
        return None;
    }
    let is_service = line.words_from(2).any(|(_, word)| word.starts_with(b"service="));
    let why = match url::parse(&text, UrlRules::default()) {
        Err(why) => why,
        Ok(url) if !url.has_port && url.socket.is_none() && !is_service => "no port",
        Ok(_) => return None,
    };
    let message = format!("{why} in upstream \"{text}\"");
    Some(Fault::value(1, Expected::What("an address with a port, or a `unix:` socket"), message))
}

fn hash(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    invalid_parameter(line, 2, &["consistent"])
}

/// `random two least_conn`; NGINX Plus knows further methods.
fn random(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    const METHODS: &[&str] = &["least_conn", "least_time="];
    let two = line.word(1).filter(|word| &**word != b"two");
    if two.is_some() {
        return invalid_parameter(line, 1, &["two"]);
    }
    let fault = invalid_parameter(line, 2, &["least_conn"])?;
    let lack = match invalid_parameter(line, 2, METHODS) {
        Some(_) => None,
        None if line.target.is_plus() == Some(false) => Some(Lack::Plus),
        None => return None,
    };
    Some(Fault { lack, ..fault })
}

fn keepalive(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_local = line.target.is_at_least((1, 29, 7)) != Some(false);
    // Newer releases take 0, which turns it off.
    let is_valid = number::integer(&word).is_some_and(|count| count > 0 || is_local);
    (!is_valid).then(|| {
        let shown = String::from_utf8_lossy(&word);
        let message = format!("invalid value \"{shown}\" in \"{}\" directive", directive.name);
        Fault::value(1, Expected::Number, message)
    })
}

/// `ngx_http_upstream_zone()`.
fn zone(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let name = line.word(1)?;
    let name = String::from_utf8_lossy(&name);
    if name.is_empty() {
        return Some(Fault::value(1, Expected::What("a name"), "invalid zone name \"\""));
    }
    let word = line.word(2)?;
    let size = number::size(&word);
    let message = match size {
        None => format!("invalid zone size \"{}\"", String::from_utf8_lossy(&word)),
        Some(size) if size < LEAST => format!("zone \"{name}\" is too small"),
        Some(_) => return None,
    };
    Some(Fault::value(2, Expected::What("a size of at least `32k`"), message))
}
