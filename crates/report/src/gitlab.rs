//! GitLab's code quality report: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::io::{self, Write};

use gatelint_lint::Level;
use serde::Serialize;

use crate::Report;
use crate::record::{Record, records};

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// Writes a JSON array of issues.
///
/// # Errors
/// When `out` does not take it.
pub fn gitlab(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<Issue> = records(report).into_iter().map(issue).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

fn issue(record: Record) -> Issue {
    let details: String = record.details.iter().map(|line| format!("; {line}")).collect();
    Issue {
        description: format!("{}{details}", record.message),
        check_name: record.rule,
        fingerprint: record.fingerprint,
        severity: match record.level {
            Level::Error => "critical",
            Level::Warning => "minor",
            Level::Info => "info",
        },
        location: Place {
            path: record.primary.file,
            lines: Lines { begin: record.primary.line, end: record.primary.end_line },
        },
    }
}
