//! What a rule is.

use gatelint_model::Stack;

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
    /// Whether it is a matter of taste: it runs only when it is selected by name. Its page says so.
    pub fn is_pedantic(&self) -> bool {
        self.page.lines().nth(1) == Some(PEDANTIC)
    }
}

/// Where a rule puts what it finds.
#[derive(Debug, Default)]
pub struct Findings {
    pub(crate) all: Vec<Finding>,
}

impl Findings {
    /// Adds one finding.
    pub fn push(&mut self, finding: Finding) {
        self.all.push(finding);
    }
}

impl Extend<Finding> for Findings {
    fn extend<T: IntoIterator<Item = Finding>>(&mut self, findings: T) {
        self.all.extend(findings);
    }
}
