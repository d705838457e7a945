//! Findings as an editor shows them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use gatelint_lint::{Finding, Level, Prediction};
use gatelint_model::Stack;
use gatelint_model::discover::Loaded;
use gatelint_report::clean;
use gatelint_syntax::{FileId, Span};
use lsp_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Range,
};
use serde_json::json;

use crate::position::Lines;
use crate::room::Room;
use crate::state::Client;
use crate::uri;

/// Who says it.
pub(crate) const SOURCE: &str = "gatelint";

/// The most that is said of one file: nobody reads more, and an editor slows down.
const MAX_OF_FILE: usize = 500;

/// Spans as ranges, each text's lines counted once.
pub(crate) struct Places<'a> {
    dir: &'a Path,
    stack: &'a Stack,
    client: &'a Client,
    lines: HashMap<FileId, Lines<'a>>,
    paths: HashMap<FileId, Option<PathBuf>>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(dir: &'a Path, stack: &'a Stack, client: &'a Client) -> Self {
        Self { dir, stack, client, lines: HashMap::new(), paths: HashMap::new() }
    }

    pub(crate) fn range(&mut self, span: Span) -> Range {
        let text = self.stack.sources.bytes(span.file);
        let lines = self.lines.entry(span.file).or_insert_with(|| Lines::new(text, self.client.encoding));
        lines.span(span)
    }

    /// The path of the machine; `None` for a text that the program brings along.
    pub(crate) fn path(&mut self, file: FileId) -> Option<PathBuf> {
        let (dir, stack) = (self.dir, self.stack);
        self.paths.entry(file).or_insert_with(|| Room::path_of(dir, stack, file)).clone()
    }

    pub(crate) fn location(&mut self, span: Span) -> Option<Location> {
        let uri = uri::of_path(&self.path(span.file)?)?;
        Some(Location::new(uri, self.range(span)))
    }
}

/// What there is to say of each file. Of files that are not open only warnings and errors: an editor lists them all.
pub(crate) fn of_room(
    dir: &Path,
    loaded: &Loaded,
    findings: &[Finding],
    open: &BTreeSet<PathBuf>,
    client: &Client,
) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let stack = &loaded.stack;
    let mut places = Places::new(dir, stack, client);
    let mut by_path: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    for finding in findings {
        let Some(path) = places.path(finding.primary.span.file) else { continue };
        if finding.level < Level::Warning && !open.contains(&path) {
            continue;
        }
        let all = by_path.entry(path).or_default();
        if all.len() < MAX_OF_FILE {
            all.push(diagnostic(finding, &mut places));
        }
    }
    for problem in &stack.problems {
        let Some(at) = problem.at else { continue };
        let Some(path) = places.path(at.file) else { continue };
        let text = format!("{}: {}", problem.path.to_string_lossy(), problem.message);
        by_path.entry(path).or_default().push(Diagnostic {
            range: places.range(at),
            severity: Some(DiagnosticSeverity::WARNING),
            source: Some(SOURCE.to_owned()),
            message: clean(&text).into_owned(),
            ..Diagnostic::default()
        });
    }
    by_path
}

fn diagnostic(finding: &Finding, places: &mut Places<'_>) -> Diagnostic {
    let related: Vec<DiagnosticRelatedInformation> = finding
        .related
        .iter()
        .filter_map(|label| {
            let message = if label.text.is_empty() { "see here" } else { &label.text };
            Some(DiagnosticRelatedInformation {
                location: places.location(label.span)?,
                message: clean(message).into_owned(),
            })
        })
        .collect();
    Diagnostic {
        range: places.range(finding.primary.span),
        severity: Some(match finding.level {
            Level::Error => DiagnosticSeverity::ERROR,
            Level::Warning => DiagnosticSeverity::WARNING,
            Level::Info => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(finding.rule.to_owned())),
        code_description: None,
        source: Some(SOURCE.to_owned()),
        message: message(finding),
        related_information: (!related.is_empty()).then_some(related),
        tags: None,
        data: Some(json!({"rule": finding.rule, "confidence": finding.confidence.name()})),
    }
}

/// The fact, what follows from it, what is known, and what to do: one line each.
fn message(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    if !finding.primary.text.is_empty() {
        lines.push(finding.primary.text.clone());
    }
    lines.extend(finding.prediction.iter().filter_map(predicted));
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    let lines: Vec<_> = lines.iter().map(|line| clean(line)).collect();
    lines.join("\n")
}

fn predicted(prediction: &Prediction) -> Option<String> {
    match prediction {
        Prediction::Refuses { program, log, .. } if !log.is_empty() => {
            Some(format!("{} refuses: {log}", program.name()))
        }
        Prediction::Answers { log, .. } if !log.is_empty() => Some(format!("nginx will log: {log}")),
        _ => None,
    }
}
