//! Which fixes are made, and what they make of the texts.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use gatelint_model::files::without_links;
use gatelint_model::{Files, Origin, Stack};
use gatelint_syntax::{FileId, Span};

use crate::{Edit, Finding, Fix};

/// A text before and after its edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path within the tree, without links.
    pub path: PathBuf,
    /// The bytes as they were read.
    pub old: Vec<u8>,
    /// The bytes as they are to be.
    pub new: Vec<u8>,
}

/// A fix that was chosen for a finding.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'f> {
    /// The finding.
    pub finding: &'f Finding,
    /// One of its fixes.
    pub fix: &'f Fix,
}

/// The texts of a stack that may be edited: those of the tree itself that no template makes. One that was read by
/// several names is one text.
#[derive(Debug)]
pub struct Texts<'a> {
    stack: &'a Stack,
    paths: HashMap<FileId, PathBuf>,
}

/// The edits of one text that were taken, by their start: the end, and the new text.
type Taken<'f> = BTreeMap<u32, (u32, &'f str)>;

impl<'a> Texts<'a> {
    /// The texts of `stack`, which was read from `files`.
    pub fn new(stack: &'a Stack, files: &dyn Files) -> Self {
        let is_editable = |file: FileId| {
            stack
                .sources
                .get(file)
                .is_some_and(|source| source.origin == Origin::Tree && !source.is_template())
        };
        let sources = stack.sources.iter().filter(|(file, _)| is_editable(*file));
        let paths = sources.map(|(file, source)| (file, without_links(files, source.file()))).collect();
        Self { stack, paths }
    }

    /// Where the text lies, without links; `None` where it is not edited.
    pub fn path(&self, file: FileId) -> Option<&Path> {
        self.paths.get(&file).map(PathBuf::as_path)
    }

    /// Chooses a fix for each finding that has one which `takes` allows and which comes near no edit that was
    /// chosen before. While a text has mistakes that shift its blocks, only they are mended.
    pub fn choose<'f>(
        &self,
        findings: impl IntoIterator<Item = &'f Finding>,
        takes: impl Fn(&Finding, &Fix) -> bool,
    ) -> Vec<Choice<'f>> {
        let mut taken: HashMap<&Path, Taken<'f>> = HashMap::new();
        let mut chosen = Vec::new();
        for finding in findings {
            let fits = |fix: &&Fix| {
                !fix.edits.is_empty()
                    && takes(finding, fix)
                    && fix.edits.iter().all(|edit| self.fits(finding, edit, &taken))
            };
            let Some(fix) = finding.fixes.iter().find(fits) else { continue };
            for edit in &fix.edits {
                let Some(path) = self.path(edit.span.file) else { continue };
                taken.entry(path).or_default().insert(edit.span.start, (edit.span.end, &edit.text));
            }
            chosen.push(Choice { finding, fix });
        }
        chosen
    }

    /// Whether an edit is one of a text that may be edited and comes near no other; the same edit once more is none.
    fn fits(&self, finding: &Finding, edit: &Edit, taken: &HashMap<&Path, Taken<'_>>) -> bool {
        let Span { file, start, end } = edit.span;
        let Some(path) = self.path(file) else { return false };
        let repairs = self.stack.repairs_of(file);
        let is_repair = || {
            file == finding.primary.span.file
                && repairs.iter().any(|repair| repair.place == finding.primary.span.range())
        };
        let is_inside = start <= end && end as usize <= self.stack.sources.bytes(file).len();
        let near = taken.get(path).and_then(|taken| taken.range(..=end).next_back());
        let is_free = near.is_none_or(|(&other, &(until, text))| {
            until < start || (other, until, text) == (start, end, edit.text.as_str())
        });
        is_inside && is_free && (repairs.is_empty() || is_repair())
    }

    /// What the chosen fixes make of the texts, sorted by path.
    pub fn apply(&self, chosen: &[Choice<'_>]) -> Vec<Change> {
        let mut edits: BTreeMap<&Path, (FileId, Taken<'_>)> = BTreeMap::new();
        for edit in chosen.iter().flat_map(|choice| &choice.fix.edits) {
            let Some(path) = self.path(edit.span.file) else { continue };
            let (_, taken) = edits.entry(path).or_insert_with(|| (edit.span.file, Taken::new()));
            taken.insert(edit.span.start, (edit.span.end, &edit.text));
        }
        let change = |(path, (file, taken)): (&Path, (FileId, Taken<'_>))| {
            let old = self.stack.sources.bytes(file).to_vec();
            let mut new = Vec::with_capacity(old.len() + 256);
            let mut done = 0;
            for (start, (end, text)) in taken {
                new.extend_from_slice(old.get(done..start as usize).unwrap_or_default());
                new.extend_from_slice(text.as_bytes());
                done = done.max(end as usize);
            }
            new.extend_from_slice(old.get(done..).unwrap_or_default());
            Change { path: path.to_path_buf(), old, new }
        };
        edits.into_iter().map(change).filter(|change| change.old != change.new).collect()
    }
}
