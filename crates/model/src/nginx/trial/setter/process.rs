//! The worker processes: `src/core/nginx.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::{Defect, Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] =
    &[("worker_processes", processes), ("worker_priority", priority), ("worker_cpu_affinity", affinity)];

/// As many processors as a mask may have: `CPU_SETSIZE` of Linux.
const MAX_CPUS: usize = 1024;

/// `ngx_set_worker_processes()`.
fn processes(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let is_valid = *word == *b"auto" || number::integer(&word).is_some();
    let expected = Expected::What("a number or `auto`");
    (!is_valid).then(|| Fault::returned(directive.name, "invalid value", 1, expected))
}

/// `ngx_set_priority()`: one sign may stand before the digits.
fn priority(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    let digits = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(&word);
    let expected = Expected::What("a number, with `-` or `+` or without");
    number::integer(digits).is_none().then(|| Fault::returned(directive.name, "invalid number", 1, expected))
}

/// `ngx_set_cpu_affinity()`: masks of `0` and `1`, read from the right.
fn affinity(line: &Line<'_>, directive: &'static Directive) -> Option<Fault> {
    let name = directive.name;
    let is_auto = *line.word(1)? == *b"auto";
    if is_auto && line.count() > 2 {
        let message = format!("invalid number of arguments in \"{name}\" directive");
        return Some(Fault::new(Defect::Count { min: 1, max: 2 }, 0, message));
    }
    line.words_from(1 + usize::from(is_auto)).find_map(|(index, mask)| {
        if mask.len() > MAX_CPUS {
            let message = format!("\"{name}\" supports up to {MAX_CPUS} CPUs only");
            return Some(Fault::value(index, Expected::What("at most 1024 digits"), message));
        }
        let wrong = mask.iter().rev().find(|byte| !matches!(byte, b'0' | b'1' | b' '))?;
        let message = format!("invalid character \"{}\" in \"{name}\"", char::from(*wrong));
        Some(Fault::value(index, Expected::What("a mask of `0` and `1`"), message))
    })
}
