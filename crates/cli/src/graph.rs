//! `gatelint graph`: the paths of requests as a picture.

use std::path::PathBuf;

use gatelint_lint::Level;
use gatelint_report::{Report, clean, dot, mermaid, svg};

use crate::args::{Drawing, Options};
use crate::check::deliver;
use crate::gather::{Found, Gathered, gather};
use crate::{Exit, facts, say};

/// Draws what `paths` name.
///
/// # Errors
/// When a rule is not known, or the picture cannot be written.
pub(crate) fn graph(paths: &[PathBuf], format: Drawing, options: &Options) -> Result<Exit, String> {
    let Gathered { found, mut errors, passed_over, .. } = gather(paths, options, facts::replayed(options)?)?;
    errors.extend(found.iter().flat_map(Found::problems));
    for failure in errors.iter().chain(&passed_over) {
        say(&format!("{}: {}", clean(&failure.path), clean(&failure.message)));
    }
    if found.is_empty() {
        return Ok(Exit::Unusable);
    }
    let parts = found.iter().map(|world| world.part(Level::Warning)).collect();
    let report = Report { parts, ..Report::default() };
    let mut out = Vec::new();
    match format {
        Drawing::Mermaid => mermaid(&report, &mut out),
        Drawing::Dot => dot(&report, &mut out),
        Drawing::Svg => svg(&report, &mut out),
    }
    .map_err(|error| error.to_string())?;
    deliver(&out, options)?;
    Ok(if errors.is_empty() { Exit::Clean } else { Exit::Unusable })
}
