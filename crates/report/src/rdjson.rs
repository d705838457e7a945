//! reviewdog's diagnostic format: <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>.

use std::io::{self, Write};

use gatelint_lint::Level;
use serde_json::{Value, json};

use crate::Report;
use crate::record::{Location, Record, records};

/// Writes one JSON document.
///
/// # Errors
/// When `out` does not take it.
pub fn rdjson(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let diagnostics: Vec<Value> = records(report).iter().map(diagnostic).collect();
    let document = json!({ "source": { "name": "gatelint" }, "diagnostics": diagnostics });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn diagnostic(record: &Record) -> Value {
    let related = |at: &Location| json!({ "message": at.text, "location": location(at) });
    json!({
        "message": record.whole(),
        "location": location(&record.primary),
        "severity": match record.level {
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Info => "INFO",
        },
        "code": { "value": record.rule },
        "related_locations": record.related.iter().map(related).collect::<Vec<_>>(),
    })
}

fn location(at: &Location) -> Value {
    // Columns are counted in bytes of UTF-8.
    let position = |line: u32, column: u32| json!({ "line": line, "column": column });
    json!({
        "path": at.file,
        "range": { "start": position(at.line, at.bytes.0), "end": position(at.end_line, at.bytes.1) },
    })
}
