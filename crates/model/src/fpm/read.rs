//! Reading: `fpm_conf_load_ini_file()` and the callbacks of `fpm_conf.c`, in their order.

use std::collections::HashMap;
use std::path::Path;

use gatelint_syntax::ini::{self, Section, Statement, Text};
use gatelint_syntax::{FileId, Span, TextRange};

use super::master::directory_of;
use super::{Explanation, Include, Layout, Pool, Refusal, Settings, Stage};
use crate::files::{Entry, Kind, ReadError, read_included};
use crate::nginx::glob;
use crate::template::Grammar;
use crate::{Files, Options, Problem, Sources};

/// How many files php-fpm opens within each other.
const MAX_DEPTH: usize = 5;
/// How many refusals are kept; php-fpm prints the first.
const MAX_REFUSALS: usize = 1000;
/// How many files one master may read; a pattern that finds its own file multiplies.
const MAX_FILES: usize = 100_000;

/// What reading gives.
pub(super) struct Read {
    pub(super) files: Vec<FileId>,
    pub(super) global: Settings,
    pub(super) pools: Vec<Pool>,
    pub(super) includes: Vec<Include>,
    pub(super) refusals: Vec<Refusal>,
    /// Whether any file is a template.
    pub(super) is_template: bool,
}

pub(super) struct Reader<'a> {
    files: &'a dyn Files,
    pub(super) sources: &'a mut Sources,
    problems: &'a mut Vec<Problem>,
    pub(super) layout: &'a Layout,
    options: &'a Options,
    pub(super) is_main: bool,
    pub(super) out: Read,
    by_name: HashMap<Vec<u8>, usize>,
    /// The open pool; `None` in `[global]` and before any section.
    pub(super) current: Option<usize>,
    /// Whether any section was opened.
    pub(super) in_section: bool,
    /// The refusal of a file's first key that belongs elsewhere: further ones are the same mistake.
    pub(super) misplaced: Option<(FileId, usize)>,
    depth: usize,
    stopped: bool,
}

/// The file that is being read.
pub(super) struct Position {
    pub(super) file: FileId,
    /// What php-fpm's line counter, which an `include` does not restore, is ahead by.
    drift: i64,
    /// A line in which something was refused: php-fpm takes nothing more from it.
    broken: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        files: &'a dyn Files,
        sources: &'a mut Sources,
        problems: &'a mut Vec<Problem>,
        layout: &'a Layout,
        is_main: bool,
        options: &'a Options,
    ) -> Self {
        let out = Read {
            files: Vec::new(),
            global: Settings::default(),
            pools: Vec::new(),
            includes: Vec::new(),
            refusals: Vec::new(),
            is_template: false,
        };
        Self {
            files,
            sources,
            problems,
            layout,
            options,
            is_main,
            out,
            by_name: HashMap::new(),
            current: None,
            in_section: false,
            misplaced: None,
            depth: 0,
            stopped: false,
        }
    }

    pub(super) fn finish(mut self) -> Read {
        // Ten thousand pools stay in memory to the end.
        self.out.pools.iter_mut().for_each(|pool| pool.settings.all.shrink_to_fit());
        self.out
    }

    /// Reads a root.
    pub(super) fn root(&mut self, path: &Path) {
        self.file(&Entry { path: path.to_path_buf(), kind: Kind::File }, None);
    }

    /// Reads a file; gives php-fpm's line counter at its end.
    fn file(&mut self, entry: &Entry, from: Option<Span>) -> i64 {
        if self.stopped {
            return 0;
        }
        let path = entry.path.as_path();
        let kind = if self.options.complete { Kind::File } else { entry.kind };
        let known = self.sources.recalls(path);
        let included = match (!known).then(|| read_included(self.files, path, kind)).transpose() {
            Ok(included) => included,
            Err(error) => {
                self.problems.push(Problem { path: path.into(), at: from, message: error.to_string() });
                return 0;
            }
        };
        if self.depth >= MAX_DEPTH || self.out.files.len() >= MAX_FILES {
            self.stopped = true;
            if let Some(primary) = from {
                let log = "failed to include more than 5 files recursively".to_owned();
                self.refuse(None, primary, log, Explanation::Include);
            }
            return 0;
        }
        let file = match included {
            Some(included) => self.sources.add_included(path.to_path_buf(), included),
            None => self.sources.recall(path).unwrap_or(FileId(u32::MAX)),
        };
        let newlines = memchr::memchr_iter(b'\n', self.sources.bytes(file)).count() as i64;
        self.sources.mask(file, Grammar::Ini);
        let document = ini::parse(self.sources.masked(file), ini::Reader::Lines);
        if self.sources.is_template(file) {
            // Marks may put pools and keys there, and conditions take away what is written.
            (self.is_main, self.out.is_template) = (false, true);
        }
        self.out.files.push(file);
        if document.cut {
            let message = "holds more entries than gatelint reads: the rest was left out".to_owned();
            self.problems.push(Problem { path: path.into(), at: from, message });
        }
        self.depth += 1;
        let is_cut = document.cut;
        let drift = self.document(file, document);
        if is_cut && let Some(pool) = self.current.and_then(|index| self.out.pools.get_mut(index)) {
            pool.is_damaged = true;
        }
        self.depth -= 1;
        newlines + 1 + drift
    }

    /// Takes the statements of a file; gives how far the line counter is ahead at its end.
    fn document(&mut self, file: FileId, document: ini::Document) -> i64 {
        let mut position = Position { file, drift: 0, broken: 0 };
        let mut pending: Option<(u32, Text)> = None;
        let mut errors = document.errors.into_iter().peekable();
        for statement in document.statements {
            if self.stopped {
                return position.drift;
            }
            let range = match &statement {
                Statement::Section(section) => section.range,
                Statement::Entry(entry) => entry.key,
            };
            let line = self.sources.line(range.in_file(file));
            while let Some(error) =
                errors.next_if(|error| self.sources.line(error.range.in_file(file)) < line)
            {
                self.syntax_error(&mut position, &mut pending, &error);
            }
            if let Some((_, text)) = pending.take_if(|(at, _)| *at != line) {
                self.include(&mut position, &text);
            }
            if position.broken == line {
                continue;
            }
            match statement {
                Statement::Section(section) => self.section(file, &section),
                Statement::Entry(entry) => self.entry(&mut position, &mut pending, line, entry),
            }
        }
        for error in errors {
            self.syntax_error(&mut position, &mut pending, &error);
        }
        if let Some((_, text)) = pending {
            self.include(&mut position, &text);
        }
        position.drift
    }

    fn syntax_error(
        &mut self,
        position: &mut Position,
        pending: &mut Option<(u32, Text)>,
        error: &ini::SyntaxError,
    ) {
        let span = error.range.in_file(position.file);
        let line = self.sources.line(span);
        if let Some((_, text)) = pending.take_if(|(at, _)| *at != line) {
            self.include(position, &text);
        }
        // What was refused ends its line; an `include` of a broken line is not followed.
        *pending = None;
        if position.broken == line {
            return;
        }
        let log = format!("PHP:  {} in Unknown on line {}", error.message, error.line);
        self.forget(position.file, line);
        if self.misplaced.is_none() && self.is_header(position.file, line) {
            // The keys below a broken header are not those of a section.
            self.misplaced = Some((position.file, self.out.refusals.len()));
        }
        self.refuse(None, span, log, Explanation::Syntax);
    }

    /// What a broken line has set so far is not what was meant.
    fn forget(&mut self, file: FileId, line: u32) {
        let pool = self.current.and_then(|index| self.out.pools.get_mut(index));
        let settings = &mut pool.map_or(&mut self.out.global, |pool| &mut pool.settings).all;
        let is_there = |span: Span| span.file == file && self.sources.line(span) == line;
        settings.iter_mut().rev().take_while(|one| is_there(one.span)).for_each(|one| one.value = None);
    }

    fn is_header(&self, file: FileId, line: u32) -> bool {
        let span = self.line_span(file, line.into());
        span.is_some_and(|span| self.sources.text(span).trim_ascii_start().starts_with(b"["))
    }

    fn section(&mut self, file: FileId, section: &Section) {
        self.in_section = true;
        let header = section.range.in_file(file);
        let name = match &section.name.bytes {
            Some(bytes) => bytes.clone(),
            None => self.sources.text(section.name.range.in_file(file)).to_vec(),
        };
        let lower = name.to_ascii_lowercase();
        if lower == b"global" {
            self.current = None;
            return;
        }
        let next = self.out.pools.len();
        let index = *self.by_name.entry(lower).or_insert(next);
        match self.out.pools.get_mut(index) {
            Some(pool) => pool.headers.push(header),
            None => self.out.pools.push(Pool::new(String::from_utf8_lossy(&name).into_owned(), header)),
        }
        self.current = Some(index);
        if self.sources.is_template(file)
            && let Some(pool) = self.out.pools.get_mut(index)
        {
            // Something else may set what it lacks.
            pool.is_damaged = true;
        }
    }

    fn include(&mut self, position: &mut Position, text: &Text) {
        let span = text.range.in_file(position.file);
        if self.out.includes.len() >= MAX_FILES {
            self.stopped = true;
            let message = "holds more includes than gatelint follows: reading stopped here".to_owned();
            self.problems.push(Problem { path: self.path(position.file), at: Some(span), message });
            return;
        }
        let Some(bytes) = &text.bytes else {
            if self.sources.is_template(position.file) {
                return;
            }
            let message = "the environment decides what is included".to_owned();
            self.problems.push(Problem { path: self.path(position.file), at: Some(span), message });
            return;
        };
        let written = String::from_utf8_lossy(bytes);
        let prefix = self.layout.prefix.to_string_lossy();
        let pattern = match written.starts_with('/') {
            true => written.into_owned(),
            false => format!("{}/{written}", prefix.trim_end_matches('/')),
        };
        let directory = directory_of(&pattern);
        let has_directory = self.files.kind(Path::new(&directory)) == Some(Kind::Directory);
        let mut denied = Vec::new();
        let found = glob(self.files, Path::new(&pattern), &mut denied);
        let denied = denied.into_iter().map(|path| Problem {
            path,
            at: Some(span),
            message: ReadError::Denied.to_string(),
        });
        self.problems.extend(denied);
        let is_directory = |entry: &Entry| match entry.kind {
            Kind::Other => self.files.kind(&entry.path) == Some(Kind::Directory),
            kind => kind == Kind::Directory,
        };
        let found: Vec<_> = found.into_iter().filter(|entry| !is_directory(entry)).collect();
        self.out.includes.push(Include { span, pattern: pattern.clone(), files: found.len(), has_directory });
        let is_pattern = pattern.contains(['*', '?', '[']);
        let is_sure = || self.options.complete || self.has_pools_beside();
        if is_pattern && !has_directory && self.is_main && (is_sure() || self.shows_around(&directory)) {
            let is_likely = !is_sure();
            let line = i64::from(self.sources.line(span)) + position.drift;
            let file = self.shown(position.file);
            let log = format!("Unable to globalize '{pattern}' (ret=2) from {file} at line {line}.");
            self.refuse(None, span, log, Explanation::Include);
            self.out.refusals.last_mut().into_iter().for_each(|refusal| refusal.is_likely = is_likely);
        }
        let line = i64::from(self.sources.line(span));
        for entry in &found {
            position.drift = self.file(entry, Some(span)) - line;
        }
    }

    /// Whether the directory where a package keeps the pools of this master holds files that were not read: then
    /// an `include` of a directory that the tree lacks is a slip.
    fn has_pools_beside(&self) -> bool {
        let main = self.out.files.first().map(|file| self.path(*file)).unwrap_or_default();
        let pools = ["pool.d", "php-fpm.d"].map(|name| main.with_file_name(name).join("*.conf"));
        let is_read = |path: &Path| self.out.files.iter().any(|file| self.path(*file) == path);
        let mut found = pools.iter().flat_map(|pattern| glob(self.files, pattern, &mut Vec::new()));
        self.layout.is_installed && found.any(|entry| !is_read(&entry.path))
    }

    /// Whether another `include` found its pools, and the tree shows what is around a directory that it lacks.
    fn shows_around(&self, directory: &str) -> bool {
        let is_found = self.out.includes.iter().any(|include| include.files > 0);
        let around = Path::new(directory).parent().filter(|around| *around != Path::new("/"));
        self.layout.is_installed
            && is_found
            && around.is_some_and(|around| !self.files.list(around).is_empty())
    }

    /// Refuses an entry: nothing more of its line counts.
    pub(super) fn refuse_line(
        &mut self,
        position: &mut Position,
        line: u32,
        range: TextRange,
        text: &str,
        explanation: Explanation,
    ) {
        position.broken = line;
        let printed = i64::from(line) + position.drift;
        let log = format!("[{}:{printed}] {text}", self.shown(position.file));
        let at = self.line_span(position.file, printed);
        self.refuse(at, range.in_file(position.file), log, explanation);
    }

    fn refuse(&mut self, at: Option<Span>, primary: Span, log: String, explanation: Explanation) {
        if let Some(pool) = self.current.and_then(|index| self.out.pools.get_mut(index)) {
            pool.is_damaged = true;
        }
        if self.out.refusals.len() >= MAX_REFUSALS {
            self.stopped = true;
            return;
        }
        self.out.refusals.push(Refusal {
            stage: Stage::Test,
            at,
            primary,
            log,
            explanation,
            places: Vec::new(),
            is_likely: false,
        });
    }

    fn path(&self, file: FileId) -> std::path::PathBuf {
        self.sources.get(file).map(|source| source.path.clone()).unwrap_or_default()
    }

    /// The name of a file as php-fpm prints it: as it was told, which for a configuration at no installed place
    /// is taken to be from beside it.
    fn shown(&self, file: FileId) -> String {
        let path = self.path(file);
        match path.strip_prefix(&self.layout.prefix) {
            Ok(rest) if !self.layout.is_installed => rest.to_string_lossy().into_owned(),
            _ => path.to_string_lossy().into_owned(),
        }
    }

    fn line_span(&self, file: FileId, line: i64) -> Option<Span> {
        let source = self.sources.get(file)?;
        let line = u32::try_from(line).ok()?;
        let range = source.lines().range(line, &source.bytes);
        (self.sources.line(range.in_file(file)) == line).then(|| range.in_file(file))
    }
}
