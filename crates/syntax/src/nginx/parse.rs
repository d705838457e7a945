//! From tokens to a tree, in one loop with a stack of its own: depth costs no recursion.

use super::lua::{is_lua_block, lua};
use super::token::{Token, may_follow_quote, token};
use super::tree::{Ending, Node, NodeId, Tree, Word};
use super::{SyntaxError, SyntaxErrorKind};
use crate::TextRange;

/// `NGX_CONF_BUFFER` of `src/core/ngx_conf_file.c`: no word or comment may be longer.
const NGX_CONF_BUFFER: usize = 4096;

/// The most directives that one file may hold: ten times what 50 MB of real configuration have.
const MAX_NODES: usize = 1 << 22;
/// The most errors that are kept: nginx prints one.
const MAX_ERRORS: usize = 1000;

/// Parses any bytes. Where nginx would stop, an error is noted and reading goes on: a stray `;` or `}` is
/// skipped, a directive that `}` or the end of the text cuts off is kept as [`Ending::Missing`].
pub fn parse(text: &[u8]) -> Tree {
    let mut parser = Parser::new(text);
    parser.run();
    parser.finish()
}

/// A block that is open.
struct Open {
    node: u32,
    last_child: u32,
}

struct Parser<'a> {
    text: &'a [u8],
    rest: &'a [u8],
    tree: Tree,
    open: Vec<Open>,
    /// Where the words of the directive at hand start in the tree's list.
    first_word: u32,
    /// The opening quote of a word that the end of the text cuts off.
    unclosed: Option<u32>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a [u8]) -> Self {
        let tree = Tree {
            nodes: Vec::with_capacity(text.len() / 32),
            words: Vec::with_capacity(text.len() / 11),
            ..Tree::default()
        };
        let open = vec![Open { node: NodeId::NONE, last_child: NodeId::NONE }];
        Self { text, rest: text, tree, open, first_word: 0, unclosed: None }
    }

    fn offset(&self) -> u32 {
        self.offset_of(self.rest)
    }

    /// The offset of a tail of the text.
    #[inline(always)]
    fn offset_of(&self, tail: &[u8]) -> u32 {
        (self.text.len() - tail.len()) as u32
    }

    fn has_words(&self) -> bool {
        self.tree.words.len() > self.first_word as usize
    }

    fn run(&mut self) {
        while let Ok((rest, token)) = token(self.rest) {
            let end = self.offset_of(rest);
            self.rest = rest;
            if self.tree.nodes.len() >= MAX_NODES || self.tree.errors.len() >= MAX_ERRORS {
                self.give_up(end);
                break;
            }
            match token {
                Token::Bare { raw, escaped } => {
                    let start = end - raw.len() as u32;
                    self.word(start, end, if escaped { Word::ESCAPED } else { 0 });
                    self.check_length(start, end, None);
                }
                Token::Quoted { raw, quote, escaped, closed } => {
                    let end = end - u32::from(closed);
                    let start = end - raw.len() as u32;
                    self.word(start, end, Word::QUOTED | if escaped { Word::ESCAPED } else { 0 });
                    self.check_length(start, end, Some(quote));
                    if closed {
                        self.check_after_quote(end + 1);
                    } else {
                        self.unclosed = Some(start - 1);
                    }
                }
                Token::Comment(raw) => {
                    let range = TextRange::new(end - raw.len() as u32, end);
                    self.tree.comments.push(range);
                    self.check_length(range.start, range.end, None);
                }
                Token::Semicolon if self.has_words() => {
                    self.directive(Ending::Semicolon, end - 1);
                }
                Token::Open => self.open_block(end - 1),
                Token::Close => self.close_block(end - 1),
                Token::Semicolon => self.unexpected(end - 1),
                Token::End => break,
            }
        }
    }

    /// Stops reading; what was read so far stays.
    fn give_up(&mut self, at: u32) {
        let kind = match self.tree.nodes.len() >= MAX_NODES {
            true => SyntaxErrorKind::TooManyDirectives,
            false => SyntaxErrorKind::TooManyErrors,
        };
        let range = TextRange::new(at.saturating_sub(1), at);
        self.tree.errors.push(SyntaxError { at: range.start, range, kind });
        self.tree.words.truncate(self.first_word as usize);
        while self.open.len() > 1 {
            self.pop_block(at);
        }
    }

    #[inline(always)]
    fn word(&mut self, start: u32, end: u32, flags: u8) {
        self.tree.words.push(Word { start, end, flags });
    }

    #[inline(always)]
    fn check_length(&mut self, start: u32, end: u32, quote: Option<u8>) {
        if (end - start) as usize >= NGX_CONF_BUFFER && self.text.len() > start as usize + NGX_CONF_BUFFER {
            let range = TextRange::new(start, end);
            let kind = match quote {
                Some(quote) => SyntaxErrorKind::TooLongQuoted(quote),
                None => SyntaxErrorKind::TooLong(TextRange::new(start, start + 10).of(self.text).to_vec()),
            };
            self.tree.errors.push(SyntaxError { at: start, range, kind });
        }
    }

    fn check_after_quote(&mut self, at: u32) {
        if let Some(&byte) = self.text.get(at as usize)
            && !may_follow_quote(byte)
        {
            self.unexpected(at);
        }
    }

    fn unexpected(&mut self, at: u32) {
        let byte = self.text.get(at as usize).copied().unwrap_or(b' ');
        let kind = SyntaxErrorKind::Unexpected(byte);
        self.tree.errors.push(SyntaxError { at, range: TextRange::new(at, at + 1), kind });
    }

    /// Ends the directive at hand and gives its number.
    #[inline(always)]
    fn directive(&mut self, ending: Ending, terminator: u32) -> u32 {
        let id = self.tree.nodes.len() as u32;
        let mut parent = NodeId::NONE;
        if let Some(block) = self.open.last_mut() {
            parent = block.node;
            let before = std::mem::replace(&mut block.last_child, id);
            if let Some(sibling) = self.tree.nodes.get_mut(before as usize) {
                sibling.next = id;
            }
        }
        let word_count = self.tree.words.len() as u32 - self.first_word;
        self.tree.nodes.push(Node {
            parent,
            next: NodeId::NONE,
            first_word: self.first_word,
            word_count,
            terminator,
            close: terminator,
            last_descendant: id,
            ending,
        });
        self.first_word = self.tree.words.len() as u32;
        id
    }

    fn open_block(&mut self, at: u32) {
        if !self.has_words() {
            // A block without a name is kept, so that its `}` closes it and nothing else.
            self.unexpected(at);
        }
        let name = self.tree.words.get(self.first_word as usize).map(|word| word.inner().of(self.text));
        if name.is_some_and(is_lua_block) {
            self.raw_block(at);
        } else {
            let node = self.directive(Ending::Block, at);
            self.open.push(Open { node, last_child: NodeId::NONE });
        }
    }

    fn raw_block(&mut self, at: u32) {
        let id = self.directive(Ending::Raw, at);
        if let Ok((rest, _)) = lua(self.rest) {
            self.rest = rest;
        }
        let close = self.offset();
        self.set_close(id, close);
        if self.rest.is_empty() {
            // lua-nginx-module prints the line at which the block started.
            let range = TextRange::new(at, at + 1);
            self.tree.errors.push(SyntaxError { at, range, kind: SyntaxErrorKind::EndInRaw });
        } else {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
    }

    fn close_block(&mut self, at: u32) {
        if self.has_words() {
            self.unexpected(at);
            self.directive(Ending::Missing, at);
        }
        match self.open.len() {
            0 | 1 => self.unexpected(at),
            _ => self.pop_block(at),
        }
    }

    fn pop_block(&mut self, close: u32) {
        if let Some(block) = self.open.pop() {
            self.set_close(block.node, close);
        }
    }

    fn set_close(&mut self, id: u32, close: u32) {
        let last = self.tree.nodes.len().saturating_sub(1) as u32;
        if let Some(node) = self.tree.nodes.get_mut(id as usize) {
            node.close = close;
            node.last_descendant = last;
        }
    }

    fn finish(mut self) -> Tree {
        let end = self.text.len() as u32;
        if self.has_words() {
            let name = self.tree.words.get(self.first_word as usize).map(|word| word.range());
            let quote = self.unclosed.map(|at| TextRange::new(at, at + 1));
            let range = quote.or(name).unwrap_or(TextRange::empty(end));
            self.tree.errors.push(SyntaxError { at: end, range, kind: SyntaxErrorKind::EndInDirective });
            self.directive(Ending::Missing, end);
        } else if let Some(Open { node, .. }) = self.open.last().filter(|block| block.node != NodeId::NONE) {
            let opener = self.tree.nodes.get(*node as usize).map_or(end, |node| node.terminator);
            let range = TextRange::new(opener, opener + 1);
            self.tree.errors.push(SyntaxError { at: end, range, kind: SyntaxErrorKind::EndInBlock });
        }
        while self.open.len() > 1 {
            self.pop_block(end);
        }
        self.tree.first = (!self.tree.nodes.is_empty()).then_some(NodeId(0));
        self.tree
    }
}
