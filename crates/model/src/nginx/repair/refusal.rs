//! What nginx refuses in one text: its reader's errors and those of `ngx_conf_handler()`
//! (`src/core/ngx_conf_file.c`), in the order in which it meets them.

use std::borrow::Cow;

use gatelint_syntax::nginx::{NodeId, Word};

use super::Outline;
use crate::Target;
use crate::nginx::trial::line::{Line, judge};
use crate::template::is_masked;

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

/// `ngx_http_core_location()` of `src/http/ngx_http_core_module.c`: which locations may stand in a location.
fn nesting(outline: &Outline<'_>, id: NodeId) -> Option<String> {
    let outer = outline.tree.parent(id)?;
    let location = Location::read(outline, id)?;
    let around = Location::read(outline, outer)?;
    if is_masked(&location.name) || is_masked(&around.name) {
        return None;
    }
    let name = String::from_utf8_lossy(&location.name).into_owned();
    let outer_name = String::from_utf8_lossy(&around.name);
    if around.modifier == Some(b"=") {
        return Some(format!("location \"{name}\" cannot be inside the exact location \"{outer_name}\""));
    }
    if around.name.starts_with(b"@") {
        return Some(format!("location \"{name}\" cannot be inside the named location \"{outer_name}\""));
    }
    if location.name.starts_with(b"@") {
        return Some(format!("named location \"{name}\" can be on the server level only"));
    }
    let is_regex = matches!(location.modifier, Some(b"~" | b"~*"));
    (!is_regex && !location.name.starts_with(&around.name))
        .then(|| format!("location \"{name}\" is outside location \"{outer_name}\""))
}

struct Location<'a> {
    modifier: Option<&'static [u8]>,
    name: Cow<'a, [u8]>,
}

impl<'a> Location<'a> {
    fn read(outline: &Outline<'a>, id: NodeId) -> Option<Self> {
        if outline.name(id)?.text() != "location" {
            return None;
        }
        let value = |word: &Word| outline.value(*word);
        // The modifier may be glued to the name; the longer ones are tried first.
        let modifiers: [&'static [u8]; 4] = [b"~*", b"^~", b"=", b"~"];
        match outline.tree.words(id) {
            [_, modifier, name] => {
                let modifier = value(modifier);
                let modifier = modifiers.into_iter().find(|known| **known == *modifier);
                Some(Self { modifier, name: value(name) })
            }
            [_, name] => {
                let name = value(name);
                let modifier = modifiers.into_iter().find(|known| name.starts_with(known));
                let bare = name.get(modifier.map_or(0, <[u8]>::len)..).unwrap_or_default().to_vec();
                Some(Self { modifier, name: bare.into() })
            }
            _ => None,
        }
    }
}
