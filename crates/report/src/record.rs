//! A finding as pipelines want it: a file that opens, lines and columns, one text, and a name that stays.

use gatelint_lint::{Edit, Finding, Fix, Label, Level, Prediction, Safety};
use gatelint_model::{Origin, Sources};
use gatelint_syntax::{Span, TextRange};

use crate::clean::is_unsafe;
use crate::{Part, Report, clean, fingerprint};

/// Where something is.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    /// The path from the working directory, with `/` between its parts.
    pub(crate) file: String,
    pub(crate) line: u32,
    /// In characters, from 1.
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
    /// The columns of both ends in UTF-16 code units, from 1; a byte that is not UTF-8 is one.
    pub(crate) utf16: (u32, u32),
    /// The columns of both ends in bytes, from 1.
    pub(crate) bytes: (u32, u32),
    pub(crate) text: String,
}

/// One finding; everything in it is safe to show.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) rule: &'static str,
    pub(crate) level: Level,
    pub(crate) message: String,
    pub(crate) primary: Location,
    pub(crate) related: Vec<Location>,
    /// What follows, what is known, what helps: one line each.
    pub(crate) details: Vec<String>,
    /// Ways to end it; those whose text could not be shown as it is are left out.
    pub(crate) fixes: Vec<Mending>,
    /// Equal for the same finding after lines were added above it: of the rule, the file, the message and the
    /// text of the primary place; of several equal ones the number is part of it.
    pub(crate) fingerprint: String,
}

/// One fix: what it does, whether it may be made without looking, and other text for places.
#[derive(Clone, Debug)]
pub(crate) struct Mending {
    pub(crate) title: String,
    pub(crate) is_safe: bool,
    /// In the order of the text, each with the file that holds it.
    pub(crate) edits: Vec<(Location, String)>,
    /// All edits as one, where they are in the file of the finding.
    pub(crate) whole: Option<(Location, String)>,
}

/// Every finding of a report, in order. What has no place in a file of the tree is left out.
pub(crate) fn records(report: &Report<'_>) -> Vec<Record> {
    numbered(report, |part| &part.findings)
}

/// What comments take back, in order.
pub(crate) fn ignored(report: &Report<'_>) -> Vec<Record> {
    numbered(report, |part| &part.ignored)
}

fn numbered<'r, 'a>(
    report: &'r Report<'a>,
    findings: fn(&'r Part<'a>) -> &'r Vec<&'a Finding>,
) -> Vec<Record> {
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut records = Vec::new();
    for part in &report.parts {
        for finding in findings(part) {
            let Some(mut record) = record(part, finding) else { continue };
            let count = seen.entry(record.fingerprint.clone()).or_default();
            *count += 1;
            record.fingerprint = format!("{}{:08x}", record.fingerprint, *count);
            records.push(record);
        }
    }
    records
}

fn record(part: &Part<'_>, finding: &Finding) -> Option<Record> {
    let sources = &part.loaded.stack.sources;
    let place = |label: &Label| location(sources, part, label);
    let primary = place(&finding.primary)?;
    let text = sources.text(finding.primary.span);
    let name = fingerprint(finding.rule, &primary.file, &finding.message, text);
    let mut details: Vec<String> = Vec::new();
    details.extend((!primary.text.is_empty()).then(|| primary.text.clone()));
    details.extend(finding.prediction.as_ref().map(foreseen));
    details.extend(finding.notes.iter().map(|note| clean(note).into_owned()));
    details.extend(finding.help.iter().map(|help| format!("help: {}", clean(help))));
    Some(Record {
        rule: finding.rule,
        level: finding.level,
        message: clean(&finding.message).into_owned(),
        related: finding.related.iter().filter_map(place).collect(),
        fixes: finding.fixes.iter().filter_map(|fix| mending(part, finding, fix)).collect(),
        primary,
        details,
        fingerprint: format!("{name:016x}"),
    })
}

fn mending(part: &Part<'_>, finding: &Finding, fix: &Fix) -> Option<Mending> {
    let sources = &part.loaded.stack.sources;
    let is_plain = |text: &str| !text.chars().any(|char| is_unsafe(char) && !matches!(char, '\n' | '\t'));
    let place = |span: Span| location(sources, part, &Label { span, text: String::new() });
    let mut edits: Vec<&Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let is_here = edits.iter().all(|edit| edit.span.file == finding.primary.span.file);
    let whole = edits.first().zip(edits.last()).filter(|_| is_here).and_then(|(first, last)| {
        let mut text = String::new();
        let mut at = first.span.start;
        for edit in &edits {
            let between = Span { start: at, end: edit.span.start.max(at), ..edit.span };
            text += std::str::from_utf8(sources.text(between)).ok()?;
            text += &edit.text;
            at = edit.span.end;
        }
        let span = Span { end: last.span.end, ..first.span };
        is_plain(&text).then_some((place(span)?, text))
    });
    let edits = edits.iter().map(|edit| Some((place(edit.span)?, edit.text.clone())));
    let edits = edits.collect::<Option<Vec<_>>>().filter(|all| all.iter().all(|(_, text)| is_plain(text)))?;
    let title = clean(&fix.title).into_owned();
    Some(Mending { title, is_safe: fix.safety == Safety::Safe, edits, whole })
}

fn foreseen(prediction: &Prediction) -> String {
    let text = match prediction {
        Prediction::Refuses { program, log, .. } => format!("{} refuses to start: {log}", program.name()),
        Prediction::Answers { status, log } if log.is_empty() => format!("the visitor gets {status}"),
        Prediction::Answers { status, log } => format!("the visitor gets {status}; the log says: {log}"),
    };
    clean(&text).into_owned()
}

fn location(sources: &Sources, part: &Part<'_>, label: &Label) -> Option<Location> {
    let source = sources.get(label.span.file).filter(|source| source.origin == Origin::Tree)?;
    let position = |offset: u32| {
        let offset = offset.min(source.bytes.len() as u32);
        (source.lines().line(offset), source.lines().column(offset, &source.bytes))
    };
    let ((line, column), (end_line, end_column)) = (position(label.span.start), position(label.span.end));
    let before = |line: u32, offset: u32| {
        let start = source.lines().range(line, &source.bytes).start;
        TextRange::new(start.min(offset), offset).of(&source.bytes)
    };
    let (start, end) = (before(line, label.span.start), before(end_line, label.span.end));
    let file = part.place.shown_source(source);
    let text = clean(&label.text).into_owned();
    let utf16 = (utf16_units(start) + 1, utf16_units(end) + 1);
    let bytes = (start.len() as u32 + 1, end.len() as u32 + 1);
    Some(Location { file, line, column, end_line, end_column, utf16, bytes, text })
}

fn utf16_units(bytes: &[u8]) -> u32 {
    let units = |chunk: std::str::Utf8Chunk<'_>| chunk.valid().encode_utf16().count() + chunk.invalid().len();
    bytes.utf8_chunks().map(units).sum::<usize>() as u32
}

impl Record {
    /// The message and all that belongs to it, one line each.
    pub(crate) fn whole(&self) -> String {
        std::iter::once(&self.message).chain(&self.details).map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}
