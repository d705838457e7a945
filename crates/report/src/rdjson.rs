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
    let suggestions = record.fixes.iter().filter_map(|fix| fix.whole.as_ref());
    let suggestion = |(at, text): &(Location, String)| json!({ "range": range(at), "text": text });
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
        "suggestions": suggestions.map(suggestion).collect::<Vec<_>>(),
    })
}

fn location(at: &Location) -> Value {
    json!({ "path": at.file, "range": range(at) })
}

/// Columns count bytes here: `message Position` of `reviewdog.proto`.
fn range(at: &Location) -> Value {
    let position = |line: u32, column: u32| json!({ "line": line, "column": column });
    let (start, end) = at.bytes;
    json!({ "start": position(at.line, start), "end": position(at.end_line, end) })
}
