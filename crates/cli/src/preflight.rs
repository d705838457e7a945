//! `gatelint preflight`: the configuration of this machine, beside what is so on it right now.

use std::path::PathBuf;

use crate::args::Options;
use crate::check::check_with;
use crate::{Exit, facts};

/// Checks this machine.
///
/// # Errors
/// When an argument names another one, or nothing can be read.
pub(crate) fn preflight(options: &Options) -> Result<Exit, String> {
    let facts = facts::here(options)?;
    let options = Options { root: Some(PathBuf::from("/")), ..options.clone() };
    check_with(&[], &options, Some(facts), true)
}
