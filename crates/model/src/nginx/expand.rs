//! From files to the context tree: nginx's reading order with includes inline.

use std::path::{Path, PathBuf};

use gatelint_catalog::nginx::{Name, Opens};
use gatelint_syntax::nginx::{NodeId, Tree, parse};
use gatelint_syntax::{FileId, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use super::include::{self, Found, IncludeProblem, IncludeProblemKind};
use super::index::index;
use super::repair::{Base, Repaired, repair};
use super::{Context, ContextId, ContextKind, NameId, Nginx, Parsed, Place, PlaceId, Root, Sound};
use crate::files::{Entry, Kind, ReadError, read_included};
use crate::stack::NginxRoot;
use crate::template::Grammar;
use crate::{Files, Options, Origin, Problem, Source, Sources};

/// The most directives that one run takes in, includes counted each time: ten times what ten thousand sites need.
const MAX_PLACES: usize = 8 << 20;
/// The most files that are read into one configuration, each inclusion counted.
const MAX_INCLUDES: usize = 1 << 20;
/// How many includes that did not go as written are kept; nginx stops at the first.
const MAX_PROBLEMS: usize = 10_000;
/// The deepest chain of includes.
const MAX_DEPTH: usize = 64;

/// The deepest block that is read into.
const MAX_NESTING: usize = 128;

/// A block or the top of a file that is being read.
#[derive(Clone, Copy)]
struct Frame {
    file: FileId,
    next: Option<NodeId>,
    context: ContextId,
    /// How many blocks are around it.
    nesting: usize,
    /// The inclusion of the file.
    inclusion: usize,
}

/// One time that a file is taken in.
struct Inclusion {
    file: FileId,
    /// The inclusion of the file that holds the `include`.
    by: Option<usize>,
    depth: usize,
}

/// The reading of all roots.
pub(super) struct Expansion<'a> {
    files: &'a dyn Files,
    sources: &'a mut Sources,
    problems: &'a mut Vec<Problem>,
    options: &'a Options,
    nginx: Nginx,
    frames: Vec<Frame>,
    inclusions: Vec<Inclusion>,
    /// Includes resolved so far: the same words from the same directory mean the same files.
    resolved: FxHashMap<(PathBuf, Vec<u8>), Found>,
    /// What [`Nginx::include_problems`] has: a file that many include has its problems once.
    told: FxHashSet<IncludeProblem>,
    /// What this user may not read.
    denied: FxHashSet<PathBuf>,
    /// The directories of main configurations.
    mains: FxHashSet<PathBuf>,
    /// Files with blocks that were not read into.
    too_deep: FxHashSet<FileId>,
    include: Option<NameId>,
    /// What an earlier reading made of its texts, by the numbers that they had.
    before: Vec<Option<Parsed>>,
}

impl<'a> Expansion<'a> {
    pub(super) fn new(
        files: &'a dyn Files,
        sources: &'a mut Sources,
        problems: &'a mut Vec<Problem>,
        options: &'a Options,
        before: Vec<Option<Parsed>>,
    ) -> Self {
        Self {
            files,
            sources,
            problems,
            options,
            nginx: Nginx::default(),
            frames: Vec::new(),
            inclusions: Vec::new(),
            resolved: FxHashMap::default(),
            told: FxHashSet::default(),
            denied: FxHashSet::default(),
            mains: FxHashSet::default(),
            too_deep: FxHashSet::default(),
            include: Name::find(b"include").map(NameId::known),
            before,
        }
    }

    pub(super) fn run(mut self, roots: &[NginxRoot]) -> Nginx {
        let mains = roots.iter().filter(|root| root.context == ContextKind::Main);
        self.mains = mains.map(|root| include::base_directory(self.files, root)).collect();
        for root in roots {
            if let Some(file) = self.sources.recall(&root.path) {
                self.root(root, file);
                continue;
            }
            match self.files.read(&root.path) {
                Ok(bytes) => {
                    let file = self.sources.add(root.path.clone(), bytes, Origin::Tree);
                    self.root(root, file);
                }
                Err(error) => self.problems.push(Problem {
                    path: root.path.clone(),
                    at: None,
                    message: error.to_string(),
                }),
            }
        }
        index(&mut self.nginx);
        self.nginx
    }

    fn root(&mut self, root: &NginxRoot, file: FileId) {
        let id = self.open_context(root.context, None, None);
        self.nginx.roots.push(Root { file, path: root.path.clone(), context: root.context, id });
        let base = include::base_directory(self.files, root);
        self.push_file(file, id, 0, None);
        while let Some(frame) = self.frames.last_mut() {
            let Some(node) = frame.next else {
                self.frames.pop();
                continue;
            };
            let at = *frame;
            frame.next = self.nginx.parsed(at.file).and_then(|parsed| parsed.tree.next_sibling(node));
            if self.nginx.places.len() >= MAX_PLACES || self.inclusions.len() >= MAX_INCLUDES {
                self.too_much(at.file);
                break;
            }
            self.directive(node, at, &base);
        }
        self.frames.clear();
    }

    fn too_much(&mut self, file: FileId) {
        let path = self.sources.get(file).map(|source| source.path.clone()).unwrap_or_default();
        let message = "the includes multiply without bound: reading stopped here".to_owned();
        self.problems.push(Problem { path, at: None, message });
    }

    fn problem_of_depth(&mut self, file: FileId, node: NodeId) {
        let path = self.sources.get(file).map(|source| source.path.clone()).unwrap_or_default();
        let words = self.nginx.tree(file).and_then(|tree| tree.words(node).first());
        let at = words.map(|word| word.range().in_file(file));
        let line = at.map_or(1, |at| self.sources.line(at));
        let message =
            format!("blocks nest deeper than {MAX_NESTING} at line {line}: what they hold was not read");
        self.problems.push(Problem { path, at, message });
    }

    fn directive(&mut self, node: NodeId, at: Frame, base: &Path) {
        let Frame { file, context, nesting, inclusion, .. } = at;
        let Some(parsed) = self.nginx.parsed(file) else { return };
        let name = parsed.names.get(node.index()).copied().unwrap_or(NameId::unknown());
        let has_block = parsed.tree.node(node).is_some_and(|node| node.has_block());
        let first_child = parsed.tree.children(node).next();
        let place = PlaceId(self.nginx.places.len() as u32);
        self.nginx.places.push(Place { file, node, context, name, opens: None, words: (0, 0) });
        if has_block {
            let outer = self.nginx.context(context).map_or(ContextKind::Other, |context| context.kind);
            let inside = inner_kind(name.catalogued(), outer);
            let opens = self.open_context(inside, Some(context), Some(place));
            if let Some(place) = self.nginx.places.last_mut() {
                place.opens = Some(opens);
            }
            if nesting < MAX_NESTING {
                let nesting = nesting + 1;
                self.frames.push(Frame { file, next: first_child, context: opens, nesting, inclusion });
            } else if self.too_deep.insert(file) {
                self.problem_of_depth(file, node);
            }
        } else if Some(name) == self.include {
            self.include(node, at, base);
        }
    }

    fn open_context(
        &mut self,
        kind: ContextKind,
        parent: Option<ContextId>,
        opener: Option<PlaceId>,
    ) -> ContextId {
        let id = ContextId(self.nginx.contexts.len() as u32);
        self.nginx.contexts.push(Context { kind, parent, opener, own: (0, 0), blocks: (0, 0) });
        id
    }

    fn push_file(&mut self, file: FileId, context: ContextId, nesting: usize, by: Option<usize>) {
        self.parse(file, context);
        let depth = by.and_then(|by| self.inclusions.get(by)).map_or(0, |by| by.depth + 1);
        let inclusion = self.inclusions.len();
        self.inclusions.push(Inclusion { file, by, depth });
        let next = self.nginx.tree(file).and_then(|tree| tree.top().next());
        self.frames.push(Frame { file, next, context, nesting, inclusion });
    }

    /// Parses a file that is new; `context` is where its first inclusion puts it.
    fn parse(&mut self, file: FileId, context: ContextId) {
        let base = self.base(context);
        let index = file.0 as usize;
        if self.nginx.parsed.len() <= index {
            self.nginx.parsed.resize_with(index + 1, || None);
        }
        if let Some(slot @ None) = self.nginx.parsed.get_mut(index) {
            let before = self.sources.number_before(file).and_then(|old| self.before.get_mut(old.0 as usize));
            if let Some(kept) = before.and_then(|before| before.take_if(|parsed| parsed.base == base)) {
                *slot = Some(kept);
                return;
            }
            self.sources.mask(file, Grammar::Nginx);
            let text = self.sources.masked(file);
            let template = self.sources.get(file).and_then(Source::template);
            let mut tree = parse(text);
            let is_uneven = template.is_some_and(|template| template.is_uneven) && !tree.errors().is_empty();
            if let Some(template) = template {
                // What a mark is made of decides what nginx's reader makes of it.
                tree.retain_errors(|error| !template.is_uneven && !template.is_filled_in(error.range));
            }
            let names = names(&tree, text);
            let repaired = if is_uneven { None } else { repair(text, &tree, base) };
            *slot = Some(match repaired {
                None => Parsed { tree, names, repairs: Vec::new(), base, sound: Sound::default() },
                Some(Repaired { tree, repairs }) => {
                    Parsed { names: self::names(&tree, text), tree, repairs, base, sound: Sound::default() }
                }
            });
        }
    }

    fn base(&self, context: ContextId) -> Base {
        let Some(context) = self.nginx.context(context) else { return Base::default() };
        let opener = context.opener.and_then(|opener| self.nginx.place(opener));
        Base { kind: context.kind, opener: opener.and_then(|opener| opener.name.catalogued()) }
    }

    fn include(&mut self, node: NodeId, frame: Frame, base: &Path) {
        let Frame { file, context, nesting, inclusion, .. } = frame;
        let Some(tree) = self.nginx.tree(file) else { return };
        let text = self.sources.masked(file);
        let &[_, word] = tree.words(node) else { return };
        let at = word.range().in_file(file);
        let pattern = word.value(text).into_owned();
        if include::is_template(&pattern) || self.sources.is_filled_in(at) {
            self.problem(at, IncludeProblemKind::Template);
            return;
        }
        let key = (base.to_path_buf(), pattern);
        let found = match self.resolved.get(&key) {
            Some(found) => found.clone(),
            None => {
                let mut denied = Vec::new();
                let base = (base, self.mains.contains(base) || include::is_home(self.files, base));
                let found = include::resolve(self.files, self.options, base, &key.1, &mut denied);
                denied.iter().for_each(|dir| self.denied(dir, at));
                self.resolved.insert(key, found.clone());
                found
            }
        };
        // What a template includes may be made as the template is.
        let is_template = self.sources.is_template(file);
        match found {
            Found::Files(entries) if entries.is_empty() && is_template => {
                self.nginx.unread.insert(at);
            }
            Found::Files(entries) => {
                // The last frame is read first.
                let first = self.frames.len();
                for entry in entries.iter() {
                    self.include_file(entry, at, frame);
                }
                if let Some(new) = self.frames.get_mut(first..) {
                    new.reverse();
                }
            }
            Found::Elsewhere => {
                self.nginx.unread.insert(at);
            }
            Found::Stock { path, text } => {
                let file = self.sources.add(path, text.as_bytes().to_vec(), Origin::Stock);
                self.nginx.stock_includes.push((file, at));
                self.push_file(file, context, nesting, Some(inclusion));
            }
            Found::Missing { path, evident } => {
                let evident = evident && !is_template;
                self.problem(at, IncludeProblemKind::Missing { path, evident })
            }
        }
    }

    fn include_file(&mut self, entry: &Entry, at: Span, from: Frame) {
        // On the host itself every link leads where it says.
        let kind = if self.options.complete { Kind::File } else { entry.kind };
        let known = self.sources.find(&entry.path).or_else(|| self.sources.recall(&entry.path));
        let file = match known {
            Some(file) => file,
            None => match read_included(self.files, &entry.path, kind) {
                Ok(included) => self.sources.add_included(entry.path.clone(), included),
                Err(error) => {
                    let path = entry.path.clone();
                    if error == ReadError::Denied {
                        self.denied(&path, at);
                    }
                    self.problem(
                        at,
                        match error {
                            ReadError::NotFound => IncludeProblemKind::Missing {
                                evident: include::is_evident(self.files, self.options, &path),
                                path,
                            },
                            error => IncludeProblemKind::Unreadable { path, error },
                        },
                    );
                    return;
                }
            },
        };
        let mut chain = Vec::new();
        let mut open = self.inclusions.get(from.inclusion);
        while let Some(inclusion) = open {
            chain.push(inclusion.file);
            if inclusion.file == file {
                chain.reverse();
                self.problem(at, IncludeProblemKind::Cycle { files: chain });
                return;
            }
            open = inclusion.by.and_then(|by| self.inclusions.get(by));
        }
        if chain.len() > MAX_DEPTH {
            self.problem(at, IncludeProblemKind::TooDeep);
        } else {
            self.push_file(file, from.context, from.nesting, Some(from.inclusion));
        }
    }

    /// Says once of each file and directory that this user may not read it: nginx may.
    fn denied(&mut self, path: &Path, at: Span) {
        self.nginx.unread.insert(at);
        if self.denied.insert(path.to_path_buf()) {
            let message = ReadError::Denied.to_string();
            self.problems.push(Problem { path: path.to_path_buf(), at: Some(at), message });
        }
    }

    fn problem(&mut self, at: Span, kind: IncludeProblemKind) {
        // A circle's files have been read already.
        if !matches!(kind, IncludeProblemKind::Cycle { .. }) {
            self.nginx.unread.insert(at);
        }
        let problem = IncludeProblem { at, kind };
        if self.told.len() < MAX_PROBLEMS && self.told.insert(problem.clone()) {
            self.nginx.include_problems.push(problem);
        }
    }
}

/// What stands in the block of `name` when that stands in `outer`.
pub(super) fn inner_kind(name: Option<Name>, outer: ContextKind) -> ContextKind {
    if outer == ContextKind::Body {
        return ContextKind::Body;
    }
    // In a wrong context it is read as what it would be in a right one: the rest of the file still makes sense.
    let directive = name.and_then(|name| name.in_context(outer).or_else(|| name.directives().first()));
    match directive.map_or(Opens::Nothing, |directive| directive.opens) {
        Opens::Context(kind) => kind,
        Opens::Body => ContextKind::Body,
        Opens::If if outer == ContextKind::Server => ContextKind::IfInServer,
        Opens::If => ContextKind::IfInLocation,
        Opens::Nothing => ContextKind::Other,
    }
}

fn names(tree: &Tree, text: &[u8]) -> Vec<NameId> {
    tree.ids()
        .map(|id| {
            let name = tree.words(id).first().map(|word| word.value(text));
            name.and_then(|name| Name::find(&name)).map_or(NameId::unknown(), NameId::known)
        })
        .collect()
}
