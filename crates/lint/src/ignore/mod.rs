//! Comments that take a finding back: `# gatelint: ignore[rule, rule] reason`, in PHP-FPM's files with `;`.
//!
//! One works on its own line, or, where it stands alone, on the next line that is no comment. It takes back every
//! finding of its rules that labels that line, whichever label it is. `ignore-file` works on the whole file and stands
//! above everything else in it.

mod comments;
mod marker;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gatelint_model::Stack;
use gatelint_syntax::{Span, TextRange};

use crate::nearest::nearest;
use crate::{Finding, Label, Rule};
use marker::{Marker, Verb};

/// One rule that a comment names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
    /// What is so of it.
    pub state: State,
}

/// What is so of a name in an ignore comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is no rule's; the closest that is.
    Unknown(Option<String>),
    /// It took back nothing so far.
    Unused,
    /// It took back a finding.
    Used,
}

/// A comment that looks like one and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The comment.
    pub span: Span,
    /// Why it does nothing.
    pub why: Why,
}

/// Why a comment takes nothing back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It says neither `ignore` nor `ignore-file`.
    UnknownWord,
    /// It names no rule.
    NoRules,
    /// It is for the file and stands below the first line that says something.
    NotAtTheTop,
}

/// Every ignore comment of a world.
#[derive(Clone, Debug, Default)]
pub struct Ignores {
    names: Vec<Name>,
    malformed: Vec<Malformed>,
    /// Files by the path under which they are edited: a text may be read by several names.
    files: HashMap<PathBuf, usize>,
    by_line: HashMap<(usize, Option<u32>), Vec<usize>>,
    nearest: HashMap<String, Option<String>>,
}

impl Ignores {
    /// Finds the comments in every text of a world.
    pub(crate) fn read(stack: &Stack, rules: &[Rule]) -> Self {
        let mut ignores = Self::default();
        for (file, source) in comments::marked(stack) {
            let next = ignores.files.len();
            if ignores.files.contains_key(source.file()) {
                continue;
            }
            ignores.files.insert(source.file().to_path_buf(), next);
            let found = comments::comments(stack, file, source);
            let lines = comments::Lines::new(source, &found);
            for comment in &found {
                if let Some(marker) = marker::read(comment.of(&source.bytes)) {
                    let place = lines.of(*comment);
                    ignores.add(marker, comment.in_file(file), place, next, rules);
                }
            }
        }
        ignores
    }

    fn add(&mut self, marker: Marker, comment: Span, place: comments::Place, file: usize, rules: &[Rule]) {
        let why = match (marker.verb, marker.names.is_empty()) {
            (Verb::Other, _) => Some(Why::UnknownWord),
            (_, true) => Some(Why::NoRules),
            (Verb::File, _) if !place.is_top => Some(Why::NotAtTheTop),
            _ => None,
        };
        if let Some(why) = why {
            self.malformed.push(Malformed { span: comment, why });
            return;
        }
        let line = (marker.verb == Verb::Line).then_some(place.line);
        for (text, range) in marker.names {
            let is_known = rules.iter().any(|rule| rule.name == text);
            let state = if is_known { State::Unused } else { State::Unknown(self.nearest(&text, rules)) };
            let span =
                TextRange::new(comment.start + range.start, comment.start + range.end).in_file(comment.file);
            self.by_line.entry((file, line)).or_default().push(self.names.len());
            self.names.push(Name { text, span, state });
        }
    }

    /// The rule that a name most likely means; after many different names nobody looks any more.
    fn nearest(&mut self, text: &str, rules: &[Rule]) -> Option<String> {
        const MAX_LOOKED_UP: usize = 200;
        if let Some(known) = self.nearest.get(text) {
            return known.clone();
        }
        if self.nearest.len() >= MAX_LOOKED_UP {
            return None;
        }
        let found = nearest(text, rules.iter().map(|rule| rule.name)).map(str::to_owned);
        self.nearest.insert(text.to_owned(), found.clone());
        found
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.malformed.is_empty()
    }

    /// Every name, in the order of the files.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// What looks like an ignore comment and is none.
    pub fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// Whether a comment takes a finding back. Remembers which did.
    pub(crate) fn take(&mut self, stack: &Stack, finding: &Finding) -> bool {
        if self.names.is_empty() {
            return false;
        }
        let mut is_taken = false;
        for label in std::iter::once(&finding.primary).chain(&finding.related) {
            for place in self.places(stack, label) {
                for index in self.by_line.get(&place).into_iter().flatten() {
                    let named = self.names.get_mut(*index).filter(|name| name.text == finding.rule);
                    if let Some(name) = named {
                        name.state = State::Used;
                        is_taken = true;
                    }
                }
            }
        }
        is_taken
    }

    /// Where a comment has to stand for a label: the file, its first line, its last line.
    fn places(&self, stack: &Stack, label: &Label) -> Vec<(usize, Option<u32>)> {
        let Some(source) = stack.sources.get(label.span.file) else { return Vec::new() };
        let Some(file) = self.files.get(source.file() as &Path) else { return Vec::new() };
        let line = |offset: u32| Some(source.lines().line(offset));
        let mut places = vec![(*file, None), (*file, line(label.span.start)), (*file, line(label.span.end))];
        places.dedup();
        places
    }
}
