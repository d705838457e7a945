//! The only place that writes a file.

use std::path::Path;

/// Writes what a run says to a file that the user named.
///
/// # Errors
/// When the file cannot be written, with its name.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}
