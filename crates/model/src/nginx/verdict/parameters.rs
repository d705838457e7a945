//! Refusals of single directives that a line typically ends in when it has swallowed the next one.

use gatelint_catalog::nginx::{Directive, Name};

use super::ContextKind;
use crate::nginx::number;

const LISTEN: &[&str] = &[
    "default_server",
    "default",
    "bind",
    "setfib=",
    "fastopen=",
    "backlog=",
    "rcvbuf=",
    "sndbuf=",
    "accept_filter=",
    "deferred",
    "ipv6only=",
    "reuseport",
    "multipath",
    "ssl",
    "http2",
    "spdy",
    "quic",
    "udp",
    "so_keepalive=",
    "proxy_protocol",
];
const PEER: &[&str] = &[
    "weight=",
    "max_conns=",
    "max_fails=",
    "fail_timeout=",
    "slow_start=",
    "backup",
    "down",
    "drain",
    "route=",
    "resolve",
    "service=",
];
const CACHE_PATH: &[&str] = &[
    "levels=",
    "use_temp_path=",
    "keys_zone=",
    "inactive=",
    "max_size=",
    "min_free=",
    "manager_files=",
    "manager_sleep=",
    "manager_threshold=",
    "loader_files=",
    "loader_sleep=",
    "loader_threshold=",
    "purger=",
    "purger_files=",
    "purger_sleep=",
    "purger_threshold=",
];
const LOG_LEVELS: &[&str] = &[
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

/// What nginx prints when it refuses these arguments, whose number is right.
pub(super) fn refuses(directive: &Directive, kind: ContextKind, args: &[&[u8]]) -> Option<String> {
    let name = directive.name;
    let rest = args.get(1..).unwrap_or_default();
    let invalid = |what: &str, word: &[u8]| format!("invalid {what} \"{}\"", String::from_utf8_lossy(word));
    let parameter = |word: &[u8]| invalid("parameter", word);
    let plain = || format!("\"{name}\" directive invalid value");
    match (directive.kind, name) {
        ("flag", _) => {
            let value =
                args.first().filter(|value| !is_one_of(&value.to_ascii_lowercase(), &["on", "off"]))?;
            Some(format!("{} in \"{name}\" directive, it must be \"on\" or \"off\"", invalid("value", value)))
        }
        ("path", _) => {
            let wrong = |level: &&&[u8]| number::integer(level).is_none_or(|level| level == 0);
            rest.iter().find(wrong).map(|_| plain())
        }
        // A name of a directive is no value of any of them, but for the header that is called Expires.
        ("bitmask", _) => {
            let wrong = |word: &&&[u8]| Name::find(word).is_some() && **word != b"expires";
            args.iter().find(wrong).map(|word| invalid("value", word))
        }
        ("cache-path", _) => stranger(rest, CACHE_PATH).map(parameter),
        ("cache-valid", _) => {
            let last = rest.last().filter(|word| number::seconds(word).is_none())?;
            Some(invalid("time value", last))
        }
        ("fastcgi-param", _) => stranger(args.get(2..)?, &["if_not_empty"]).map(parameter),
        (_, "listen") => {
            let word = stranger(rest, LISTEN)?;
            let word_text = String::from_utf8_lossy(word);
            Some(match kind {
                ContextKind::Server => parameter(word),
                _ => format!("the invalid \"{word_text}\" parameter"),
            })
        }
        (_, "server") => stranger(rest, PEER).map(parameter),
        (_, "error_log") => stranger(rest, LOG_LEVELS).map(|word| invalid("log level", word)),
        (_, "access_log") => {
            // Formats are defined elsewhere; the name of a directive followed by no parameter is none.
            let (format, parameters) = rest.split_first()?;
            let known = ["buffer=", "flush=", "gzip", "if="];
            (Name::find(format).is_some() && *format != b"combined" && stranger(parameters, &known).is_some())
                .then(|| format!("unknown log format \"{}\"", String::from_utf8_lossy(format)))
        }
        (_, "add_header" | "add_trailer") => stranger(args.get(2..)?, &["always"]).map(parameter),
        (_, "rewrite") => {
            stranger(args.get(2..)?, &["last", "break", "redirect", "permanent"]).map(parameter)
        }
        (_, "error_page") => {
            let codes = args.get(..args.len().saturating_sub(1))?;
            let is_code = |word: &[u8]| word.first() == Some(&b'=') || number::integer(word).is_some();
            codes.iter().find(|word| !is_code(word)).map(|word| invalid("value", word))
        }
        (_, "limit_req") => stranger(args, &["zone=", "burst=", "delay=", "nodelay"]).map(parameter),
        (_, "hash") => stranger(rest, &["consistent"]).map(parameter),
        (_, "if") => condition(args),
        (_, "location") => {
            // A regular expression that was cut at a `{`.
            let [b"~" | b"~*", pattern] = args else { return None };
            lacks_parenthesis(pattern).then(|| {
                let pattern = String::from_utf8_lossy(pattern);
                format!("pcre2_compile() failed: missing closing parenthesis in \"{pattern}\"")
            })
        }
        (_, "keepalive_timeout") => args.iter().any(|word| number::milliseconds(word).is_none()).then(plain),
        _ => None,
    }
}

/// `ngx_http_rewrite_if_condition()`: the condition stands in parentheses.
fn condition(args: &[&[u8]]) -> Option<String> {
    let (first, last) = (args.first()?, args.last()?);
    let wrong = if first.starts_with(b"(") { (!last.ends_with(b")")).then_some(last)? } else { first };
    Some(format!("invalid condition \"{}\"", String::from_utf8_lossy(wrong)))
}

/// Whether a group of a regular expression is left open.
fn lacks_parenthesis(pattern: &[u8]) -> bool {
    let (mut depth, mut in_class) = (0, false);
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => _ = bytes.next(),
            b']' => in_class = false,
            b'[' => in_class = true,
            b'(' if !in_class => depth += 1,
            b')' if !in_class => depth -= 1,
            _ => {}
        }
    }
    depth > 0 && !in_class
}

fn is_one_of(word: &[u8], known: &[&str]) -> bool {
    let fits = |known: &str| match known.strip_suffix('=') {
        Some(_) => word.starts_with(known.as_bytes()),
        None => word == known.as_bytes(),
    };
    known.iter().any(|known| fits(known))
}

/// The first word that is none of the known ones; a known one that ends in `=` takes a value.
fn stranger<'a>(words: &[&'a [u8]], known: &[&str]) -> Option<&'a [u8]> {
    words.iter().copied().find(|word| !is_one_of(word, known))
}
