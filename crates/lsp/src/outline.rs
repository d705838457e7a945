//! What a text holds, for the outline of an editor.

use gatelint_report::clean;
use gatelint_syntax::nginx::{NodeId, Tree};
use gatelint_syntax::{TextRange, ini};
use lsp_types::{DocumentSymbol, SymbolKind};

use crate::here::Here;
use crate::position::Lines;

/// The deepest block that is shown.
const MAX_DEPTH: usize = 16;

/// The most entries.
const MAX_SYMBOLS: usize = 20_000;

pub(crate) fn outline(here: &Here<'_>) -> Vec<DocumentSymbol> {
    let lines = here.lines();
    match here.stack.nginx.tree(here.file) {
        Some(tree) => blocks(tree, here.text, &lines),
        None => sections(here.text, &lines),
    }
}

fn symbol(
    name: &str,
    detail: String,
    kind: SymbolKind,
    ranges: [TextRange; 2],
    lines: &Lines<'_>,
) -> DocumentSymbol {
    let [range, selection] = ranges;
    let name = clean(name).trim().to_owned();
    #[allow(deprecated, reason = "the field has to be named")]
    DocumentSymbol {
        name: if name.is_empty() { "?".to_owned() } else { name },
        detail: (!detail.is_empty()).then(|| clean(&detail).into_owned()),
        kind,
        tags: None,
        deprecated: None,
        range: lines.range(range),
        selection_range: lines.range(selection),
        children: None,
    }
}

fn kind(name: &[u8]) -> SymbolKind {
    match name {
        b"http" | b"stream" | b"mail" | b"events" => SymbolKind::NAMESPACE,
        b"server" => SymbolKind::CLASS,
        b"location" => SymbolKind::METHOD,
        b"upstream" => SymbolKind::INTERFACE,
        b"map" | b"geo" | b"split_clients" => SymbolKind::VARIABLE,
        b"if" | b"limit_except" => SymbolKind::OPERATOR,
        _ => SymbolKind::OBJECT,
    }
}

fn blocks(tree: &Tree, text: &[u8], lines: &Lines<'_>) -> Vec<DocumentSymbol> {
    // The blocks that are open, each with what it holds so far.
    let mut open: Vec<(NodeId, DocumentSymbol)> = Vec::new();
    let mut out = Vec::new();
    let close = |open: &mut Vec<(NodeId, DocumentSymbol)>, out: &mut Vec<DocumentSymbol>| {
        let Some((_, done)) = open.pop() else { return };
        match open.last_mut() {
            Some((_, around)) => around.children.get_or_insert_default().push(done),
            None => out.push(done),
        }
    };
    for (count, id) in tree.ids().filter(|id| tree.node(*id).is_some_and(|node| node.has_block())).enumerate()
    {
        if count >= MAX_SYMBOLS {
            break;
        }
        while open.last().is_some_and(|(around, _)| tree.parent(id) != Some(*around)) {
            close(&mut open, &mut out);
        }
        if open.len() >= MAX_DEPTH || tree.parent(id).is_some() && open.is_empty() {
            continue;
        }
        let [first, rest @ ..] = tree.words(id) else { continue };
        let last = rest.last().unwrap_or(first).range();
        let end = tree.node(id).map_or(last.end, |node| (node.close() + 1).min(text.len() as u32));
        let name = first.inner().of(text);
        let shown = String::from_utf8_lossy(first.range().to(last).of(text)).into_owned();
        let detail = if name == b"server" { server_names(tree, id, text) } else { String::new() };
        let ranges = [TextRange::new(first.range().start, end.max(last.end)), first.range().to(last)];
        open.push((id, symbol(&shown, detail, kind(name), ranges, lines)));
    }
    while !open.is_empty() {
        close(&mut open, &mut out);
    }
    out
}

/// What a server is called.
fn server_names(tree: &Tree, id: NodeId, text: &[u8]) -> String {
    let name =
        |id: &NodeId| tree.words(*id).first().is_some_and(|word| word.inner().of(text) == b"server_name");
    let words = tree.children(id).find(name).map(|id| tree.words(id)).unwrap_or_default();
    let names = words.iter().skip(1).take(4).map(|word| String::from_utf8_lossy(word.inner().of(text)));
    names.collect::<Vec<_>>().join(" ")
}

fn sections(text: &[u8], lines: &Lines<'_>) -> Vec<DocumentSymbol> {
    let document = ini::parse(text, ini::Reader::Lines);
    let mut out: Vec<(TextRange, TextRange, String, String)> = Vec::new();
    for statement in &document.statements {
        match statement {
            ini::Statement::Section(section) => {
                let name = String::from_utf8_lossy(section.name.range.of(text)).into_owned();
                out.push((section.range, section.range, name, String::new()));
            }
            ini::Statement::Entry(entry) => {
                let Some((whole, _, _, detail)) = out.last_mut() else { continue };
                *whole = whole.to(entry.range());
                if entry.key.of(text) == b"listen"
                    && let Some(value) = &entry.value
                {
                    *detail = String::from_utf8_lossy(value.range.of(text)).into_owned();
                }
            }
        }
    }
    let symbol = |(range, head, name, detail): (TextRange, TextRange, String, String)| {
        let kind = if name == "global" { SymbolKind::NAMESPACE } else { SymbolKind::CLASS };
        symbol(&name, detail, kind, [range, head], lines)
    };
    out.into_iter().take(MAX_SYMBOLS).map(symbol).collect()
}
