//! The picture as a flowchart of Mermaid: <https://mermaid.js.org/syntax/flowchart.html>.

use std::fmt::Write as _;
use std::io::{self, Write};

use gatelint_lint::Level;
use gatelint_model::paths::Kind;

use super::{Picture, picture};
use crate::{Report, clean};

/// The most text: Mermaid refuses more than 50 000 characters.
const MAX_TEXT: usize = 48_000;
/// The most connections: Mermaid refuses more than 500.
const MAX_EDGES: usize = 480;
/// The most characters of one name.
const MAX_NAME: usize = 60;

/// Writes one flowchart of all worlds.
///
/// # Errors
/// When `out` does not take it.
pub fn mermaid(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("flowchart LR\n");
    let mut styles = String::new();
    let mut edges = 0;
    let (mut worlds_left_out, mut servers_left_out) = (0, 0);
    for (number, part) in report.parts.iter().enumerate() {
        let picture = picture(part);
        if picture.is_empty() {
            continue;
        }
        let (own, own_styles) = world(&picture, number, edges);
        let name = part.place.name(std::path::Path::new("/"));
        if text.len() + styles.len() + own.len() + own_styles.len() > MAX_TEXT
            || edges + picture.paths.edges.len() > MAX_EDGES
        {
            worlds_left_out += 1;
            continue;
        }
        servers_left_out += picture.paths.servers_left_out;
        edges += picture.paths.edges.len();
        styles.push_str(&own_styles);
        if report.parts.len() > 1 {
            let name = if name.is_empty() { "/" } else { &name };
            let _ = writeln!(text, "  subgraph w{number}[\"{}\"]", label(name));
            text.push_str(&own);
            text.push_str("  end\n");
        } else {
            text.push_str(&own);
        }
    }
    if !styles.is_empty() {
        text.push_str("  classDef error stroke:#d1242f,stroke-width:3px\n");
        text.push_str("  classDef warning stroke:#bf8700,stroke-width:2px\n");
        text.push_str(&styles);
    }
    for (count, what) in [(servers_left_out, "servers"), (worlds_left_out, "worlds")] {
        if count > 0 {
            let _ = writeln!(text, "%% not drawn: {count} more {what}");
        }
    }
    out.write_all(text.as_bytes())
}

/// The nodes and edges of one world, and their styles; `first` is the number of its first edge.
fn world(picture: &Picture, number: usize, first: usize) -> (String, String) {
    let mut text = String::new();
    let mut styles = String::new();
    for (index, (node, mark)) in picture.paths.nodes.iter().zip(&picture.nodes).enumerate() {
        let (open, close) = match node.kind {
            Kind::Server => ("([", "])"),
            Kind::Group => ("[[", "]]"),
            Kind::Pool | Kind::Nginx | Kind::Service => ("[(", ")]"),
            Kind::Nobody | Kind::Unknown => ("(", ")"),
            Kind::Location | Kind::Address => ("[", "]"),
        };
        let break_ = if node.detail.is_empty() { "" } else { "<br/>" };
        let (name, detail) = (label(&node.name), label(&node.detail));
        let _ = writeln!(text, "  n{number}_{index}{open}\"{name}{break_}{detail}\"{close}");
        if let Some(mark) = mark {
            let _ = writeln!(styles, "  class n{number}_{index} {}", mark.level.name());
        }
    }
    for (index, (edge, mark)) in picture.paths.edges.iter().zip(&picture.edges).enumerate() {
        let arrow = match mark.map(|mark| mark.level) {
            Some(Level::Error) => "--x",
            _ => "-->",
        };
        let _ = writeln!(text, "  n{number}_{} {arrow} n{number}_{}", edge.from, edge.to);
        let color = match mark.map(|mark| mark.level) {
            Some(Level::Error) => "#d1242f",
            Some(Level::Warning) => "#bf8700",
            _ => continue,
        };
        let _ = writeln!(styles, "  linkStyle {} stroke:{color},stroke-width:3px", first + index);
    }
    (text, styles)
}

/// A text within quotes. What is not a letter, a digit or plain in paths is written as its number, so that nothing
/// ends the quotes, begins Markdown or is markup.
fn label(text: &str) -> String {
    let text: Vec<char> = clean(text).chars().collect();
    let mut out = String::new();
    for (at, char) in text.iter().copied().enumerate() {
        if at == MAX_NAME {
            out.push('…');
            break;
        }
        let is_letter =
            |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|char| char.is_alphanumeric());
        // Within a word these begin nothing.
        let is_inner = matches!(char, '-' | '_') && is_letter(at.checked_sub(1)) && is_letter(Some(at + 1));
        if char.is_alphanumeric() || is_inner || matches!(char, ' ' | '/' | '=' | ',') {
            out.push(char);
        } else {
            let _ = write!(out, "#{};", u32::from(char));
        }
    }
    out
}
