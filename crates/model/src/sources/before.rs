//! The texts of an earlier reading, for one that follows an edit.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use gatelint_syntax::FileId;

use super::{Origin, Source, Sources};

/// Texts that were read before, and which of them are not to be believed any more.
#[derive(Debug, Default)]
pub(super) struct Before {
    files: Vec<Option<Source>>,
    by_path: std::collections::HashMap<std::ffi::OsString, FileId>,
    changed: HashSet<PathBuf>,
    /// By number of the new text: the number that it had.
    moved: Vec<Option<FileId>>,
}

impl Before {
    fn of(&self, path: &Path) -> Option<FileId> {
        let id = *self.by_path.get(path.as_os_str())?;
        let source = self.files.get(id.0 as usize)?.as_ref()?;
        (source.origin != Origin::Unreached && !self.changed.contains(path)).then_some(id)
    }
}

impl Sources {
    /// An empty table that takes unchanged texts over from an earlier reading, as they are asked for.
    pub(crate) fn after(before: Self, changed: &[PathBuf]) -> Self {
        let by_path = before.by_path;
        let files = before.files.into_iter().map(Some).collect();
        let changed = changed.iter().cloned().collect();
        Self { before: Some(Before { files, by_path, changed, moved: Vec::new() }), ..Self::default() }
    }

    /// Whether [`Sources::recall`] has a text.
    pub(crate) fn recalls(&self, path: &Path) -> bool {
        !self.by_path.contains_key(path.as_os_str())
            && self.before.as_ref().is_some_and(|before| before.of(path).is_some())
    }

    /// Takes the text of `path` over from the earlier reading, where that has it and it has not changed.
    pub(crate) fn recall(&mut self, path: &Path) -> Option<FileId> {
        if !self.recalls(path) {
            return None;
        }
        let next = FileId(self.files.len() as u32);
        let before = self.before.as_mut()?;
        let old = before.of(path)?;
        let source = before.files.get_mut(old.0 as usize)?.take()?;
        before.moved.resize(next.0 as usize + 1, None);
        if let Some(moved) = before.moved.last_mut() {
            *moved = Some(old);
        }
        self.by_path.insert(path.as_os_str().to_owned(), next);
        self.files.push(source);
        Some(next)
    }

    /// The number that a recalled text had.
    pub(crate) fn number_before(&self, file: FileId) -> Option<FileId> {
        self.before.as_ref()?.moved.get(file.0 as usize).copied().flatten()
    }

    /// Whether the earlier texts `range` can be taken over, each with its number: those so far have kept theirs.
    pub(crate) fn recall_all(&mut self, range: std::ops::Range<usize>) -> bool {
        let has_kept = |(index, source): (usize, &Source)| {
            let old = self.before.as_ref().and_then(|before| before.by_path.get(source.path.as_os_str()));
            old == Some(&FileId(index as u32))
        };
        if self.files.len() != range.start || !self.files.iter().enumerate().all(has_kept) {
            return false;
        }
        for index in range {
            let before = self.before.as_ref().and_then(|before| before.files.get(index)?.as_ref());
            let Some(path) = before.map(|source| source.path.clone()) else { return false };
            if self.recall(&path) != Some(FileId(index as u32)) {
                return false;
            }
        }
        true
    }

    /// The earlier reading is not asked any more.
    pub(crate) fn forget(&mut self) {
        self.before = None;
    }
}
