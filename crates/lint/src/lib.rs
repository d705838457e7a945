//! From a [`Stack`] and a list of rules to sorted findings. Knows no rule by name.

mod ask;
mod engine;
mod finding;
mod fix;
pub mod ignore;
mod mend;
mod nearest;
mod rule;
pub mod settings;

pub use engine::{Filter, Outcome, run, run_all, run_unless};
pub use finding::{Confidence, Edit, Finding, Fix, Label, Level, Prediction, Program, Safety, Stage};
pub use fix::{Change, Choice, Texts};
pub use gatelint_model::Stack;
pub use mend::{Mended, Mender, Refused};
pub use nearest::nearest;
pub use rule::{Findings, Rule};
