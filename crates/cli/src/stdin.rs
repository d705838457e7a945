//! A text on standard input, in place of a file of a tree.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use gatelint_model::files::MAX_FILE_SIZE;

use crate::args::Options;
use crate::root::{Target, plain_error, text_target};

/// What `-` stands for: the file, and the text that it is to have. `None` where no path is `-`.
///
/// # Errors
/// When nothing says which file it is, other paths are named too, or the input cannot be read.
pub(crate) fn taken(paths: &[PathBuf], options: &Options) -> Result<Option<(Target, Vec<u8>)>, String> {
    let is_input = |path: &PathBuf| path == Path::new("-");
    if !paths.iter().any(is_input) {
        return match &options.stdin_filename {
            Some(_) => Err("--stdin-filename goes with the PATH `-`".to_owned()),
            None => Ok(None),
        };
    }
    let Some(named) = &options.stdin_filename else {
        return Err("`-` needs --stdin-filename PATH: the file that it is the text of".to_owned());
    };
    if paths.len() > 1 {
        return Err("`-` stands alone: its whole tree is read anyway".to_owned());
    }
    let fail = |error: io::Error| format!("{}: {}", named.display(), plain_error(error));
    let target = text_target(named, options.root.as_deref()).map_err(fail)?;
    let mut text = Vec::new();
    let read = io::stdin().lock().take(MAX_FILE_SIZE + 1).read_to_end(&mut text);
    read.map_err(|error| format!("standard input: {error}"))?;
    match text.len() as u64 > MAX_FILE_SIZE {
        true => Err(format!("standard input: larger than {} MiB", MAX_FILE_SIZE >> 20)),
        false => Ok(Some((target, text))),
    }
}
