//! The lines that a finding speaks of, with its labels in them.

use std::collections::BTreeMap;
use std::ops::Range;

use codespan_reporting::files::{Error, Files};
use gatelint_lint::{Finding, Label};
use gatelint_syntax::FileId;

use crate::Part;
use crate::markup::Markup;
use crate::view::{Views, Window};

/// How far a label is moved to stand below what it speaks of, in characters.
const MAX_INDENT: usize = 60;

/// A label within its line.
struct Spot<'a> {
    range: Range<usize>,
    is_primary: bool,
    text: &'a str,
}

/// The labelled lines of one file, by index from 0.
struct Excerpt<'a> {
    file: FileId,
    /// The line and column of the first label, from 1.
    at: (usize, usize),
    lines: BTreeMap<usize, Vec<Spot<'a>>>,
}

pub(super) fn source(
    page: &mut Markup,
    part: &Part<'_>,
    views: &Views<'_>,
    finding: &Finding,
) -> Result<(), Error> {
    let mut window = Window::new(views);
    let mut excerpts: Vec<Excerpt<'_>> = Vec::new();
    let labels =
        std::iter::once((true, &finding.primary)).chain(finding.related.iter().map(|label| (false, label)));
    for (is_primary, label) in labels {
        let Label { span, text } = label;
        let range = window.fit(span.file, span.range())?;
        let line = window.line_index(span.file, range.start)?;
        let at = excerpts.iter().position(|excerpt| excerpt.file == span.file).unwrap_or(excerpts.len());
        if at == excerpts.len() {
            let column = window.column_number(span.file, line, range.start)?;
            excerpts.push(Excerpt { file: span.file, at: (line + 1, column), lines: BTreeMap::new() });
        }
        if let Some(excerpt) = excerpts.get_mut(at) {
            excerpt.lines.entry(line).or_default().push(Spot { range, is_primary, text });
            if is_primary {
                // What stands around it helps to find it.
                excerpt.lines.entry(line.saturating_sub(1)).or_default();
                let count = views.source(span.file)?.lines().line(u32::MAX) as usize;
                if line + 1 < count {
                    excerpt.lines.entry(line + 1).or_default();
                }
            }
        }
    }
    for excerpt in excerpts {
        show(page, part, views, &window, excerpt)?;
    }
    Ok(())
}

fn show(
    page: &mut Markup,
    part: &Part<'_>,
    views: &Views<'_>,
    window: &Window<'_>,
    excerpt: Excerpt<'_>,
) -> Result<(), Error> {
    let name = part.place.shown_source(views.source(excerpt.file)?);
    page.open("figure", &[("class", "source")]);
    let (line, column) = excerpt.at;
    page.element("figcaption", &[], &format!("{name}:{line}:{column}"));
    page.open("div", &[("class", "lines")]);
    let mut last: Option<usize> = None;
    let text = views.text(excerpt.file)?;
    for (index, mut spots) in excerpt.lines {
        if last.is_some_and(|last| last + 1 < index) {
            page.element("div", &[("class", "gap"), ("aria-hidden", "true")], "⋮");
        }
        last = Some(index);
        spots.sort_by_key(|spot| (spot.range.start, !spot.is_primary));
        let shown = window.line_range(excerpt.file, index)?;
        row(page, text, index, shown, &spots);
    }
    page.close();
    page.close();
    Ok(())
}

fn row(page: &mut Markup, text: &str, index: usize, shown: Range<usize>, spots: &[Spot<'_>]) {
    let slice = |range: Range<usize>| text.get(range).unwrap_or_default().trim_end_matches(['\r', '\n']);
    page.open("div", &[("class", if spots.is_empty() { "line around" } else { "line" })]);
    page.element("span", &[("class", "number")], &(index + 1).to_string());
    page.open("code", &[]);
    let is_cut_before = shown.start > 0 && text.as_bytes().get(shown.start - 1) != Some(&b'\n');
    if is_cut_before {
        page.text("…");
    }
    let mut at = shown.start;
    for spot in spots {
        let start = spot.range.start.clamp(at, shown.end);
        let end = spot.range.end.clamp(start, shown.end);
        page.text(slice(at..start));
        if start < end {
            page.element(
                "mark",
                &[("class", if spot.is_primary { "primary" } else { "related" })],
                slice(start..end),
            );
        }
        at = end;
    }
    page.text(slice(at..shown.end));
    let ends = text.as_bytes().get(shown.end);
    if ends.is_some_and(|byte| !matches!(byte, b'\n' | b'\r')) {
        page.text("…");
    }
    page.close();
    page.close();
    for spot in spots.iter().filter(|spot| !spot.text.is_empty()) {
        let before = slice(shown.start..spot.range.start.clamp(shown.start, shown.end));
        let blank = before.chars().take(MAX_INDENT).map(|char| if char == '\t' { '\t' } else { ' ' });
        let mut indent: String = blank.collect();
        if is_cut_before {
            indent.push(' ');
        }
        page.open("div", &[("class", if spot.is_primary { "label primary" } else { "label related" })]);
        page.element("span", &[("class", "indent"), ("aria-hidden", "true")], &indent);
        page.open("span", &[("class", "says")]);
        page.prose(spot.text);
        page.close();
        page.close();
    }
}
