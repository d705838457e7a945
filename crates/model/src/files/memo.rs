//! What was asked of a tree, kept for the next question.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Entry, Files, Kind, ReadError, Walk};

/// Answers of a tree that does not change between two edits in an editor: who knows that one has changed forgets it.
#[derive(Debug, Default)]
pub struct Memo {
    reads: Table<Result<Vec<u8>, ReadError>>,
    kinds: Table<Option<Kind>>,
    lists: Table<Result<Vec<Entry>, ReadError>>,
    links: Table<Option<PathBuf>>,
}

type Table<T> = Mutex<HashMap<PathBuf, T>>;

impl Memo {
    /// The tree `below`, asked once.
    pub fn over<'a>(&'a self, below: &'a dyn Files) -> Memoized<'a> {
        Memoized { below, memo: self }
    }

    /// Forgets the text of `path`.
    pub fn forget(&self, path: &Path) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
    }
}

/// A tree and what it said so far.
pub struct Memoized<'a> {
    below: &'a dyn Files,
    memo: &'a Memo,
}

fn ask<T: Clone>(table: &Table<T>, path: &Path, answer: impl FnOnce() -> T) -> T {
    if let Some(known) = table.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
        return known.clone();
    }
    let answer = answer();
    table.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_path_buf(), answer.clone());
    answer
}

impl Files for Memoized<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        ask(&self.memo.reads, path, || self.below.read(path))
    }

    fn kind(&self, path: &Path) -> Option<Kind> {
        ask(&self.memo.kinds, path, || self.below.kind(path))
    }

    fn try_list(&self, dir: &Path) -> Result<Vec<Entry>, ReadError> {
        ask(&self.memo.lists, dir, || self.below.try_list(dir))
    }

    fn read_link(&self, path: &Path) -> Option<PathBuf> {
        ask(&self.memo.links, path, || self.below.read_link(path))
    }

    fn walk(&self, dir: &Path, limit: usize) -> Walk {
        self.below.walk(dir, limit)
    }
}
