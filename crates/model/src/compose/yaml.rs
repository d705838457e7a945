//! YAML as far as compose files need it: maps, lists and scalars with their places.
//!
//! The text comes from anyone, so everything is bounded: size, depth, number of nodes. An alias is never expanded, it is
//! [`Node::Unknown`]; so is whatever carries a tag of its own (`!reset`).

use gatelint_syntax::{FileId, Span, TextRange};
use saphyr_parser::{Event, Parser};

/// The largest text that is read, in bytes.
const MAX_SIZE: usize = 1 << 20;
/// The deepest nesting; compose files need eight.
const MAX_DEPTH: usize = 32;
/// The most events of one text.
const MAX_EVENTS: usize = 200_000;

/// A scalar and where it stands, quotes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The value.
    pub text: String,
    /// Its place.
    pub span: Span,
}

impl Word {
    /// Whether the environment fills in a part of it: `${VAR}`, `$VAR`. `$$` is a dollar sign.
    pub fn is_open(&self) -> bool {
        self.text.replace("$$", "").contains('$')
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A scalar; an empty one stands for null too.
    Scalar(Word),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in order.
    Map(Vec<(Word, Node)>),
    /// An alias, something tagged, a key that is no scalar.
    Unknown,
}

impl Node {
    /// The value of `key`; `None` where there is none.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }

    /// The entries of a map; empty for anything else.
    pub(super) fn entries(&self) -> &[(Word, Self)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// The items of a list; empty for anything else.
    pub(super) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// A scalar that is not empty.
    pub(super) fn word(&self) -> Option<&Word> {
        match self {
            Self::Scalar(word) if !word.text.is_empty() => Some(word),
            _ => None,
        }
    }
}

/// A collection that is still open.
enum Open {
    List(Vec<Node>, bool),
    Map(Vec<(Word, Node)>, Option<Node>, bool),
}

impl Open {
    fn take(&mut self, node: Node) {
        match self {
            Self::List(items, _) => items.push(node),
            Self::Map(entries, key, is_open) => match key.take() {
                None => *key = Some(node),
                Some(Node::Scalar(name)) => entries.push((name, node)),
                Some(_) => *is_open = true,
            },
        }
    }

    fn close(self) -> Node {
        match self {
            Self::List(_, true) | Self::Map(_, _, true) => Node::Unknown,
            Self::List(items, false) => Node::List(items),
            Self::Map(entries, _, false) => Node::Map(entries),
        }
    }
}

/// The first document of a text; an empty one is [`Node::Unknown`].
///
/// # Errors
/// What keeps it from being read, in one line, where it is no YAML or beyond the bounds.
pub(super) fn read(file: FileId, bytes: &[u8]) -> Result<Node, String> {
    if bytes.len() > MAX_SIZE {
        return Err("larger than 1 MiB".to_owned());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
    let text = text.get(skipped..).unwrap_or_default();
    let places = Places::of(text, skipped);
    let mut open: Vec<Open> = Vec::new();
    for (count, event) in Parser::new_from_str(text).enumerate() {
        let (event, at) =
            event.map_err(|error| format!("no YAML: {} in line {}", error.info(), error.marker().line()))?;
        if count > MAX_EVENTS || open.len() > MAX_DEPTH {
            return Err("holds more than gatelint reads".to_owned());
        }
        let done = match event {
            Event::Scalar(value, _, _, tag) => {
                let is_core = tag.is_none_or(|tag| tag.is_yaml_core_schema());
                let (start, end) = (places.byte(at.start.index()), places.byte(at.end.index()));
                // The parser counts the space behind a quoted scalar in.
                let written = bytes.get(start as usize..end as usize).unwrap_or_default().trim_ascii_end();
                let range = TextRange::new(start, start + written.len() as u32);
                let word = Word { text: value.into_owned(), span: range.in_file(file) };
                if is_core { Node::Scalar(word) } else { Node::Unknown }
            }
            Event::Alias(_) => Node::Unknown,
            Event::SequenceStart(_, tag) => {
                open.push(Open::List(Vec::new(), tag.is_some()));
                continue;
            }
            Event::MappingStart(_, tag) => {
                open.push(Open::Map(Vec::new(), None, tag.is_some()));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map_or(Node::Unknown, Open::close),
            _ => continue,
        };
        match open.last_mut() {
            Some(outer) => outer.take(done),
            None => return Ok(done),
        }
    }
    Ok(Node::Unknown)
}

/// From the parser's places, which count characters, to bytes.
struct Places {
    /// The byte at which each character starts; empty where all are of one byte.
    starts: Vec<u32>,
    len: usize,
    skipped: usize,
}

impl Places {
    fn of(text: &str, skipped: usize) -> Self {
        let starts = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at as u32).collect(),
        };
        Self { starts, len: text.len(), skipped }
    }

    fn byte(&self, index: usize) -> u32 {
        let byte = match self.starts.get(index) {
            Some(at) => *at as usize,
            None if self.starts.is_empty() => index.min(self.len),
            None => self.len,
        };
        (byte + self.skipped) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bytes() {
        let text = "\u{feff}# é\nservices:\n  php: &x { image: \"php:8.2-fpm\" }\n  web: *x\n";
        let root = read(FileId(0), text.as_bytes()).unwrap();
        let services = root.get("services").unwrap();
        let image = services.get("php").unwrap().get("image").unwrap().word().unwrap();
        assert_eq!(&text[image.span.start as usize..image.span.end as usize], "\"php:8.2-fpm\"");
        assert_eq!(services.get("web"), Some(&Node::Unknown));
    }

    #[test]
    fn bounds_hold() {
        for text in ["[".repeat(100_000), "a: {b".repeat(10_000), "- a\n".repeat(MAX_EVENTS)] {
            assert!(read(FileId(0), text.as_bytes()).is_err());
        }
        assert_eq!(read(FileId(0), b"\xff\xfe"), Err("not UTF-8".to_owned()));
        let mistake = read(FileId(0), b"services:\n  web: {image: nginx\nx: 1\n").unwrap_err();
        assert!(mistake.starts_with("no YAML: ") && mistake.ends_with(" in line 3"), "{mistake}");
        let mut bomb = String::from("a0: &a0 [x, x]\n");
        for level in 1..40 {
            bomb += &format!("a{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1);
        }
        assert_eq!(read(FileId(0), bomb.as_bytes()).unwrap().entries().len(), 40);
    }
}
