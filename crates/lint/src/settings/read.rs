//! From a text to settings.

use std::collections::BTreeMap;

use gatelint_syntax::{FileId, Span, TextRange};
use toml::de::DeTable;

use super::check::Check;
use super::{Problem, ProblemKind, Settings, schema};
use crate::Rule;

/// The largest gatelint.toml that is read, in bytes.
pub const MAX_SIZE: usize = 256 << 10;

/// What a text says.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What is understood; the rest is at its default.
    pub settings: Settings,
    /// What is not understood, in the order of the text.
    pub problems: Vec<Problem>,
    /// Where each value that is set stands, by its key: `thresholds.connect_max`.
    pub places: BTreeMap<String, Span>,
}

impl Reading {
    /// Reads the text of `file`. Never fails.
    pub fn new(text: &[u8], file: FileId, rules: &[Rule]) -> Self {
        let whole = |kind| Self {
            problems: vec![Problem { span: TextRange::new(0, 0).in_file(file), kind }],
            ..Self::default()
        };
        if text.len() > MAX_SIZE {
            return whole(ProblemKind::Syntax(format!("larger than {} KiB", MAX_SIZE >> 10)));
        }
        let text = match std::str::from_utf8(text) {
            Ok(text) => text,
            Err(error) => {
                let at = error.valid_up_to() as u32;
                let span = TextRange::new(at, at + 1).in_file(file);
                let kind = ProblemKind::Syntax("not UTF-8".to_owned());
                return Self { problems: vec![Problem { span, kind }], ..Self::default() };
            }
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        let schema = schema(rules);
        let mut check = Check::new(file, &schema);
        for error in errors {
            let range = error.span().unwrap_or_default();
            let range = TextRange::new(range.start as u32, range.end.max(range.start) as u32);
            check.problem(range, ProblemKind::Syntax(error.message().to_owned()));
        }
        let understood = check.table(table.get_ref(), &schema, "");
        let (mut problems, places) = check.end();
        let settings = serde_json::from_value(understood).unwrap_or_else(|error| {
            // The schema takes what the types do not: said, never passed over.
            problems.push(Problem {
                span: TextRange::new(0, 0).in_file(file),
                kind: ProblemKind::Syntax(error.to_string()),
            });
            Settings::default()
        });
        problems.sort_by_key(|problem| problem.span.start);
        Self { settings, problems, places }
    }
}
