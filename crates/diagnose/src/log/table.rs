//! The distinct lines of a log, in bounded memory.

use std::collections::HashMap;

use super::line::{Line, Program, Severity};
use super::shape::{coarse, shape};

/// The most distinct lines; further ones are told apart by their message alone.
const MAX_ENTRIES: usize = 4096;
/// The most of those.
const MAX_COARSE: usize = 512;
/// The most bytes of a message and of its context that are kept.
const MAX_KEPT: usize = 1024;

/// Lines that are one but for numbers, clients and the like.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who wrote them.
    pub program: Program,
    /// How bad they are.
    pub severity: Severity,
    /// The message of the first one.
    pub message: Vec<u8>,
    /// Its context; see [`super::Context`].
    pub context: Vec<u8>,
    /// How many there are.
    pub count: u64,
    /// When the first one was written.
    pub first: Vec<u8>,
    /// When the last one was.
    pub last: Vec<u8>,
    /// The largest number in any of them.
    pub largest: u64,
}

/// The distinct lines, in the order in which they first came.
#[derive(Debug, Default)]
pub struct Table {
    index: HashMap<Vec<u8>, usize>,
    /// The distinct lines.
    pub entries: Vec<Entry>,
    coarse: usize,
    /// Lines for which there was no room.
    pub left_out: u64,
    key: Vec<u8>,
}

impl Table {
    /// Counts a line.
    pub(super) fn add(&mut self, line: &Line<'_>) {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        let largest = shape(line, &mut key);
        let mut at = self.index.get(&key).copied();
        if at.is_none() && self.entries.len() - self.coarse >= MAX_ENTRIES {
            key.clear();
            key.push(u8::MAX);
            coarse(line, &mut key);
            at = self.index.get(&key).copied();
            if at.is_none() && self.coarse < MAX_COARSE {
                self.coarse += 1;
            } else if at.is_none() {
                self.left_out += 1;
                self.key = key;
                return;
            }
        }
        match at.and_then(|at| self.entries.get_mut(at)) {
            Some(entry) => {
                entry.count += 1;
                entry.largest = entry.largest.max(largest);
                if !line.time.is_empty() {
                    entry.last.clear();
                    entry.last.extend_from_slice(line.time);
                }
            }
            None => {
                self.index.insert(key.clone(), self.entries.len());
                let kept = |text: &[u8]| text.get(..text.len().min(MAX_KEPT)).unwrap_or(text).to_vec();
                self.entries.push(Entry {
                    program: line.program,
                    severity: line.severity,
                    message: kept(line.message),
                    context: kept(line.context),
                    count: 1,
                    first: line.time.to_vec(),
                    last: line.time.to_vec(),
                    largest,
                });
            }
        }
        self.key = key;
    }
}
