//! Workflow commands that GitHub shows as annotations:
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::io::{self, Write};

use gatelint_lint::Level;

use crate::Report;
use crate::record::records;

/// Writes one command for each finding.
///
/// # Errors
/// When `out` does not take it.
pub fn github(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for record in records(report) {
        let command = match record.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "notice",
        };
        let at = &record.primary;
        writeln!(
            out,
            "::{command} file={},line={},endLine={},col={},endColumn={},title={}::{}",
            property(&at.file),
            at.line,
            at.end_line,
            at.column,
            at.end_column,
            property(record.rule),
            data(&record.whole()),
        )?;
    }
    Ok(())
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: a comma or colon would start another one.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
