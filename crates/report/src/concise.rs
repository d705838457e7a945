//! One line for each finding.

use std::io::{self, Write};

use crate::{Report, clean};

/// Writes `file:line:col: level[rule]: message` for each finding.
///
/// # Errors
/// When `out` does not take it.
pub fn concise(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for part in &report.parts {
        for finding in &part.findings {
            let span = finding.primary.span;
            let Some(source) = part.loaded.stack.sources.get(span.file) else { continue };
            let file = part.place.shown_source(source);
            let line = source.lines().line(span.start);
            let column = source.lines().column(span.start, &source.bytes);
            let (level, rule) = (finding.level.name(), finding.rule);
            writeln!(out, "{file}:{line}:{column}: {level}[{rule}]: {}", clean(&finding.message))?;
        }
    }
    Ok(())
}
