//! What nginx refuses in one text: its reader's errors and those of `ngx_conf_handler()`
//! (`src/core/ngx_conf_file.c`), in the order in which it meets them.

use gatelint_syntax::nginx::NodeId;

use super::Outline;
use crate::Target;
use crate::nginx::location::LocationName;
use crate::nginx::trial::line::{Line, judge};
use crate::nginx::trial::misnested;

/// What nginx prints when it stops.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Refusal {
    /// The byte whose line it names.
    pub at: u32,
    /// The message, without level and place.
    pub message: String,
}

/// What nginx would refuse in a text, in the order in which it meets it; at most `limit` of each sort. It
/// prints the first and stops.
pub(super) fn refusals(outline: &Outline<'_>, limit: usize) -> Vec<Refusal> {
    let errors = outline.tree.errors().iter().take(limit);
    let errors = errors.map(|error| Refusal { at: error.at, message: error.kind.message() });
    let directives = outline.tree.ids().filter_map(|id| {
        let message = refusal(outline, id)?;
        Some(Refusal { at: outline.tree.node(id)?.terminator(), message })
    });
    let mut all: Vec<_> = errors.chain(directives.take(limit)).collect();
    all.sort_by_key(|refusal| refusal.at);
    all
}

/// A directive of the outline as one line.
pub(super) fn line_of<'a>(outline: &Outline<'a>, id: NodeId) -> Option<Line<'a>> {
    Some(Line {
        text: outline.text,
        words: outline.tree.words(id),
        ending: outline.tree.node(id)?.ending(),
        kind: outline.kind(id),
        body: outline.body_of(id),
        is_template: true,
        target: Target::default(),
    })
}

/// What nginx prints when it refuses these words; `None` where it takes them, or where that cannot be told.
pub(super) fn refuses(line: &Line<'_>) -> Option<String> {
    judge(line).map(|fault| fault.message)
}

/// What nginx prints when it refuses a directive itself.
fn refusal(outline: &Outline<'_>, id: NodeId) -> Option<String> {
    refuses(&line_of(outline, id)?).or_else(|| nesting(outline, id))
}

/// A location that may not stand in the location around it.
fn nesting(outline: &Outline<'_>, id: NodeId) -> Option<String> {
    let outer = location_of(outline, outline.tree.parent(id)?)?;
    Some(misnested(&location_of(outline, id)?, &outer)?.message)
}

fn location_of<'a>(outline: &Outline<'a>, id: NodeId) -> Option<LocationName<'a>> {
    if outline.name(id)?.text() != "location" {
        return None;
    }
    let [_, first, rest @ ..] = outline.tree.words(id) else { return None };
    LocationName::read(outline.value(*first), rest.first().map(|word| outline.value(*word)))
}
