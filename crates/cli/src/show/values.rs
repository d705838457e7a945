//! `gatelint show --effective`: the values of one PHP-FPM.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_model::Stack;
use gatelint_model::fpm::{Master, Stage};
use gatelint_report::{clean, effective, effective_concise, effective_json};

use crate::args::{Format, Options};
use crate::root::{plain_error, target};
use crate::settings::Store;
use crate::world::{Checked, Tree};
use crate::{Exit, say};

/// Writes every section of the PHP-FPM that reads `file` with the values that hold, as `php-fpm -tt` does.
///
/// # Errors
/// When the file cannot be used.
pub(crate) fn values(file: &Path, options: &Options) -> Result<Exit, String> {
    let named = file.display();
    let target =
        target(file, options.root.as_deref()).map_err(|error| format!("{named}: {}", plain_error(error)))?;
    if target.is_dir {
        return Err(format!("{named}: a directory; name one php-fpm.conf or one pool in it"));
    }
    let settings = options.model();
    let tree = Tree::open(&target.root, options.root.is_some(), &settings).map_err(plain_error)?;
    let tree = tree.with_settings(&Arc::new(Store::new(options.settings(None))?), false);
    let (worlds, unusable) = tree.targets(&[&target]);
    if let Some((_, message)) = unusable.first() {
        return Err(format!("{named}: {message}"));
    }
    let found = worlds.iter().find_map(|world| Some((world, master(world, &target.path)?)));
    let Some((world, master)) = found else {
        return Err(format!("{named}: no PHP-FPM reads it; of nginx's files `show FILE:LINE` tells"));
    };
    let stack = &world.loaded.stack;
    let refusal = master.refusals.iter().find(|refusal| refusal.stage == Stage::Test && !refusal.is_likely);
    if let Some(refusal) = refusal {
        say(&format!("{named}: no values, php-fpm refuses this: {}", clean(&refusal.log)));
        return Ok(Exit::Findings);
    }
    write(master, options)?;
    Ok(if tell(stack, master, options) { Exit::Clean } else { Exit::Unusable })
}

/// The master that a file is the main configuration of, else the first that reads it.
fn master<'a>(world: &'a Checked, path: &Path) -> Option<&'a Master> {
    let stack = &world.loaded.stack;
    let files = world.files_at(path);
    let masters = || stack.fpm.masters.iter();
    let is_main = |master: &&Master| master.files.first().is_some_and(|file| files.contains(file));
    let reads = |master: &&Master| master.files.iter().any(|file| files.contains(file));
    masters().find(is_main).or_else(|| masters().find(reads))
}

fn write(master: &Master, options: &Options) -> Result<(), String> {
    let sections = master.effective();
    let mut out = Vec::new();
    match options.output_format {
        Format::Full => effective(&sections, &mut out),
        Format::Concise => effective_concise(&sections, &mut out),
        Format::Json => effective_json(&sections, &mut out),
        _ => return Err("values are shown as full, concise or json".to_owned()),
    }
    .map_err(|error| error.to_string())?;
    crate::print(&out)
}

/// Says what the values do not rest on; whether they are all there is.
fn tell(stack: &Stack, master: &Master, options: &Options) -> bool {
    for problem in stack.problems.iter().filter(|_| !master.is_whole) {
        say(&format!("{}: {}", clean(&problem.path.to_string_lossy()), clean(&problem.message)));
    }
    if !options.quiet {
        let files = master.files.iter().filter_map(|file| stack.sources.get(*file));
        let files: Vec<PathBuf> = files.map(|source| source.file().to_path_buf()).collect();
        if let (false, Some(first)) = (master.is_main, files.first()) {
            let name = first.strip_prefix("/").unwrap_or(first).display().to_string();
            say(&format!("{}: no php-fpm.conf reads it: other files may set more", clean(&name)));
        }
    }
    master.is_whole
}
