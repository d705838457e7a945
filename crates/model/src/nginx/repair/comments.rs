//! Lines that were taken out of the configuration and left half of a block behind.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::TextRange;

use super::{Edit, Outline};

/// Comments that open a block which no comment closes, each with the edit that makes it text again.
pub(super) fn openers(outline: &Outline<'_>) -> Vec<(TextRange, Edit)> {
    unmatched(outline).0
}

/// Comments that close a block which no comment opens, each with the edit that makes it text again.
pub(super) fn closes(outline: &Outline<'_>) -> Vec<(TextRange, Edit)> {
    unmatched(outline).1
}

type Comments = Vec<(TextRange, Edit)>;

fn unmatched(outline: &Outline<'_>) -> (Comments, Comments) {
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for comment in outline.tree.comments() {
        let text = comment.of(outline.text);
        let marks = text.iter().take_while(|byte| **byte == b'#' || byte.is_ascii_whitespace()).count();
        let line = text.get(marks..).unwrap_or_default().trim_ascii_end();
        let found = (*comment, Edit::delete(comment.start, marks as u32));
        if line.starts_with(b"}") {
            if open.pop().is_none() {
                closed.push(found);
            }
        } else if line.ends_with(b"{") && names_block(line) {
            open.push(found);
        }
    }
    (open, closed)
}

/// Whether a line starts with the name of a directive that opens a block.
fn names_block(line: &[u8]) -> bool {
    let end = line.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'{');
    let name = line.get(..end.unwrap_or(line.len())).and_then(Name::find);
    name.is_some_and(|name| name.directives().iter().any(|directive| directive.block))
}
