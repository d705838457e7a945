//! Lines of the free-form bodies: map, geo, split_clients, charset_map, types.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::nginx::Ending;

use super::line::Line;
use super::setter::regex;
use super::{Defect, Expected, Fault, script};
use crate::nginx::inet::is_network;
use crate::template::is_masked;

/// What nginx refuses in a line of a body by itself: the number of its words, then its words.
pub(super) fn judge(line: &Line<'_>) -> Option<Fault> {
    let body = line.body?;
    if !matches!(body.text(), "map" | "geo" | "charset_map" | "split_clients" | "types") {
        return None;
    }
    if line.ending != Ending::Semicolon {
        return Some(Fault::new(Defect::NotTerminated, 0, "unexpected \"{\""));
    }
    if line.is_template && line.words.iter().any(|word| is_masked(word.inner().of(line.text))) {
        return None;
    }
    let first = line.word(0)?;
    count(line, body, &first).or_else(|| match body.text() {
        "map" => map(line, &first),
        "geo" if *first == *b"proxy" => network(1, &line.word(1)?),
        "split_clients" => percent(&first),
        "charset_map" => hexadecimal(line),
        _ => None,
    })
}

fn count(line: &Line<'_>, body: Name, first: &[u8]) -> Option<Fault> {
    let words = line.words.len();
    if body.text() == "types" && first == b"include" && words != 2 {
        let message = "invalid number of arguments in \"include\" directive";
        return Some(Fault::new(Defect::Count { min: 1, max: 1 }, 0, message));
    }
    let is_keyword = words == 1
        && matches!(
            (body.text(), first),
            ("map", b"hostnames" | b"volatile") | ("geo", b"ranges" | b"proxy_recursive" | b"volatile")
        );
    let takes = words_of_line(body, b"")?;
    (words != takes && !is_keyword).then(|| {
        let message = match body.text() {
            "charset_map" => "invalid parameters number".to_owned(),
            kind => format!("invalid number of the {kind} parameters"),
        };
        Fault::new(Defect::Count { min: 1, max: 1 }, 0, message)
    })
}

/// The number of words that a line of this free-form body has; `None` where any will do.
pub(crate) fn words_of_line(body: Name, first: &[u8]) -> Option<usize> {
    match (body.text(), first) {
        ("map", b"hostnames" | b"volatile") => Some(1),
        ("geo", b"ranges" | b"proxy_recursive" | b"volatile") => Some(1),
        ("map" | "geo" | "charset_map", _) => Some(2),
        _ => None,
    }
}

fn map(line: &Line<'_>, key: &[u8]) -> Option<Fault> {
    if key == b"include" {
        return None;
    }
    let value = line.word(1)?;
    if let Some(fault) = script::judge(1, &value) {
        return Some(fault);
    }
    let pattern = key.strip_prefix(b"~")?;
    match pattern.strip_prefix(b"*") {
        Some(pattern) => regex::judge(0, pattern, true, &line.target),
        None => regex::judge(0, pattern, false, &line.target),
    }
}

/// `50%`, `0.5%` or `*`.
fn percent(word: &[u8]) -> Option<Fault> {
    (word != b"*" && hundredths(word).is_none()).then(|| {
        let message = format!("invalid percent value \"{}\"", String::from_utf8_lossy(word));
        Fault::value(0, Expected::What("`*` or a percentage such as `0.5%`"), message)
    })
}

/// A percentage in hundredths of a percent, at most two digits behind the point and more than nothing
/// (`ngx_atofp()` with a point of 2).
pub(super) fn hundredths(word: &[u8]) -> Option<u64> {
    let number = word.strip_suffix(b"%").filter(|number| !number.is_empty())?;
    let (mut value, mut point, mut has_dot) = (0u64, 2u32, false);
    for byte in number {
        match byte {
            _ if point == 0 => return None,
            b'.' if has_dot => return None,
            b'.' => has_dot = true,
            b'0'..=b'9' => {
                value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
                point -= u32::from(has_dot);
            }
            _ => return None,
        }
    }
    let value = value.checked_mul(10u64.pow(point))?;
    (value > 0 && i64::try_from(value).is_ok()).then_some(value)
}

/// `C0 FEE1`: bytes in hexadecimal.
fn hexadecimal(line: &Line<'_>) -> Option<Fault> {
    let wrong = |index: usize, word: &[u8]| {
        let message = format!("invalid value \"{}\"", String::from_utf8_lossy(word));
        Some(Fault::value(index, Expected::What("bytes in hexadecimal"), message))
    };
    let (from, to) = (line.word(0)?, line.word(1)?);
    if byte_of(&from).is_none() {
        return wrong(0, &from);
    }
    // In UTF-8 a character has several bytes; whether it is UTF-8 stands in the block's own words.
    if to.iter().all(u8::is_ascii_hexdigit) { None } else { wrong(1, &to) }
}

/// A byte in hexadecimal (`ngx_hextoi()`).
pub(super) fn byte_of(word: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(word).ok().filter(|text| !text.starts_with('+'))?;
    u64::from_str_radix(text, 16).ok().and_then(|byte| u8::try_from(byte).ok())
}

/// `10.0.0.0/8`, `2001:db8::/32` (`ngx_http_geo_cidr_value()`, `ngx_http_geoip_cidr_value()`).
pub(super) fn network(index: usize, word: &[u8]) -> Option<Fault> {
    // Both ask for it before `ngx_ptocidr()`, which takes it for an error.
    let is_broadcast = word == b"255.255.255.255";
    (!is_broadcast && !is_network(word)).then(|| {
        let message = format!("invalid network \"{}\"", String::from_utf8_lossy(word));
        Fault::value(index, Expected::What("an address or a network such as `10.0.0.0/8`"), message)
    })
}
