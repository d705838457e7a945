//! What nginx refuses in one text: its reader's errors and those of `ngx_conf_handler()`
//! (`src/core/ngx_conf_file.c`), in the order in which it meets them.

mod parameters;

use std::borrow::Cow;

use gatelint_catalog::nginx::{Directive, Name, Origin};
use gatelint_syntax::nginx::{Ending, NodeId, Word};

use super::ContextKind;
use super::repair::Outline;
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
pub(crate) fn refusals(outline: &Outline<'_>, limit: usize) -> Vec<Refusal> {
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

/// More arguments than any directive with a bound takes.
const MAX_ARGUMENTS: usize = 8;

/// Words as one directive, in the place where they stand.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// The name and the arguments.
    pub(crate) words: &'a [Word],
    /// How the words end.
    pub(crate) ending: Ending,
    /// The context that they stand in.
    pub(crate) kind: ContextKind,
    /// The directive whose free-form body they stand in.
    pub(crate) body: Option<Name>,
}

/// What nginx prints when it refuses a directive itself.
fn refusal(outline: &Outline<'_>, id: NodeId) -> Option<String> {
    let line = Line {
        words: outline.tree.words(id),
        ending: outline.tree.node(id)?.ending(),
        kind: outline.kind(id),
        body: outline.body_of(id),
    };
    refuses(outline.text, line).or_else(|| nesting(outline, id))
}

/// What nginx prints when it refuses these words; `None` where it takes them, or where that cannot be told.
pub(crate) fn refuses(text: &[u8], line: Line<'_>) -> Option<String> {
    let (first, args) = line.words.split_first()?;
    if line.ending == Ending::Missing {
        // The reader has refused it.
        return None;
    }
    if line.kind == ContextKind::Body {
        return body_line(text, line);
    }
    if line.kind == ContextKind::Other {
        return None;
    }
    let name = first.value(text);
    if is_masked(&name) {
        return None;
    }
    let shown = String::from_utf8_lossy(&name);
    let Some(known) = Name::find(&name) else { return Some(format!("unknown directive \"{shown}\"")) };
    let Some(directive) = directive_in(known, line.kind) else {
        return Some(format!("\"{shown}\" directive is not allowed here"));
    };
    let has_block = line.ending != Ending::Semicolon;
    if directive.block && !has_block {
        return Some(format!("directive \"{shown}\" has no opening \"{{\""));
    }
    if !directive.block && has_block {
        return Some(format!("directive \"{shown}\" is not terminated by \";\""));
    }
    // What a template fills in without quotes may be any number of words, none too.
    let is_filled_in = |word: &&Word| is_masked(word.inner().of(text));
    let filled = args.iter().filter(is_filled_in).count();
    if filled > 0 {
        let is_too_much = (args.len() - filled..=MAX_ARGUMENTS).all(|count| !directive.takes(count));
        return is_too_much.then(|| format!("invalid number of arguments in \"{shown}\" directive"));
    }
    if !directive.takes(args.len()) {
        return Some(format!("invalid number of arguments in \"{shown}\" directive"));
    }
    let args: Vec<Cow<'_, [u8]>> = args.iter().map(|word| word.value(text)).collect();
    let args: Vec<&[u8]> = args.iter().map(|arg| &**arg).collect();
    parameters::refuses(directive, line.kind, &args)
}

/// The directive of this name that nginx would take in `kind`, its own modules first.
pub(crate) fn directive_in(name: Name, kind: ContextKind) -> Option<&'static Directive> {
    let own = |directive: &&Directive| directive.origin == Origin::Oss && directive.allows(kind);
    name.directives().iter().find(own).or_else(|| name.in_context(kind))
}

/// The number of words that a line of this free-form body has; `None` where any will do.
pub(crate) fn words_of_line(body: Name, first: &[u8]) -> Option<usize> {
    match (body.text(), first) {
        ("map", b"hostnames" | b"volatile") => Some(1),
        ("geo", b"ranges" | b"proxy_recursive" | b"volatile") => Some(1),
        ("map" | "geo" | "charset_map", _) => Some(2),
        _ => None,
    }
}

fn body_line(text: &[u8], line: Line<'_>) -> Option<String> {
    let body = line.body?;
    if !matches!(body.text(), "map" | "geo" | "charset_map" | "split_clients" | "types") {
        return None;
    }
    if line.ending != Ending::Semicolon {
        return Some("unexpected \"{\"".into());
    }
    if line.words.iter().any(|word| is_masked(word.inner().of(text))) {
        return None;
    }
    let count = words_of_line(body, &line.words.first()?.value(text))?;
    (line.words.len() != count).then(|| match body.text() {
        "charset_map" => "invalid parameters number".into(),
        kind => format!("invalid number of the {kind} parameters"),
    })
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
