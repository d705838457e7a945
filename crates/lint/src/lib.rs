//! From a [`Stack`] and a list of rules to sorted findings. Knows no rule by name.

mod ask;
mod engine;
mod finding;
mod rule;

pub use engine::{Filter, run, run_unless};
pub use finding::{Confidence, Edit, Finding, Fix, Label, Level, Prediction, Program, Safety, Stage};
pub use gatelint_model::Stack;
pub use rule::{Findings, Rule};
