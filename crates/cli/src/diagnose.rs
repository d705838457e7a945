//! `gatelint diagnose`: what a log means for the configuration.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use gatelint_diagnose::log::Log;
use gatelint_diagnose::{World, diagnose as explain};
use gatelint_report::{Explained, Failure, Part, clean, diagnosis, diagnosis_json};

use crate::args::{Format, Options};
use crate::check::{Found, gather};
use crate::{Exit, facts, say};

/// Reads a log and writes what its lines mean.
///
/// # Errors
/// When the log or the configuration cannot be used.
pub(crate) fn diagnose(log: Option<&Path>, paths: &[PathBuf], options: &Options) -> Result<Exit, String> {
    if !matches!(options.output_format, Format::Full | Format::Json) {
        return Err("a diagnosis is written as full or json".to_owned());
    }
    let (log, read) = read(log)?;
    let (found, mut errors) = gather(paths, options, facts::replayed(options)?)?;
    let is_unusable = found.is_empty() || !errors.is_empty() || read.is_err();
    errors.extend(read.err().map(|message| Failure { path: "the log".into(), message }));
    errors.extend(found.iter().flat_map(Found::problems));
    for failure in &errors {
        say(&format!("{}: {}", clean(&failure.path), clean(&failure.message)));
    }
    let worlds: Vec<World<'_>> = found
        .iter()
        .map(|world| World { stack: &world.checked.loaded.stack, findings: &world.findings })
        .collect();
    let parts: Vec<Part<'_>> = found
        .iter()
        .map(|world| Part {
            place: &world.place,
            loaded: &world.checked.loaded,
            findings: Vec::new(),
            ignored: Vec::new(),
        })
        .collect();
    let report = explain(&log, &worlds);
    let explained = Explained { report: &report, log: &log, parts: &parts, errors: &errors };
    let mut out = Vec::new();
    match options.output_format {
        Format::Json => diagnosis_json(&explained, &mut out),
        _ => diagnosis(&explained, &mut out),
    }
    .map_err(|error| error.to_string())?;
    match &options.output_file {
        Some(path) => crate::save::save(path, &out)?,
        None => crate::print(&out)?,
    }
    if !options.quiet {
        say(&explained.summary());
    }
    Ok(if is_unusable { Exit::Unusable } else { Exit::Clean })
}

/// Reads a log to its end, and says whether that was all of it.
fn read(named: Option<&Path>) -> Result<(Log, Result<(), String>), String> {
    let mut log = Log::default();
    let done = match named {
        Some(path) if path != Path::new("-") => {
            let name = path.display();
            let file = File::open(path).map_err(|error| format!("{name}: {}", plain(&error)))?;
            if file.metadata().is_ok_and(|data| data.is_dir()) {
                return Err(format!("{name}: a directory; name a log, or - for standard input"));
            }
            log.read(file)
        }
        None if io::stdin().is_terminal() => {
            return Err("name a log (/var/log/nginx/error.log), or pipe one in".to_owned());
        }
        _ => log.read(io::stdin().lock()),
    };
    Ok((log, done.map_err(|error| format!("read in part: {}", plain(&error)))))
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file; expected an error log, or - for standard input".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
