//! `gatelint server`: the language server, over standard input and output.

use std::io::{self, BufReader};

use crate::Exit;
use crate::args::Options;

/// Serves an editor until it leaves.
///
/// # Errors
/// When the editor does not take what it is told.
pub(crate) fn server(options: &Options) -> Result<Exit, String> {
    let (input, output) = (BufReader::new(io::stdin()), io::stdout().lock());
    match gatelint_lsp::serve(input, output, &options.settings(None)) {
        Ok(true) => Ok(Exit::Clean),
        // The editor left without a word.
        Ok(false) => Ok(Exit::Findings),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Findings),
        Err(error) => Err(format!("standard output: {error}")),
    }
}
