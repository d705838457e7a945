//! What a log means: for people, and for programs.

use std::io::{self, Write};

use gatelint_diagnose::log::{Context, Log};
use gatelint_diagnose::{Cause, Diagnosis, Report};
use gatelint_model::Sources;
use serde::Serialize;

use crate::json::escaped;
use crate::{Failure, Part, clean};

/// The most characters of a line of a log, and of a configuration, that are shown.
const MAX_SHOWN: usize = 400;

/// A diagnosis, with what it takes to name places.
#[derive(Debug)]
pub struct Explained<'a> {
    /// What the lines mean.
    pub report: &'a Report<'a>,
    /// The log.
    pub log: &'a Log,
    /// The worlds, in the order in which the diagnoses number them.
    pub parts: &'a [Part<'a>],
    /// What could not be used.
    pub errors: &'a [Failure],
}

impl Explained<'_> {
    /// All of it in one line.
    pub fn summary(&self) -> String {
        let (report, log) = (self.report, self.log);
        let mut text = format!(
            "{} in the log: {}, {} without a meaning that is known",
            count(log.lines, "line"),
            count(report.known.len() as u64, "thing"),
            report.unknown.len()
        );
        let aside = [
            (report.quiet, "tell of starts, stops and clients"),
            (log.other, "are of another kind"),
            (log.table.left_out, "found no room"),
        ];
        for (number, what) in aside.into_iter().filter(|(number, _)| *number > 0) {
            text += &format!("; {} {what}", count(number, "line"));
        }
        text
    }

    fn sources(&self, one: &Diagnosis<'_>) -> Option<(&Sources, &Part<'_>)> {
        self.parts.get(one.world).map(|part| (&part.loaded.stack.sources, part))
    }
}

fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Bytes of a log as a text that is safe to show.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = clean(text.trim());
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.into_owned(),
    }
}

/// Writes every distinct line with its meaning, its cause and what to change.
///
/// # Errors
/// When `out` does not take it.
pub fn diagnosis(explained: &Explained<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = explained.report;
    for one in &report.known {
        write(explained, one, out)?;
    }
    if !report.unknown.is_empty() {
        writeln!(out, "without a meaning that is known:\n")?;
        for one in &report.unknown {
            write(explained, one, out)?;
        }
    }
    if explained.log.other > 0 {
        let other = count(explained.log.other, "line");
        writeln!(out, "{other} of another kind, the first one: {}", shown(&explained.log.sample))?;
    }
    Ok(())
}

fn write(explained: &Explained<'_>, one: &Diagnosis<'_>, out: &mut dyn Write) -> io::Result<()> {
    let times = match (one.first, one.last) {
        (b"", _) => String::new(),
        (first, last) if first == last => format!(", {}", shown(first)),
        (first, last) => format!(", {} to {}", shown(first), shown(last)),
    };
    let status = one.status.map_or(String::new(), |status| format!(", the visitor gets {status}"));
    writeln!(out, "{}{times}{status}", count(one.count, "line"))?;
    let (program, severity) = (one.entry.program.name(), one.entry.severity.name());
    writeln!(out, "  {program} [{severity}] {}", shown(&one.entry.message))?;
    let context = Context::parse(&one.entry.context);
    if !context.request.is_empty() {
        let to = match context.upstream {
            b"" => String::new(),
            upstream => format!(" -> {}", shown(upstream)),
        };
        writeln!(out, "  {} {}{to}", shown(context.server), shown(context.request))?;
    }
    if let Some(meaning) = one.meaning {
        writeln!(out, "  means:  {meaning}")?;
    }
    let places = explained
        .sources(one)
        .into_iter()
        .flat_map(|(sources, part)| one.causes.iter().map(move |cause| (cause, sources, part)));
    for (at, (cause, sources, part)) in places.enumerate() {
        let word = if at == 0 { "cause: " } else { "and:   " };
        let Some(source) = sources.get(cause.at.file) else { continue };
        let line = sources.line(cause.at);
        let rule = cause.rule.map_or(String::new(), |rule| format!(" [{rule}]"));
        writeln!(out, "  {word} {}:{line}{rule}", part.place.shown_source(source))?;
        let text = source.lines().range(line, &source.bytes).of(&source.bytes);
        writeln!(out, "          | {}", shown(text))?;
        writeln!(out, "          {}", clean(&cause.text))?;
    }
    if one.meaning.is_some() && one.causes.is_empty() {
        writeln!(out, "  cause:  none of the configuration that was read")?;
    }
    for (at, change) in one.change.iter().enumerate() {
        writeln!(out, "  {} {}", if at == 0 { "change:" } else { "or:    " }, clean(change))?;
    }
    writeln!(out)
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    lines: u64,
    quiet: u64,
    other: u64,
    left_out: u64,
    known: Vec<Shown<'a>>,
    unknown: Vec<Shown<'a>>,
    errors: Vec<Unread<'a>>,
}

#[derive(Serialize)]
struct Unread<'a> {
    path: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Shown<'a> {
    kind: Option<&'a str>,
    program: &'a str,
    severity: &'a str,
    message: String,
    server: String,
    request: String,
    upstream: String,
    count: u64,
    first: String,
    last: String,
    status: Option<u16>,
    meaning: Option<&'a str>,
    causes: Vec<Spot<'a>>,
    change: &'a [String],
}

#[derive(Serialize)]
struct Spot<'a> {
    file: String,
    line: u32,
    column: u32,
    text: &'a str,
    rule: Option<&'a str>,
}

/// Writes one JSON document, version 1.
///
/// # Errors
/// When `out` does not take it.
pub fn diagnosis_json(explained: &Explained<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (report, log) = (explained.report, explained.log);
    let document = Document {
        version: 1,
        lines: log.lines,
        quiet: report.quiet,
        other: log.other,
        left_out: log.table.left_out,
        known: report.known.iter().map(|one| record(explained, one)).collect(),
        unknown: report.unknown.iter().map(|one| record(explained, one)).collect(),
        errors: explained
            .errors
            .iter()
            .map(|one| Unread { path: &one.path, message: &one.message })
            .collect(),
    };
    let text = serde_json::to_string_pretty(&document)?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

fn record<'a>(explained: &'a Explained<'_>, one: &'a Diagnosis<'_>) -> Shown<'a> {
    let text = |bytes: &[u8]| -> String { String::from_utf8_lossy(bytes).chars().take(MAX_SHOWN).collect() };
    let context = Context::parse(&one.entry.context);
    let spot = |cause: &'a Cause| {
        let (sources, part) = explained.sources(one)?;
        let source = sources.get(cause.at.file)?;
        Some(Spot {
            file: part.place.name(&source.path),
            line: sources.line(cause.at),
            column: source.lines().column(cause.at.start, &source.bytes),
            text: &cause.text,
            rule: cause.rule,
        })
    };
    Shown {
        kind: one.name,
        program: one.entry.program.name(),
        severity: one.entry.severity.name(),
        message: text(&one.entry.message),
        server: text(context.server),
        request: text(context.request),
        upstream: text(context.upstream),
        count: one.count,
        first: text(one.first),
        last: text(one.last),
        status: one.status,
        meaning: one.meaning,
        causes: one.causes.iter().filter_map(spot).collect(),
        change: &one.change,
    }
}
