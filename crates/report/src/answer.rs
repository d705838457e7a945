//! An answer to a question about a configuration: named values, each with the line that set it.

use std::io::{self, Write};

use serde::Serialize;

use crate::clean;
use crate::json::escaped;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spot {
    /// The file, relative to the root; with ` (built in)` where gatelint brought it along.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
    /// The file, named so that it opens from the working directory.
    #[serde(skip)]
    pub shown: String,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// A line.
    Line(Spot),
    /// The program's own default.
    Default,
    /// Nowhere: it is worked out, or not known.
    Nothing,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it is.
    pub name: String,
    /// The value, or what happens.
    pub value: String,
    /// Where it comes from.
    pub from: From,
}

/// Values that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Block {
    /// What kind of thing it is about: `server`, `way`, `pool`, ...
    pub kind: &'static str,
    /// In one line.
    pub title: String,
    /// The values, in order.
    pub rows: Vec<Row>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The version of this shape.
    pub version: u32,
    /// What was asked.
    pub asked: String,
    /// What is to be said of all of it.
    pub notes: Vec<String>,
    /// The answer.
    pub blocks: Vec<Block>,
}

impl From {
    fn text(&self) -> String {
        match self {
            Self::Line(spot) => format!("{}:{}", clean(&spot.shown), spot.line),
            Self::Default => "default".to_owned(),
            Self::Nothing => String::new(),
        }
    }
}

/// The widest name and value that others are aligned to.
const MAX_WIDTH: usize = 44;

/// Writes blocks of aligned lines.
///
/// # Errors
/// When `out` does not take it.
pub fn answer(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", clean(&answer.asked))?;
    for note in &answer.notes {
        writeln!(out, "note: {}", clean(note))?;
    }
    for block in &answer.blocks {
        writeln!(out, "\n{}", clean(&block.title))?;
        let width = |text: fn(&Row) -> &str| {
            let widths = block.rows.iter().map(|row| clean(text(row)).chars().count());
            widths.filter(|width| *width <= MAX_WIDTH).max().unwrap_or(0)
        };
        let (names, values) = (width(|row| &row.name), width(|row| &row.value));
        for row in &block.rows {
            let line =
                format!("  {:names$}  {:values$}  {}", clean(&row.name), clean(&row.value), row.from.text());
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// Writes one line for each value.
///
/// # Errors
/// When `out` does not take it.
pub fn answer_concise(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    for block in &answer.blocks {
        for row in &block.rows {
            let line = format!(
                "{}: {} {} {}",
                clean(&block.title),
                clean(&row.name),
                clean(&row.value),
                row.from.text()
            );
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

/// Writes one JSON document, version 1.
///
/// # Errors
/// When `out` does not take it.
pub fn answer_json(answer: &Answer, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(answer)?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_of_a_line() {
        let spot = Spot { file: "a".into(), line: 3, column: 1, shown: "a\u{1b}b".into() };
        let row = |name: &str, value: &str, from| Row { name: name.into(), value: value.into(), from };
        let rows = vec![row("long name", "x\ny", From::Line(spot)), row("b", "", From::Default)];
        let block = Block { kind: "server", title: "t\u{7}".into(), rows };
        let all = Answer { version: 1, asked: "q".into(), notes: vec!["n\r".into()], blocks: vec![block] };
        let mut out = Vec::new();
        answer(&all, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "q\nnote: n?\n\nt?\n  long name  x?y  a?b:3\n  b               default\n");
        let mut out = Vec::new();
        answer_json(&all, &mut out).unwrap();
        assert!(out.iter().all(|byte| *byte == b'\n' || !byte.is_ascii_control()));
    }
}
