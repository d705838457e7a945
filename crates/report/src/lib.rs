//! Findings to text: `full`, `concise`, `json`, and what pipelines read. Renders, never decides.
//!
//! What is shown comes from files that anyone may have written: nothing of it reaches a terminal raw.

mod answer;
mod clean;
mod concise;
mod diagnosis;
mod diff;
mod effective;
mod fingerprint;
mod full;
mod github;
mod gitlab;
mod html;
mod json;
mod markup;
mod picture;
mod place;
mod rdjson;
mod record;
mod sarif;
mod view;
mod xml;

pub use answer::{Answer, Block, From, Row, Spot, answer, answer_concise, answer_json};
pub use clean::clean;
pub use concise::concise;
pub use diagnosis::{Explained, diagnosis, diagnosis_json};
pub use diff::diff;
pub use effective::{Section, effective, effective_concise, effective_json};
pub use fingerprint::fingerprint;
pub use full::full;
pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub use json::{escaped, json};
pub use picture::{dot, mermaid, svg};
pub use place::Place;
pub use rdjson::rdjson;
pub use sarif::sarif;
pub use xml::{checkstyle, junit};

use gatelint_lint::{Finding, Level};
use gatelint_model::Origin;
use gatelint_model::discover::Loaded;

/// Everything that one run says.
#[derive(Debug, Default)]
pub struct Report<'a> {
    /// The worlds that were checked, in order.
    pub parts: Vec<Part<'a>>,
    /// What could not be used at all: a path, and why.
    pub errors: Vec<Failure>,
    /// Facts of the machine that are not known: a path, and why. Rules that need them are silent.
    pub unknown: Vec<Failure>,
    /// What all of it comes to, in one line, where that was asked.
    pub verdict: Option<String>,
}

/// One world and what was found in it.
#[derive(Debug)]
pub struct Part<'a> {
    /// Where its files are, seen from the outside.
    pub place: &'a Place,
    /// What was read.
    pub loaded: &'a Loaded,
    /// What is shown, in order.
    pub findings: Vec<&'a Finding>,
    /// What comments in the texts take back: only SARIF has a word for it.
    pub ignored: Vec<&'a Finding>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The path, as the report names files.
    pub path: String,
    /// What happened, in one line.
    pub message: String,
}

impl Report<'_> {
    /// How many findings of a level are shown.
    pub fn count(&self, level: Level) -> usize {
        self.parts.iter().flat_map(|part| &part.findings).filter(|finding| finding.level == level).count()
    }
}

impl Part<'_> {
    /// How many files of the tree were read.
    pub fn files(&self) -> usize {
        self.loaded.stack.sources.iter().filter(|(_, source)| source.origin == Origin::Tree).count()
    }

    /// The files that reading started from, relative to the root.
    pub fn roots(&self) -> Vec<String> {
        let nginx = self.loaded.roots.nginx.iter().map(|root| &root.path);
        let fpm = self.loaded.roots.fpm.iter().flat_map(|root| &root.paths);
        nginx.chain(fpm).map(|path| self.place.name(path)).collect()
    }
}
