//! The report for programs.

use std::io::{self, Write};

use gatelint_lint::{Edit, Finding, Fix, Label, Level, Prediction, Program, Safety};
use gatelint_model::{Source, Sources};
use gatelint_syntax::Span;
use serde::Serialize;

use crate::clean::is_unsafe;
use crate::{Failure, Part, Place, Report};

/// Writes one JSON document, version 1.
///
/// # Errors
/// When `out` does not take it.
pub fn json(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&document(report))?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<Found<'a>>,
    errors: Vec<Error<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<Error<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'a str>,
    summary: Summary,
}

#[derive(Serialize)]
struct Found<'a> {
    rule: &'a str,
    level: &'a str,
    confidence: &'a str,
    message: &'a str,
    primary: Spot<'a>,
    related: Vec<Spot<'a>>,
    notes: &'a [String],
    help: &'a [String],
    prediction: Option<Foreseen<'a>>,
    fixes: Vec<Mending<'a>>,
}

#[derive(Serialize)]
struct Mending<'a> {
    title: &'a str,
    safety: &'a str,
    edits: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct Spot<'a> {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    label: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Foreseen<'a> {
    Refuses { program: &'a str, stage: &'a str, at: Option<Line>, log: String },
    Answers { status: u16, log: String },
}

#[derive(Serialize)]
struct Line {
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct Error<'a> {
    path: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    files: usize,
    roots: Vec<String>,
    unreached: Vec<String>,
}

fn document<'a>(report: &'a Report<'a>) -> Document<'a> {
    let failures = |all: &'a [Failure]| -> Vec<Error<'a>> {
        all.iter().map(|failure| Error { path: &failure.path, message: &failure.message }).collect()
    };
    let names = |of: fn(&Part<'_>) -> Vec<String>| report.parts.iter().flat_map(of).collect();
    Document {
        version: 1,
        findings: report
            .parts
            .iter()
            .flat_map(|part| part.findings.iter().map(|finding| found(part, finding)))
            .collect(),
        errors: failures(&report.errors),
        unknown: failures(&report.unknown),
        verdict: report.verdict.as_deref(),
        summary: Summary {
            errors: report.count(Level::Error),
            warnings: report.count(Level::Warning),
            infos: report.count(Level::Info),
            files: report.parts.iter().map(Part::files).sum(),
            roots: names(|part| part.roots()),
            unreached: names(|part| part.loaded.unreached.iter().map(|path| part.place.name(path)).collect()),
        },
    }
}

fn found<'a>(part: &Part<'a>, finding: &'a Finding) -> Found<'a> {
    let (sources, place) = (&part.loaded.stack.sources, part.place);
    Found {
        rule: finding.rule,
        level: finding.level.name(),
        confidence: finding.confidence.name(),
        message: &finding.message,
        primary: spot(sources, place, &finding.primary),
        related: finding.related.iter().map(|label| spot(sources, place, label)).collect(),
        notes: &finding.notes,
        help: &finding.help,
        prediction: finding.prediction.as_ref().map(|prediction| foreseen(sources, place, prediction)),
        fixes: finding.fixes.iter().map(|fix| mending(sources, place, fix)).collect(),
    }
}

fn mending<'a>(sources: &Sources, place: &Place, fix: &'a Fix) -> Mending<'a> {
    let change = |edit: &'a Edit| {
        let ((line, column), (end_line, end_column)) = ends(sources, edit.span);
        let file = file(sources, place, edit.span);
        Change { file, line, column, end_line, end_column, text: &edit.text }
    };
    let safety = if fix.safety == Safety::Safe { "safe" } else { "unsafe" };
    Mending { title: &fix.title, safety, edits: fix.edits.iter().map(change).collect() }
}

fn foreseen<'a>(sources: &Sources, place: &Place, prediction: &'a Prediction) -> Foreseen<'a> {
    match prediction {
        Prediction::Refuses { program, stage, at, log } => Foreseen::Refuses {
            program: program.name(),
            stage: stage.name(),
            at: at.map(|at| Line { file: file(sources, place, at), line: sources.line(at) }),
            log: one_line(&(log.clone() + &printed_place(sources, *program, *at))),
        },
        Prediction::Answers { status, log } => Foreseen::Answers { status: *status, log: one_line(log) },
    }
}

/// The place as nginx ends its line with it; PHP-FPM's own words have theirs.
fn printed_place(sources: &Sources, program: Program, at: Option<Span>) -> String {
    let source = at.filter(|_| program == Program::Nginx).and_then(|at| Some((at, sources.get(at.file)?)));
    source.map_or(String::new(), |(at, source)| format!(" in {}:{}", source.path.display(), sources.line(at)))
}

/// A predicted line as the schema wants it: one line, at most 400 characters.
pub(crate) fn one_line(log: &str) -> String {
    log.chars().map(|char| if char == '\n' { ' ' } else { char }).take(400).collect()
}

/// The file by the name that the program reads it by, which may be a link.
fn file(sources: &Sources, place: &Place, span: Span) -> String {
    let name = |source: &Source| place.name(if source.is_mapped { source.file() } else { &source.path });
    sources.get(span.file).map(name).unwrap_or_default()
}

/// Line and column of the first byte and of the one behind the last.
fn ends(sources: &Sources, span: Span) -> ((u32, u32), (u32, u32)) {
    let position = |offset: u32| {
        sources.get(span.file).map_or((1, 1), |source| {
            let offset = offset.min(source.bytes.len() as u32);
            (source.lines().line(offset), source.lines().column(offset, &source.bytes))
        })
    };
    (position(span.start), position(span.end))
}

fn spot<'a>(sources: &Sources, place: &Place, label: &'a Label) -> Spot<'a> {
    let span = label.span;
    let ((line, column), (end_line, end_column)) = ends(sources, span);
    Spot { file: file(sources, place, span), line, column, end_line, end_column, label: &label.text }
}

/// The same JSON document with every character escaped that a terminal would act on: JSON has them only within
/// strings, and there an escape means the same.
pub fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        if is_unsafe(char) && char != '\n' {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(char);
        }
    }
    out
}
