//! Whether a text may need a repair: asked of every file, so it looks at little.

use gatelint_catalog::nginx::{Name, Opens};
use gatelint_syntax::nginx::{NodeId, Tree, Word};

use super::Base;
use crate::nginx::ContextKind;

/// UTF-8's byte order mark.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether the reader refuses something, or a directive goes on over lines in a way that a forgotten `;` or `{`
/// would explain.
pub(super) fn is_suspect(text: &[u8], tree: &Tree, base: Base) -> bool {
    !tree.errors().is_empty()
        || text.starts_with(BYTE_ORDER_MARK)
        || tree.ids().any(|id| spans_lines(text, tree, id) && swallows(text, tree, id, base))
}

fn spans_lines(text: &[u8], tree: &Tree, id: NodeId) -> bool {
    let words = match tree.words(id) {
        [first, .., last] => text.get(first.range().end as usize..last.range().start as usize),
        _ => None,
    };
    words.is_some_and(|words| memchr::memchr(b'\n', words).is_some())
}

fn swallows(text: &[u8], tree: &Tree, id: NodeId, base: Base) -> bool {
    let in_body = match tree.parent(id) {
        Some(parent) => {
            let name = tree.words(parent).first().and_then(|word| Name::find(&word.value(text)));
            name.is_some_and(|name| name.directives().iter().any(|directive| directive.opens == Opens::Body))
        }
        None => base.kind == ContextKind::Body,
    };
    let rest = tree.words(id).get(1..).unwrap_or_default();
    rest.iter().any(|word| {
        starts_line(text, *word)
            && (in_body || !word.is_quoted() && Name::find(word.inner().of(text)).is_some())
    })
}

/// Whether only white space stands before a word on its line.
pub(super) fn starts_line(text: &[u8], word: Word) -> bool {
    let before = text.get(..word.range().start as usize).unwrap_or_default();
    before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')) == Some(&b'\n')
}
