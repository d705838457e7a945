//! Arguments that nginx's common setters read: `ngx_conf_set_*_slot()` of `src/core/ngx_conf_file.c`, and those
//! that several modules of `src/http` share.

use gatelint_catalog::nginx::{Directive, Kind};

use super::line::Line;
use super::{Defect, Expected, Fault, Lack, script};
use crate::nginx::number;

/// The first argument that the setter refuses.
pub(super) fn judge(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let (kind, since) = line.target.kind_of(directive);
    let fault = match kind {
        Kind::Flag => flag(line, directive),
        Kind::Msec => plain(line, 1, Expected::Time, number::milliseconds),
        Kind::Sec => plain(line, 1, Expected::Seconds, number::seconds),
        Kind::Size => plain(line, 1, Expected::Size, number::size),
        Kind::Off => plain(line, 1, Expected::Offset, number::offset),
        Kind::Num => num(line, directive),
        Kind::Enum => listed(line, directive, 1, &line.word(1)?),
        Kind::Bitmask => line.words_from(1).find_map(|(index, word)| listed(line, directive, index, &word)),
        Kind::Bufs => bufs(line),
        Kind::Path => line.words_from(2).find_map(|(index, word)| {
            let is_level = number::integer(&word).is_some_and(|level| level > 0);
            (!is_level).then(|| Fault::returned(directive.name, "invalid value", index, Expected::Level))
        }),
        Kind::Access => access(line),
        Kind::Complex | Kind::Predicate => {
            line.words_from(1).find_map(|(index, word)| script::judge(index, &word))
        }
        Kind::ComplexSize => {
            let word = line.word(1)?;
            if word.contains(&b'$') {
                script::judge(1, &word)
            } else {
                plain(line, 1, Expected::Size, number::size)
            }
        }
        Kind::FastcgiParam => line.word(3).filter(|word| &**word != b"if_not_empty").map(|word| {
            let defect = Defect::Value(Expected::OneOf(&["if_not_empty"]));
            Fault::new(defect, 3, format!("invalid parameter \"{}\"", String::from_utf8_lossy(&word)))
        }),
        _ => None,
    }?;
    let is_variable = since.filter(|_| line.words_from(1).any(|(_, word)| word.contains(&b'$')));
    let lack = fault.lack.or(is_variable.map(Lack::Since));
    Some(Fault { lack, ..fault })
}

/// A value that `parse` takes; the setter returns `invalid value`.
fn plain<T>(
    line: &Line<'_>,
    index: usize,
    expected: Expected,
    parse: fn(&[u8]) -> Option<T>,
) -> Option<Fault> {
    let word = line.word(index)?;
    if parse(&word).is_some() {
        return None;
    }
    let name = line.word(0)?;
    Some(Fault::returned(&String::from_utf8_lossy(&name), "invalid value", index, expected))
}

fn flag(line: &Line<'_>, directive: &Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_flag = word.eq_ignore_ascii_case(b"on") || word.eq_ignore_ascii_case(b"off");
    (!is_flag).then(|| {
        let (word, name) = (String::from_utf8_lossy(&word), directive.name);
        let message =
            format!("invalid value \"{word}\" in \"{name}\" directive, it must be \"on\" or \"off\"");
        Fault::new(Defect::Value(Expected::OneOf(&["on", "off"])), 1, message)
    })
}

fn num(line: &Line<'_>, directive: &Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let Some(number) = number::integer(&word) else {
        return Some(Fault::returned(directive.name, "invalid number", 1, Expected::Number));
    };
    let (low, high) = directive.range?;
    (!(low..=high).contains(&number)).then(|| {
        let message = format!("value must be between {low} and {high}");
        Fault::new(Defect::Value(Expected::Between(low, high)), 1, message)
    })
}

/// One of the directive's words, as `ngx_strcasecmp()` compares.
fn listed(line: &Line<'_>, directive: &'static Directive, index: usize, word: &[u8]) -> Option<Fault> {
    let is_word = |value: &str| value.as_bytes().eq_ignore_ascii_case(word);
    let later = directive.value_since.iter().find(|(value, _)| is_word(value));
    let lack = later.and_then(|(_, since)| line.target.lacks(Some(*since), None));
    let is_listed = directive.values.is_empty() || directive.values.iter().any(|value| is_word(value));
    (!is_listed || lack.is_some()).then(|| {
        let message = format!("invalid value \"{}\"", String::from_utf8_lossy(word));
        Fault { lack, ..Fault::new(Defect::Value(Expected::OneOf(directive.values)), index, message) }
    })
}

fn bufs(line: &Line<'_>) -> Option<Fault> {
    let wrong = |index, expected| {
        let name = line.word(0)?;
        Some(Fault::returned(&String::from_utf8_lossy(&name), "invalid value", index, expected))
    };
    if number::integer(&line.word(1)?).is_none_or(|count| count == 0) {
        return wrong(1, Expected::Number);
    }
    if number::size(&line.word(2)?).is_none_or(|size| size == 0) { wrong(2, Expected::Size) } else { None }
}

/// `user:rw group:r all:r`: `ngx_conf_set_access_slot()`.
fn access(line: &Line<'_>) -> Option<Fault> {
    line.words_from(1).find_map(|(index, word)| {
        let rights = [&b"user:"[..], b"group:", b"all:"].into_iter().find_map(|who| word.strip_prefix(who));
        let is_valid = rights.is_some_and(|rights| matches!(rights, b"rw" | b"r"));
        (!is_valid).then(|| {
            let message = format!("invalid value \"{}\"", String::from_utf8_lossy(&word));
            Fault::new(
                Defect::Value(Expected::What("`user:`, `group:` or `all:` with `r` or `rw`")),
                index,
                message,
            )
        })
    })
}
