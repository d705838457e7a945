//! The picture in Graphviz's language: <https://graphviz.org/doc/info/lang.html>.

use std::fmt::Write as _;
use std::io::{self, Write};

use gatelint_model::paths::Kind;

use super::{Picture, picture};
use crate::{Report, clean};

/// Writes one digraph of all worlds.
///
/// # Errors
/// When `out` does not take it.
pub fn dot(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from(
        "digraph gatelint {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"monospace\", fontsize=11];\n",
    );
    for (number, part) in report.parts.iter().enumerate() {
        let picture = picture(part);
        if picture.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  subgraph cluster_{number} {{");
        let name =
            if report.parts.len() > 1 { part.place.name(std::path::Path::new("/")) } else { String::new() };
        let left_out = picture.left_out();
        let _ = writeln!(text, "    label={};", quoted(&[&name, &left_out]));
        let _ = writeln!(text, "    color=none;");
        world(&mut text, part, &picture, number);
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    out.write_all(text.as_bytes())
}

fn world(text: &mut String, part: &crate::Part<'_>, picture: &Picture, number: usize) {
    let message = |mark: super::Mark| {
        let finding = part.findings.get(mark.finding);
        finding.map_or_else(String::new, |finding| quoted(&[&finding.message]))
    };
    for (index, (node, mark)) in picture.paths.nodes.iter().zip(&picture.nodes).enumerate() {
        let _ = write!(text, "    n{number}_{index} [label={}", quoted(&[&node.name, &node.detail]));
        if matches!(node.kind, Kind::Nobody | Kind::Unknown) {
            text.push_str(", style=\"rounded,dashed\"");
        }
        if let Some(mark) = mark {
            let _ = write!(text, ", color=\"{}\", penwidth=2, tooltip={}", color(*mark), message(*mark));
        }
        text.push_str("];\n");
    }
    for (edge, mark) in picture.paths.edges.iter().zip(&picture.edges) {
        let _ = write!(text, "    n{number}_{} -> n{number}_{}", edge.from, edge.to);
        if let Some(mark) = mark {
            let color = color(*mark);
            let _ = write!(text, " [color=\"{color}\", penwidth=2, tooltip={}]", message(*mark));
        }
        text.push_str(";\n");
    }
}

fn color(mark: super::Mark) -> &'static str {
    match mark.level {
        gatelint_lint::Level::Error => "#d1242f",
        _ => "#bf8700",
    }
}

/// Texts on lines of their own, as one quoted string: in it a backslash begins an escape and `&` an entity.
fn quoted(lines: &[&str]) -> String {
    let lines = lines.iter().filter(|line| !line.is_empty());
    let lines: Vec<String> = lines
        .map(|line| clean(line).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\""))
        .collect();
    format!("\"{}\"", lines.join("\\n"))
}
