//! The short and long forms of a service's values.

use gatelint_syntax::Span;

use super::path::{in_tree, normal};
use super::yaml::Node;
use super::{Mount, Port, Word};

/// Splits at colons outside of `${...}`.
pub(super) fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0u32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// A size as `mem_limit` has it, with its place: `512m`, `1.5gb`, `1073741824`. `None`: none, or filled in elsewhere.
pub(super) fn bytes(word: &Word) -> Option<(u64, Span)> {
    let text = word.text.trim().to_ascii_lowercase();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor: u64 = match text.get(digits.len()..)?.trim_end_matches('b') {
        "" => 1,
        "k" | "ki" => 1 << 10,
        "m" | "mi" => 1 << 20,
        "g" | "gi" => 1 << 30,
        _ => return None,
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let tenths = u64::from(part.chars().next()?.to_digit(10)?);
    let bytes = whole.parse::<u64>().ok()?.checked_mul(factor)?.checked_add(factor / 10 * tenths)?;
    (bytes > 0).then_some((bytes, word.span))
}

/// The words of a list, or of one scalar.
pub(super) fn words(node: &Node) -> Vec<&Word> {
    match node {
        Node::Scalar(_) => node.word().into_iter().collect(),
        _ => node.items().iter().filter_map(Node::word).collect(),
    }
}

/// The names of a list of scalars or of a map's keys.
pub(super) fn names(node: &Node) -> Vec<String> {
    match node {
        Node::Map(entries) => entries.iter().map(|(name, _)| name.text.clone()).collect(),
        _ => words(node).into_iter().map(|word| word.text.clone()).collect(),
    }
}

/// Names with their values: a map, or a list of `NAME=VALUE`. What the environment gives is a variable.
pub(super) fn pairs(node: &Node) -> Vec<(String, String)> {
    let given = |name: &str, value: Option<&str>| (name.to_owned(), value.unwrap_or("$").to_owned());
    match node {
        Node::Map(entries) => entries
            .iter()
            .map(|(name, value)| given(&name.text, value.word().map(|word| word.text.as_str())))
            .collect(),
        _ => words(node)
            .into_iter()
            .map(|word| match word.text.split_once('=') {
                Some((name, value)) => given(name, Some(value)),
                None => given(&word.text, None),
            })
            .collect(),
    }
}

/// The names of `extra_hosts`: `name:address`, `name=address`, or a map.
pub(super) fn hosts(node: &Node) -> Vec<String> {
    let name = |entry: String| entry.split([':', '=']).next().unwrap_or_default().to_ascii_lowercase();
    names(node).into_iter().map(name).collect()
}

/// A volume of a service; `Err` where its target is not known. `dir` is that of the compose file.
pub(super) fn mount(node: &Node, dir: &str) -> Result<Mount, ()> {
    if let Some(word) = node.word() {
        let parts = split(&word.text);
        let (source, target) = match parts.as_slice() {
            [target] => ("", *target),
            [source, target, ..] => (*source, *target),
            [] => return Err(()),
        };
        return made(source, target, word, dir, source.starts_with(['.', '/', '~']));
    }
    let target = node.get("target").and_then(Node::word).ok_or(())?;
    let source = node.get("source").and_then(Node::word);
    let is_bind = node.get("type").and_then(Node::word).is_some_and(|kind| kind.text == "bind");
    made(source.map_or("", |source| &source.text), &target.text, source.unwrap_or(target), dir, is_bind)
}

fn made(source: &str, target: &str, word: &Word, dir: &str, is_bind: bool) -> Result<Mount, ()> {
    if target.contains('$') || !target.starts_with('/') {
        return Err(());
    }
    let path = if is_bind && !source.starts_with(['/', '~']) && !source.contains('$') {
        in_tree(dir, source)
    } else {
        None
    };
    let key = match &path {
        _ if source.is_empty() => format!("anonymous {target} {}", word.span.start),
        Some(path) => format!("tree {path}"),
        None => source.trim_end_matches('/').to_owned(),
    };
    Ok(Mount { key, path, target: normal(target), span: Some(word.span) })
}

/// A published port: `80`, `8080:80/tcp`, `127.0.0.1:8080:80`, or a map. `None` where it is not known.
pub(super) fn port(node: &Node) -> Option<Port> {
    let number = |text: &str| text.split('/').next().and_then(|port| port.parse::<u16>().ok());
    if let Some(word) = node.word() {
        let parts = split(&word.text);
        let target = number(parts.last()?)?;
        let published = parts.len().checked_sub(2).and_then(|at| number(parts.get(at)?));
        return Some(Port { published, target, span: word.span });
    }
    let target = node.get("target").and_then(Node::word)?;
    let published = node.get("published").and_then(Node::word).and_then(|word| number(&word.text));
    Some(Port { published, target: number(&target.text)?, span: target.span })
}
