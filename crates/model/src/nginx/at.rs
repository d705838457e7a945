//! What stands at a byte of a file: for somebody who points at it.

use gatelint_syntax::FileId;
use gatelint_syntax::nginx::{Ending, NodeId, Tree};

use super::{ContextId, Directive, PlaceId, Scope};
use crate::Stack;

/// A byte of a file in one of the places that the includes give it.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The directive whose words, or the space between them, hold the byte; `None` between directives.
    pub directive: Option<Directive<'a>>,
    /// Which of its words the byte belongs to.
    pub word: Option<AtWord>,
    /// The block that the byte stands in: of a directive's words the block around it, also where it opens one.
    pub scope: Scope<'a>,
}

/// A word of a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtWord {
    /// Its name.
    Name,
    /// An argument, counted from 0.
    Argument(usize),
}

/// A byte within one tree.
struct Spot {
    /// The directive around it; `None` at the top of the file.
    node: Option<NodeId>,
    /// Whether it is among the directive's words; else it stands in its block.
    in_words: bool,
    word: Option<AtWord>,
}

impl Stack {
    /// What stands at byte `offset` of `file`: one for each time that nginx reads the file, in reading order. The
    /// places between two bytes count as the left one's end too, as a cursor does. Empty for a file that nginx does
    /// not read, or that holds no directive.
    pub fn at(&self, file: FileId, offset: u32) -> impl Iterator<Item = At<'_>> {
        let tree = self.nginx.tree(file);
        let spot = tree.map(|tree| spot(tree, offset));
        // At the top of a file every directive of the top stands in the same block.
        let node = spot.as_ref().and_then(|spot| spot.node).or_else(|| tree?.top().next());
        let places = self.nginx.places.iter().enumerate();
        let here = places.filter(move |(_, place)| place.file == file && Some(place.node) == node);
        here.filter_map(move |(index, place)| {
            let spot = spot.as_ref()?;
            let scope = |id: ContextId| Scope { stack: self, id };
            let directive = Directive { stack: self, id: PlaceId(index as u32) };
            Some(match (spot.node, spot.in_words) {
                (None, _) => At { directive: None, word: None, scope: scope(place.context) },
                (Some(_), true) => {
                    At { directive: Some(directive), word: spot.word, scope: scope(place.context) }
                }
                (Some(_), false) => At { directive: None, word: None, scope: scope(place.opens?) },
            })
        })
    }
}

fn spot(tree: &Tree, offset: u32) -> Spot {
    let mut node = last_before(tree, offset);
    while let Some(id) = node {
        let (Some(found), Some(first)) = (tree.node(id), tree.words(id).first()) else { break };
        let end = match found.ending() {
            Ending::Block | Ending::Raw => found.close(),
            Ending::Semicolon | Ending::Missing => found.terminator(),
        };
        if first.range().start <= offset && offset <= end {
            let in_words = found.ending() == Ending::Raw || offset <= found.terminator();
            return Spot { node: Some(id), in_words, word: word(tree, id, offset).filter(|_| in_words) };
        }
        node = tree.parent(id);
    }
    Spot { node: None, in_words: false, word: None }
}

/// The last directive that starts at or before a byte: directives are numbered in the order of the text.
fn last_before(tree: &Tree, offset: u32) -> Option<NodeId> {
    let ids: Vec<NodeId> = tree.ids().collect();
    let starts_before = |id: &NodeId| tree.words(*id).first().is_none_or(|word| word.range().start <= offset);
    let next = ids.partition_point(starts_before);
    ids.get(next.checked_sub(1)?).copied()
}

fn word(tree: &Tree, id: NodeId, offset: u32) -> Option<AtWord> {
    let touches = |range: gatelint_syntax::TextRange| range.start <= offset && offset <= range.end;
    let index = tree.words(id).iter().position(|word| touches(word.range()))?;
    Some(index.checked_sub(1).map_or(AtWord::Name, AtWord::Argument))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says what it expects by failing")]
mod tests {
    use std::path::Path;

    use crate::files::Memory;
    use crate::nginx::ContextKind;
    use crate::stack::{NginxRoot, Roots};
    use crate::{Options, Stack};

    use super::AtWord;

    const MAIN: &str =
        "http {\n    server { include one; }\n    server {\n        include one;\n\n    }\n}\n";
    const ONE: &str = "root /srv;\n\nlocation / {\n    index a \"b\";\n}\n";

    /// For each place of what stands before `|` in `path`: name, word, kind of block.
    fn at(path: &str, before: &str) -> Vec<(Option<String>, Option<AtWord>, ContextKind)> {
        let files = Memory::new([("/nginx.conf", MAIN), ("/one", ONE)]);
        let root = NginxRoot { path: "/nginx.conf".into(), context: ContextKind::Main };
        let roots = Roots { nginx: vec![root], ..Roots::default() };
        let stack = Stack::load(&files, &roots, &Options::default());
        let file = stack.sources.find(Path::new(path)).expect("a file that is read");
        let text = if path == "/one" { ONE } else { MAIN };
        let offset = text.find(before).expect("a text of the file") + before.len();
        let found = stack.at(file, offset as u32);
        found.map(|at| (at.directive.map(|by| by.name().into_owned()), at.word, at.scope.kind())).collect()
    }

    #[test]
    fn every_inclusion_is_a_place() {
        let root = (Some("root".to_owned()), Some(AtWord::Argument(0)), ContextKind::Server);
        assert_eq!(at("/one", "root /s"), [root.clone(), root]);
        let index = (Some("index".to_owned()), Some(AtWord::Argument(1)), ContextKind::Location);
        assert_eq!(at("/one", "a \"b\""), [index.clone(), index]);
    }

    #[test]
    fn between_directives_only_the_block_is_known() {
        assert_eq!(at("/one", ";\n"), vec![(None, None, ContextKind::Server); 2]);
        assert_eq!(at("/one", "location / {\n"), vec![(None, None, ContextKind::Location); 2]);
        assert_eq!(at("/nginx.conf", "http {\n"), [(None, None, ContextKind::Http)]);
        assert_eq!(at("/nginx.conf", "one;\n\n"), [(None, None, ContextKind::Server)]);
    }

    #[test]
    fn the_words_of_a_block_stand_outside_it() {
        let location = (Some("location".to_owned()), Some(AtWord::Name), ContextKind::Server);
        assert_eq!(at("/one", "loca"), [location.clone(), location]);
    }
}
