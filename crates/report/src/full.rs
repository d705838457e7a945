//! Findings with the lines they speak of.

use std::io::{self, Write};

use codespan_reporting::diagnostic::{Diagnostic, Label, LabelStyle, Severity};
use codespan_reporting::files::Error;
use codespan_reporting::term::termcolor::Buffer;
use codespan_reporting::term::{Config, emit_to_write_style};
use gatelint_lint::{Finding, Level, Prediction, Program};
use gatelint_syntax::FileId;

use crate::clean::clean_lines;
use crate::json::one_line;
use crate::view::{Views, Window};
use crate::{Part, Report, clean};

/// Writes every finding with its labelled lines, notes and help, followed by an empty line; with colours as
/// ANSI terminals take them, or without.
///
/// # Errors
/// When `out` does not take it.
pub fn full(report: &Report<'_>, color: bool, out: &mut dyn Write) -> io::Result<()> {
    for part in &report.parts {
        let views = Views::new(part);
        for finding in &part.findings {
            out.write_all(&render(part, &views, finding, color)?)?;
        }
    }
    Ok(())
}

fn render(part: &Part<'_>, views: &Views<'_>, finding: &Finding, color: bool) -> io::Result<Vec<u8>> {
    let mut buffer = if color { Buffer::ansi() } else { Buffer::no_color() };
    let mut window = Window::new(views);
    let diagnostic = diagnostic(part, &mut window, finding).map_err(io::Error::other)?;
    let config = Config::default();
    match emit_to_write_style(&mut buffer, &config, &window, &diagnostic) {
        Err(Error::Io(error)) => return Err(error),
        done => done.map_err(io::Error::other)?,
    }
    let mut text = buffer.into_inner();
    if finding.level == Level::Info
        && let Some(at) = memchr::memmem::find(&text, b"note[")
    {
        // The renderer has its own word for the lowest level.
        text.splice(at..at + 4, Level::Info.name().bytes());
    }
    Ok(text)
}

fn diagnostic(
    part: &Part<'_>,
    window: &mut Window<'_>,
    finding: &Finding,
) -> Result<Diagnostic<FileId>, Error> {
    let severity = match finding.level {
        Level::Error => Severity::Error,
        Level::Warning => Severity::Warning,
        Level::Info => Severity::Note,
    };
    let mut labels = Vec::with_capacity(1 + finding.related.len());
    for (style, label) in std::iter::once((LabelStyle::Primary, &finding.primary))
        .chain(finding.related.iter().map(|label| (LabelStyle::Secondary, label)))
    {
        let range = window.fit(label.span.file, label.span.range())?;
        labels.push(Label::new(style, label.span.file, range).with_message(clean(&label.text)));
    }
    let prediction = finding.prediction.as_ref().map(|prediction| foreseen(part, prediction));
    let notes = prediction.iter().chain(&finding.notes).map(|note| format!("note: {}", clean_lines(note)));
    let help = finding.help.iter().map(|help| format!("help: {}", clean_lines(help)));
    Ok(Diagnostic::new(severity)
        .with_code(finding.rule)
        .with_message(clean(&finding.message))
        .with_labels(labels)
        .with_notes(notes.chain(help).collect()))
}

/// A prediction in a sentence.
pub(crate) fn foreseen(part: &Part<'_>, prediction: &Prediction) -> String {
    match prediction {
        Prediction::Answers { status, log } if log.is_empty() => format!("the visitor gets {status}"),
        Prediction::Answers { status, log } => {
            format!("the visitor gets {status}; nginx will log: {}", one_line(log))
        }
        Prediction::Refuses { program, log, .. } if log.is_empty() => {
            format!("{} refuses to start and does not say why", program.name())
        }
        Prediction::Refuses { program, at, log, .. } => {
            let sources = &part.loaded.stack.sources;
            // PHP-FPM's own words may begin with the place.
            let place = at.filter(|_| !log.starts_with('[')).and_then(|at| {
                let path = part.place.shown(&sources.get(at.file)?.path);
                // As the programs themselves name a place.
                let (preposition, separator) = match program {
                    Program::Nginx => ("in", ":"),
                    Program::PhpFpm => ("at", " line "),
                };
                Some(format!(" {preposition} {path}{separator}{}", sources.line(at)))
            });
            format!("{} refuses to start: {}{}", program.name(), one_line(log), place.unwrap_or_default())
        }
    }
}
