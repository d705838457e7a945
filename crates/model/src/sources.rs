//! Every text of a run, kept once.

mod before;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gatelint_syntax::lines::LineIndex;
use gatelint_syntax::{FileId, Span};

use crate::files::Included;
use crate::template::{Grammar, Template};

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The tree that is checked.
    Tree,
    /// gatelint itself: a stock file that the tree's configuration includes and does not carry.
    Stock,
    /// The tree, where no program reads it: only findings point there.
    Unreached,
}

/// One text.
#[derive(Debug)]
pub struct Source {
    /// The absolute path within the tree, as the configuration names it.
    pub path: PathBuf,
    /// Where it lies, where [`Source::path`] is a link that does not lead there from outside the tree.
    pub lies_at: Option<PathBuf>,
    /// Whether it lies there by a mapping of directories, and [`Source::path`] is its name on the host alone.
    pub is_mapped: bool,
    /// The bytes as they are written.
    pub bytes: Vec<u8>,
    /// Where it comes from.
    pub origin: Origin,
    lines: OnceLock<LineIndex>,
    template: Option<Template>,
}

impl Source {
    /// The bytes as its program's reader is to take them: those of a template are masked, and as many.
    pub fn masked(&self) -> &[u8] {
        self.template.as_ref().map_or(&self.bytes, |template| &template.masked)
    }

    /// What makes it a template, where it is one. Alternatives of a template stand in one text: that they repeat or
    /// contradict each other proves nothing.
    pub fn template(&self) -> Option<&Template> {
        self.template.as_ref()
    }

    /// Whether something fills it in before a program reads it; see [`Source::template`].
    pub fn is_template(&self) -> bool {
        self.template.is_some()
    }

    /// The absolute path within the tree by which the text is edited.
    pub fn file(&self) -> &Path {
        self.lies_at.as_deref().unwrap_or(&self.path)
    }

    /// The lines, counted when first asked.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.bytes))
    }
}

/// The table of texts.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    /// By the bytes of the path: hashing it part by part costs more than reading a small file.
    by_path: HashMap<OsString, FileId>,
    before: Option<before::Before>,
}

impl Sources {
    /// Adds a text; a path that is there already keeps its first text.
    pub fn add(&mut self, path: PathBuf, bytes: Vec<u8>, origin: Origin) -> FileId {
        self.insert(path, Included { bytes, lies_at: None, is_mapped: false }, origin)
    }

    /// Adds a text of the tree that an `include` took in by the name `path`.
    pub(crate) fn add_included(&mut self, path: PathBuf, included: Included) -> FileId {
        self.insert(path, included, Origin::Tree)
    }

    fn insert(&mut self, path: PathBuf, included: Included, origin: Origin) -> FileId {
        let next = FileId(self.files.len() as u32);
        let id = *self.by_path.entry(path.clone().into_os_string()).or_insert(next);
        if id == next {
            let Included { bytes, lies_at, is_mapped } = included;
            self.files.push(Source {
                path,
                lies_at,
                is_mapped,
                bytes,
                origin,
                lines: OnceLock::new(),
                template: None,
            });
        }
        id
    }

    /// The text of `file`; `None` for an id of another run.
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.files.get(file.0 as usize)
    }

    /// The text at `path`, where it was read.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path.as_os_str()).copied()
    }

    /// The bytes of `file` as they are written; empty for an id of another run.
    pub fn bytes(&self, file: FileId) -> &[u8] {
        self.get(file).map(|source| source.bytes.as_slice()).unwrap_or_default()
    }

    /// Looks for what is to be filled in in a text of the tree; `grammar` is that of the text around it.
    pub(crate) fn mask(&mut self, file: FileId, grammar: Grammar) {
        let source = self.files.get_mut(file.0 as usize).filter(|source| source.origin == Origin::Tree);
        if let Some(source) = source.filter(|source| source.template.is_none()) {
            source.template = Template::read(source.file(), &source.bytes, grammar);
        }
    }

    /// [`Source::masked`] of `file`; empty for an id of another run.
    pub fn masked(&self, file: FileId) -> &[u8] {
        self.get(file).map(Source::masked).unwrap_or_default()
    }

    /// [`Source::is_template`] of `file`.
    pub fn is_template(&self, file: FileId) -> bool {
        self.get(file).is_some_and(Source::is_template)
    }

    /// Whether any byte of `span` comes from a mark of a template: what is there is not known.
    pub fn is_filled_in(&self, span: Span) -> bool {
        let template = self.get(span.file).and_then(Source::template);
        template.is_some_and(|template| template.is_filled_in(span.range()))
    }

    /// The bytes at `span`, as they are written.
    pub fn text(&self, span: Span) -> &[u8] {
        span.range().of(self.bytes(span.file))
    }

    /// The line of the first byte of `span`, counted from 1.
    pub fn line(&self, span: Span) -> u32 {
        self.get(span.file).map_or(1, |source| source.lines().line(span.start))
    }

    /// Every text that was read for a program, with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        let all = self.files.iter().enumerate().map(|(index, source)| (FileId(index as u32), source));
        all.filter(|(_, source)| source.origin != Origin::Unreached)
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
