//! What a rule is.

use std::sync::Arc;

use gatelint_model::Stack;

use crate::ignore::{Ignores, Name};
use crate::settings::{Policy, Problem, Thresholds};
use crate::{Finding, Level};

/// One defect that gatelint can find. A constant beside its page; all of them stand in one list.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// A kebab-case noun phrase for the defect.
    pub name: &'static str,
    /// The defect in one sentence.
    pub summary: &'static str,
    /// The level of its findings unless one says otherwise.
    pub level: Level,
    /// The entries of the rule catalogue that it covers.
    pub covers: &'static [&'static str],
    /// The first version of gatelint that has it.
    pub since: &'static str,
    /// Its manual page: also its test, its snapshot and its live proof.
    pub page: &'static str,
    /// Asks the model and phrases what is wrong.
    pub check: fn(&Stack, &mut Findings),
}

/// The line below the title of a page that makes its rule pedantic.
const PEDANTIC: &str = "Pedantic: runs only when it is selected.";

impl Rule {
    /// Whether it is a matter of taste: it runs only when it is selected by name, or has a level in gatelint.toml. Its page
    /// says so.
    pub fn is_pedantic(&self) -> bool {
        self.page.lines().nth(1) == Some(PEDANTIC)
    }

    /// Whether it speaks only of what is so on a machine: its page reports nothing without.
    pub fn needs_facts(&self) -> bool {
        let reported = self.page.split("\n## Not reported").next().unwrap_or_default();
        let mut cases = reported.split("\n### ").filter(|case| case.contains("\n```text output"));
        cases.all(|case| case.contains(" file=facts.json"))
    }
}

/// Where a rule puts what it finds, and where it learns what the user wants.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub(crate) all: Vec<Finding>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) problems: Arc<[Problem]>,
    pub(crate) ignores: Arc<Ignores>,
    pub(crate) unused: Vec<fn(&Name) -> Finding>,
}

impl Findings {
    /// Adds one finding.
    pub fn push(&mut self, finding: Finding) {
        self.all.push(finding);
    }

    /// From where on a value is too much or too little.
    pub fn thresholds(&self) -> Thresholds {
        self.policy.thresholds()
    }

    /// What the user says of the world.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy)
    }

    /// What of the settings is not understood.
    pub fn problems(&self) -> Arc<[Problem]> {
        Arc::clone(&self.problems)
    }

    /// The comments that take findings back.
    pub fn ignores(&self) -> Arc<Ignores> {
        Arc::clone(&self.ignores)
    }

    /// Has every name in an ignore comment phrased that took back nothing, once all rules have spoken.
    pub fn phrase_unused(&mut self, phrase: fn(&Name) -> Finding) {
        self.unused.push(phrase);
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, findings: T) {
        self.all.extend(findings);
    }
}
