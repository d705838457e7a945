//! Names that one line defines and others use.

use gatelint_model::Stack;
use gatelint_syntax::nginx::{NodeId, Tree, Word};
use gatelint_syntax::{FileId, Span, TextRange};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    Upstream(String),
    Variable(String),
    Format(String),
    /// Of `limit_req` or `limit_conn`.
    Zone(String),
    Cache(String),
    /// A named location, and the `server` around it where that stands in the same file.
    Named(String, Option<(FileId, NodeId)>),
}

/// A place where a name stands.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    pub(crate) symbol: Symbol,
    pub(crate) span: Span,
    pub(crate) defines: bool,
}

/// The most places that are named.
const MAX_OCCURRENCES: usize = 10_000;

/// The name at a byte.
pub(crate) fn at(stack: &Stack, file: FileId, offset: u32) -> Option<Occurrence> {
    let touches = |found: &Occurrence| found.span.start <= offset && offset <= found.span.end;
    // Of a variable within a pass, the shorter one is meant.
    of_file(stack, file).into_iter().filter(touches).min_by_key(|found| found.span.end - found.span.start)
}

/// Every place of a name.
pub(crate) fn everywhere(stack: &Stack, symbol: &Symbol) -> Vec<Occurrence> {
    let mut found: Vec<Occurrence> = Vec::new();
    for file in stack.nginx.files() {
        found.extend(of_file(stack, file).into_iter().filter(|one| is_same(&one.symbol, symbol)));
        found.truncate(MAX_OCCURRENCES);
    }
    // Another server's location of this name is another one, unless an include says where it stands.
    if found.iter().any(|one| one.defines && one.symbol == *symbol) {
        found.retain(|one| one.symbol == *symbol);
    }
    found
}

fn is_same(a: &Symbol, b: &Symbol) -> bool {
    match (a, b) {
        (Symbol::Named(a, _), Symbol::Named(b, _)) => a == b,
        _ => a == b,
    }
}

/// Every name in a text.
pub(crate) fn of_file(stack: &Stack, file: FileId) -> Vec<Occurrence> {
    let Some(tree) = stack.nginx.tree(file) else { return Vec::new() };
    let mut reader = Reader { tree, text: stack.sources.masked(file), file, found: Vec::new() };
    tree.ids().for_each(|id| reader.directive(id));
    reader.found
}

struct Reader<'a> {
    tree: &'a Tree,
    text: &'a [u8],
    file: FileId,
    found: Vec<Occurrence>,
}

impl Reader<'_> {
    fn directive(&mut self, id: NodeId) {
        let [name, args @ ..] = self.tree.words(id) else { return };
        let name = name.inner().of(self.text);
        let first = args.first().copied();
        let mut defined = None;
        match name {
            b"upstream" => self.whole(first, true, |name| Symbol::Upstream(name.to_ascii_lowercase())),
            b"proxy_pass" | b"fastcgi_pass" | b"uwsgi_pass" | b"scgi_pass" | b"grpc_pass"
            | b"memcached_pass" => {
                self.host(first);
            }
            b"set" | b"auth_request_set" | b"perl_set" | b"js_set" | b"js_var" | b"set_by_lua"
            | b"set_by_lua_block" | b"set_by_lua_file" => defined = Some(0),
            b"map" | b"split_clients" => defined = Some(1),
            b"geo" => defined = args.len().checked_sub(1),
            b"log_format" => self.whole(first, true, Symbol::Format),
            b"access_log" => {
                let format = args.get(1).copied().filter(|word| !word.inner().of(self.text).contains(&b'='));
                self.whole(format, false, Symbol::Format);
            }
            b"limit_req_zone" | b"limit_conn_zone" => self.parameter(args, b"zone=", true, Symbol::Zone),
            b"limit_req" => self.parameter(args, b"zone=", false, Symbol::Zone),
            b"limit_conn" => self.whole(first, false, Symbol::Zone),
            b"proxy_cache_path" | b"fastcgi_cache_path" | b"uwsgi_cache_path" | b"scgi_cache_path" => {
                self.parameter(args, b"keys_zone=", true, Symbol::Cache);
            }
            b"proxy_cache" | b"fastcgi_cache" | b"uwsgi_cache" | b"scgi_cache" => {
                self.whole(first, false, Symbol::Cache);
            }
            b"location" => self.named(id, args, true),
            b"try_files" | b"error_page" => self.named(id, args, false),
            _ => {}
        }
        for (index, word) in self.tree.words(id).iter().enumerate() {
            self.variables(*word, defined.is_some_and(|defined| index == defined + 1));
        }
    }

    fn push(&mut self, symbol: Symbol, start: u32, end: u32, defines: bool) {
        if start < end {
            let span = TextRange::new(start, end).in_file(self.file);
            self.found.push(Occurrence { symbol, span, defines });
        }
    }

    fn whole(&mut self, word: Option<Word>, defines: bool, symbol: impl Fn(String) -> Symbol) {
        let Some(range) = word.map(Word::inner) else { return };
        let name = String::from_utf8_lossy(range.of(self.text)).into_owned();
        if !name.contains('$') && name != "off" {
            self.push(symbol(name), range.start, range.end, defines);
        }
    }

    /// `zone=NAME` or `zone=NAME:10m`.
    fn parameter(&mut self, args: &[Word], before: &[u8], defines: bool, symbol: impl Fn(String) -> Symbol) {
        for range in args.iter().map(|word| word.inner()) {
            let Some(rest) = range.of(self.text).strip_prefix(before) else { continue };
            let name = rest.split(|byte| *byte == b':').next().unwrap_or_default();
            let start = range.start + before.len() as u32;
            let end = start + name.len() as u32;
            self.push(symbol(String::from_utf8_lossy(name).into_owned()), start, end, defines);
        }
    }

    /// The host of a pass: it may be the name of a group.
    fn host(&mut self, word: Option<Word>) {
        let Some(range) = word.map(Word::inner) else { return };
        let text = range.of(self.text);
        let scheme = text.windows(3).position(|three| three == b"://").map_or(0, |at| at + 3);
        let rest = text.get(scheme..).unwrap_or_default();
        let host = rest.split(|byte| b":/?$".contains(byte)).next().unwrap_or_default();
        let start = range.start + scheme as u32;
        let name = String::from_utf8_lossy(host).to_ascii_lowercase();
        self.push(Symbol::Upstream(name), start, start + host.len() as u32, false);
    }

    fn named(&mut self, id: NodeId, args: &[Word], defines: bool) {
        for range in args.iter().map(|word| word.inner()) {
            let text = range.of(self.text);
            if text.starts_with(b"@") {
                let name = String::from_utf8_lossy(text).into_owned();
                self.push(Symbol::Named(name, self.server(id)), range.start, range.end, defines);
            }
        }
    }

    fn server(&self, id: NodeId) -> Option<(FileId, NodeId)> {
        let mut around = std::iter::successors(self.tree.parent(id), |id| self.tree.parent(*id));
        let is_server = |id: &NodeId| {
            self.tree.words(*id).first().is_some_and(|word| word.inner().of(self.text) == b"server")
        };
        around.find(is_server).map(|id| (self.file, id))
    }

    /// `$name`, `${name}`, and the names of a pattern's groups.
    fn variables(&mut self, word: Word, defines: bool) {
        let range = word.inner();
        let text = range.of(self.text);
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        for (at, byte) in text.iter().enumerate() {
            let rest = text.get(at + 1..).unwrap_or_default();
            let (skip, is_group) = match byte {
                b'$' if rest.first() == Some(&b'{') => (1, false),
                b'$' => (0, false),
                b'(' if rest.starts_with(b"?P<") => (3, true),
                b'(' if rest.starts_with(b"?<") || rest.starts_with(b"?'") => (2, true),
                _ => continue,
            };
            let name = rest.get(skip..).unwrap_or_default();
            let length = name.iter().take_while(is_name).count();
            let name = String::from_utf8_lossy(name.get(..length).unwrap_or_default()).to_ascii_lowercase();
            if name.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            let start = range.start + (at + 1 + skip) as u32;
            self.push(Symbol::Variable(name), start, start + length as u32, defines || is_group);
        }
    }
}
