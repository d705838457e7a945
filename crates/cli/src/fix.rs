//! `--fix`, `--unsafe-fixes` and `--diff`.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use gatelint_lint::{Change, Filter, Finding, Mended, Mender, Safety};
use gatelint_model::discover::Loaded;
use gatelint_model::files::Rooted;
use gatelint_report::{Place, clean, diff};
use gatelint_rules::RULES;

use crate::args::Options;
use crate::root::plain_error;
use crate::save::{Prepared, Saver};
use crate::world::Checked;
use crate::{Exit, say};

/// A world whose findings are to be fixed.
pub(crate) struct Subject<'a> {
    /// The directory that plays `/`.
    pub(crate) root: &'a Path,
    pub(crate) place: &'a Place,
    pub(crate) checked: &'a Checked,
    /// What its settings say.
    pub(crate) filter: &'a Filter,
    /// Which findings are looked at.
    pub(crate) wants: &'a dyn Fn(&Finding) -> bool,
}

/// How often fixing starts again without the files that could not be written.
const MAX_TRIES: usize = 8;

/// What fixing came to, over all worlds.
#[derive(Default)]
struct Tally {
    found: usize,
    fixed: usize,
    /// How many more findings have a fix that was not asked for.
    more: usize,
    /// Whether a fix that was to be made was not.
    is_partial: bool,
}

/// Writes what the fixes would change to standard output, and nothing else.
///
/// # Errors
/// When standard output or a root cannot be used.
pub(crate) fn show(subjects: &[Subject<'_>], options: &Options) -> Result<Exit, String> {
    let color = crate::check::wants_color(options, io::stdout().is_terminal());
    let mut tally = Tally::default();
    let mut done = BTreeSet::new();
    let mut out = Vec::new();
    for subject in subjects {
        let files = subject.files()?;
        let mended = subject.mend(&files, options, &done, &BTreeSet::new());
        for change in &mended.changes {
            let name = subject.place.shown(&change.path);
            diff(&name, &change.old, &change.new, color, &mut out).map_err(|error| error.to_string())?;
        }
        subject.count(&mended, options, &mut tally);
        done.extend(mended.changes.iter().map(|change| subject.whole(change)));
    }
    crate::print(&out)?;
    tally.tell("would fix", options);
    Ok(if out.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Makes the fixes. Each file is written whole or not at all.
///
/// # Errors
/// When a root cannot be used.
pub(crate) fn make(subjects: &[Subject<'_>], options: &Options) -> Result<(), String> {
    let mut tally = Tally::default();
    let mut done = BTreeSet::new();
    for subject in subjects {
        let files = subject.files()?;
        let saver = Saver::new(&files);
        let mut left = BTreeSet::new();
        let mut mended = subject.mend(&files, options, &done, &left);
        let mut ready = subject.prepare(&saver, &mended, &mut left);
        // What was proved is the tree with all its changes: without one of them it is proved again.
        for _ in 0..MAX_TRIES {
            if ready.len() == mended.changes.len() {
                break;
            }
            drop(std::mem::take(&mut ready));
            tally.is_partial = true;
            mended = subject.mend(&files, options, &done, &left);
            ready = subject.prepare(&saver, &mended, &mut left);
        }
        if ready.len() < mended.changes.len() {
            say(&format!("{}: nothing fixed, its files keep changing", subject.name()));
            continue;
        }
        for (prepared, change) in ready.into_iter().zip(&mended.changes) {
            if let Err(why) = prepared.commit() {
                subject.leave(change, &why);
                tally.is_partial = true;
            }
        }
        saver.sync();
        subject.count(&mended, options, &mut tally);
        done.extend(mended.changes.iter().map(|change| subject.whole(change)));
    }
    tally.tell("fixed", options);
    Ok(())
}

impl Subject<'_> {
    fn files(&self) -> Result<Rooted, String> {
        let dir = Path::new("/").join(&self.checked.within);
        let opened = Rooted::open(self.root).and_then(|files| files.subtree(&dir));
        opened.map_err(|error| format!("{}: {}", self.name(), plain_error(error)))
    }

    fn name(&self) -> String {
        clean(&self.root.join(&self.checked.within).to_string_lossy()).into_owned()
    }

    /// The path of a change within the root, which several worlds may share.
    fn whole(&self, change: &Change) -> PathBuf {
        self.inside(&change.path)
    }

    fn inside(&self, path: &Path) -> PathBuf {
        self.root.join(&self.checked.within).join(path.strip_prefix("/").unwrap_or(path))
    }

    /// Fixes this world, without the files `left` of it and `done` of others.
    fn mend(
        &self,
        files: &Rooted,
        options: &Options,
        done: &BTreeSet<PathBuf>,
        left: &BTreeSet<PathBuf>,
    ) -> Mended {
        let asked = self.checked.asked();
        let is_asked = |loaded: &Loaded, finding: &Finding| {
            asked.as_ref().is_none_or(|asked| {
                let labels = std::iter::once(&finding.primary).chain(&finding.related);
                let mut paths = labels.filter_map(|label| loaded.stack.sources.get(label.span.file));
                paths.any(|source| asked.contains(&source.path.as_path()))
            })
        };
        let asked_files: Option<BTreeSet<PathBuf>> = asked.as_ref().map(|asked| {
            asked.iter().map(|path| gatelint_model::files::without_links(files, path)).collect()
        });
        let mended = Mender {
            files,
            load: &|files| self.checked.reload(files),
            rules: RULES,
            filter: self.filter,
            select: &options.select,
            most: if options.unsafe_fixes { Safety::Unsafe } else { Safety::Safe },
            wants: &|loaded, finding| (self.wants)(finding) && is_asked(loaded, finding),
            may_edit: &|path| {
                let is_ours = asked_files.as_ref().is_none_or(|asked| asked.contains(path));
                is_ours && !left.contains(path) && !done.contains(&self.inside(path))
            },
        }
        .mend();
        if !options.quiet {
            for refused in &mended.refused {
                let line = format!("not fixed: {}: {}: {}", refused.rule, refused.title, refused.why);
                say(&clean(&line));
            }
        }
        mended
    }

    /// Writes every new text beside its file. Those that cannot be are said and added to `left`.
    fn prepare(&self, saver: &Saver<'_>, mended: &Mended, left: &mut BTreeSet<PathBuf>) -> Vec<Prepared> {
        let mut ready = Vec::with_capacity(mended.changes.len());
        for change in &mended.changes {
            match saver.prepare(&change.path, &change.old, &change.new) {
                Ok(prepared) => ready.push(prepared),
                Err(why) => {
                    self.leave(change, &why);
                    left.insert(change.path.clone());
                }
            }
        }
        ready
    }

    fn leave(&self, change: &Change, why: &str) {
        say(&format!("{}: left alone: {}", self.place.shown(&change.path), clean(why)));
    }

    fn count(&self, mended: &Mended, options: &Options, tally: &mut Tally) {
        let unsafe_only = |finding: &&Finding| {
            (self.wants)(finding)
                && !options.unsafe_fixes
                && finding.fixes.iter().any(|fix| fix.safety == Safety::Unsafe)
        };
        tally.found += mended.fixed + mended.findings.iter().filter(|finding| (self.wants)(finding)).count();
        tally.fixed += mended.fixed;
        tally.more += mended.findings.iter().filter(unsafe_only).count();
        tally.is_partial |= !mended.refused.is_empty();
    }
}

impl Tally {
    fn tell(&self, verb: &str, options: &Options) {
        if options.quiet {
            return;
        }
        let more = match self.more {
            0 => String::new(),
            more => format!(" ({more} more with --unsafe-fixes)"),
        };
        let noun = if self.found == 1 { "finding" } else { "findings" };
        say(&format!("{verb} {} of {} {noun}{more}", self.fixed, self.found));
    }
}
