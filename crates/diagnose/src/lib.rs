//! From the lines of error logs to what they mean, and to the directives that caused them.
//!
//! [`log::Log`] reads logs of any length in bounded memory; [`diagnose()`] looks each distinct line up in the
//! dictionary and follows it to the configuration: to the finding that foretold it, else along the way of its request.

mod case;
mod cause;
mod diagnosis;
mod dictionary;
pub mod log;

pub use cause::Cause;
pub use diagnosis::{Diagnosis, Report, World, diagnose};
