//! Pictures: `src/http/modules/ngx_http_image_filter_module.c`.

use gatelint_catalog::nginx::Directive;

use super::super::line::Line;
use super::super::script;
use super::super::{Expected, Fault};
use super::Setter;
use crate::nginx::number;

pub(super) const SETTERS: &[(&str, Setter)] = &[
    ("image_filter", filter),
    ("image_filter_jpeg_quality", quality),
    ("image_filter_webp_quality", quality),
    ("image_filter_sharpen", sharpen),
];

/// `ngx_http_image_filter()`: which words it knows depends on their number.
fn filter(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    let word = line.word(1)?;
    match (line.count(), &*word) {
        (1, b"off" | b"test" | b"size") => None,
        (1, _) => parameter(line, 1, Expected::OneOf(&["off", "test", "size"])),
        (2, b"rotate") => {
            let is_angle = |angle: &[u8]| matches!(number::integer(angle), Some(90 | 180 | 270));
            number_or_variable(line, 2, is_angle, Expected::OneOf(&["90", "180", "270"]))
        }
        (2, _) => parameter(line, 1, Expected::OneOf(&["rotate"])),
        (_, b"resize" | b"crop") => [2, 3].into_iter().find_map(|side| {
            let is_length = |length: &[u8]| length == b"-" || is_above_zero(length);
            number_or_variable(line, side, is_length, Expected::What("a number above 0 or `-`"))
        }),
        _ => parameter(line, 1, Expected::OneOf(&["resize", "crop"])),
    }
}

fn quality(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    value(line, is_above_zero, Expected::What("a number above 0"))
}

/// `ngx_http_image_filter_sharpen()`: what it cannot read counts as 0.
fn sharpen(line: &Line<'_>, _: &'static Directive) -> Option<Fault> {
    value(line, |word| word != b"-", Expected::Number)
}

fn is_above_zero(word: &[u8]) -> bool {
    number::integer(word).is_some_and(|number| number > 0)
}

fn parameter(line: &Line<'_>, index: usize, expected: Expected) -> Option<Fault> {
    let word = line.word(index)?;
    Some(Fault::value(index, expected, format!("invalid parameter \"{}\"", String::from_utf8_lossy(&word))))
}

fn number_or_variable(
    line: &Line<'_>,
    index: usize,
    is_valid: impl Fn(&[u8]) -> bool,
    expected: Expected,
) -> Option<Fault> {
    let word = line.word(index)?;
    if word.contains(&b'$') {
        return script::judge(index, &word);
    }
    if is_valid(&word) { None } else { parameter(line, index, expected) }
}

/// The only argument of a directive that says `invalid value`.
fn value(line: &Line<'_>, is_valid: impl Fn(&[u8]) -> bool, expected: Expected) -> Option<Fault> {
    let word = line.word(1)?;
    if word.contains(&b'$') {
        return script::judge(1, &word);
    }
    let message = format!("invalid value \"{}\"", String::from_utf8_lossy(&word));
    (!is_valid(&word)).then(|| Fault::value(1, expected, message))
}
