//! `gatelint show`: what the configuration comes to.

mod line;
mod pool;
mod route;
mod sheet;
mod values;

use std::path::{Path, PathBuf};

use gatelint_report::{Answer, answer, answer_concise, answer_json, clean};

use crate::args::{Format, Options};
use crate::{Exit, say};

pub(crate) use values::values;

/// What is asked of a request besides its URL.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Asked {
    /// The method of the request
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub(crate) method: String,
    /// A header of the request, such as `Host: shop.example`; of those that are not named nothing is known
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
}

/// Answers what a URL or a line of a file comes to.
///
/// # Errors
/// When the question or the configuration cannot be used.
pub(crate) fn show(what: &str, paths: &[PathBuf], asked: &Asked, options: &Options) -> Result<Exit, String> {
    let found = if what.contains("://") {
        route::answer_of(what, paths, asked, options)?
    } else if let Some((file, line, column)) = position(what) {
        line::answer_of(Path::new(&file), line, column, paths, options)?
    } else {
        let hint = "a URL, FILE:LINE, or --effective FILE";
        return Err(format!("{what}: expected {hint}"));
    };
    write(&found, options)?;
    Ok(Exit::Clean)
}

fn write(found: &Answer, options: &Options) -> Result<(), String> {
    let mut out = Vec::new();
    match options.output_format {
        Format::Full => answer(found, &mut out),
        Format::Concise => answer_concise(found, &mut out),
        Format::Json => answer_json(found, &mut out),
        _ => return Err("answers are shown as full, concise or json".to_owned()),
    }
    .map_err(|error| error.to_string())?;
    match &options.output_file {
        Some(path) => crate::save::save(path, &out),
        None => crate::print(&out),
    }
}

/// `FILE:LINE` or `FILE:LINE:COLUMN`
fn position(text: &str) -> Option<(String, u32, Option<u32>)> {
    let (rest, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok().filter(|number| *number > 0)?;
    let inner = rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    match inner.filter(|(file, line)| !file.is_empty() && *line > 0) {
        Some((file, line)) => Some((file.to_owned(), line, Some(last))),
        None if rest.is_empty() => None,
        None => Some((rest.to_owned(), last, None)),
    }
}

/// Says what could not be read: what is shown may lack it.
fn tell(problems: &[gatelint_report::Failure]) {
    for failure in problems {
        say(&format!("{}: {}", clean(&failure.path), clean(&failure.message)));
    }
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn positions_are_read_from_the_end() {
        assert_eq!(position("a.conf:3"), Some(("a.conf".into(), 3, None)));
        assert_eq!(position("a:b.conf:3:7"), Some(("a:b.conf".into(), 3, Some(7))));
        for text in ["a.conf", "a.conf:0", ":3", "a.conf:x", ""] {
            assert_eq!(position(text), None, "{text}");
        }
    }
}
