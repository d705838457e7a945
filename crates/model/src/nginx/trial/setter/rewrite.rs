//! `src/http/modules/ngx_http_rewrite_module.c` and its like of stream.

use std::borrow::Cow;

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Defect, Expected, Fault, script};
use super::{Setter, invalid_parameter, regex};
use crate::nginx::{ContextKind, number};

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("rewrite", rewrite), ("return", return_), ("set", set), ("auth_request_set", set), ("if", condition)];

fn rewrite(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    if line.word(2)?.is_empty() {
        let expected = Expected::What("a replacement that is not empty");
        return Some(Fault::value(2, expected, "empty replacement"));
    }
    regex::judge(1, &line.word(1)?, false, &line.target)
        .or_else(|| invalid_parameter(line, 3, &["last", "break", "redirect", "permanent"]))
}

fn return_(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    if line.kind == ContextKind::StreamServer {
        return None;
    }
    let code = line.word(1)?;
    let is_valid = match number::integer(&code) {
        Some(code) => code <= 999,
        None => {
            let urls: [&[u8]; 3] = [b"http://", b"https://", b"$scheme"];
            line.count() == 1 && urls.iter().any(|url| code.starts_with(url))
        }
    };
    (!is_valid).then(|| {
        let message = format!("invalid return code \"{}\"", String::from_utf8_lossy(&code));
        let expected = Expected::What("a status code, or alone a URL that begins with its scheme");
        Fault::value(1, expected, message)
    })
}

fn set(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let name = line.word(1)?;
    // nginx takes a lone `$` for a variable without a name, and says so.
    (!name.starts_with(b"$") || name.len() == 1).then(|| {
        let message = format!("invalid variable name \"{}\"", String::from_utf8_lossy(&name));
        Fault::value(1, Expected::Variable, message)
    })
}

/// `ngx_http_rewrite_if_condition()`: the parentheses are taken off the first and the last word, or are words.
fn condition(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let mut words: Vec<Cow<'_, [u8]>> = line.words_from(0).map(|(_, word)| word).collect();
    let mut last = line.count();
    let invalid = |index: usize, word: &[u8]| {
        let message = format!("invalid condition \"{}\"", String::from_utf8_lossy(word));
        Some(Fault::new(Defect::Condition, index, message))
    };
    let first = words.get_mut(1)?;
    let mut at = 1;
    match first.strip_prefix(b"(") {
        None => return invalid(1, first),
        Some([]) => at = 2,
        Some(rest) => *first = rest.to_vec().into(),
    }
    let closing = words.get_mut(last)?;
    match closing.strip_suffix(b")") {
        None => return invalid(last, closing),
        Some([]) => last -= 1,
        Some(rest) => *closing = rest.to_vec().into(),
    }
    let word = |index: usize| words.get(index).map(|word| &**word);
    let operand = word(at)?;
    match operand {
        [b'$', _, ..] => {
            if at == last {
                return None;
            }
            if at + 2 != last {
                return invalid(at, operand);
            }
            let (operator, value) = (word(at + 1)?, word(last)?);
            match operator {
                b"=" | b"!=" => script::judge(last, value),
                b"~" | b"!~" => regex::judge(last, value, false, &line.target),
                b"~*" | b"!~*" => regex::judge(last, value, true, &line.target),
                _ => {
                    let operator_text = String::from_utf8_lossy(operator);
                    let message = format!("unexpected \"{operator_text}\" in condition");
                    Some(Fault::new(Defect::Condition, at + 1, message))
                }
            }
        }
        [b'-', test] | [b'!', b'-', test] => {
            if at + 1 != last {
                return invalid(at, operand);
            }
            script::judge(last, word(last)?)
                .or_else(|| if b"fdex".contains(test) { None } else { invalid(at, operand) })
        }
        _ => invalid(at, operand),
    }
}
