//! From the paths that are named to the worlds, read and judged: several at a time, in an order that does not depend on it.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use gatelint_lint::{Filter, Finding, Level, Outcome};
use gatelint_model::host::Facts;
use gatelint_report::{Failure, Part, Place};
use gatelint_rules::RULES;
use gatelint_run::parallel::each;
use gatelint_run::world::{Unit, Unusable};

use crate::args::Options;
use crate::here::{from_here, nearest};
use crate::progress::Progress;
use crate::root::{Target, absolute, between, common, plain_error, target, unite};
use crate::settings::{File, Store};
use crate::world::{Checked, Tree};
use crate::{rules, stdin};

/// One world that was read: the directory that plays `/`, and how it is named in reports.
pub(crate) struct World {
    pub(crate) root: PathBuf,
    pub(crate) place: Place,
    pub(crate) checked: Checked,
}

/// One world with its findings, before anything of it is chosen.
pub(crate) struct Found {
    pub(crate) root: PathBuf,
    pub(crate) place: Place,
    pub(crate) checked: Checked,
    pub(crate) findings: Vec<Finding>,
    /// What comments take back.
    pub(crate) ignored: Vec<Finding>,
}

impl Found {
    /// The findings that have to do with what was asked for.
    pub(crate) fn asked(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| self.checked.shows(finding))
    }

    /// What of it was not read.
    pub(crate) fn problems(&self) -> impl Iterator<Item = Failure> {
        self.checked
            .loaded
            .stack
            .problems
            .iter()
            .map(|problem| Failure { path: self.place.name(&problem.path), message: problem.message.clone() })
    }

    /// What is shown of it.
    pub(crate) fn part(&self, least: Level) -> Part<'_> {
        let findings = self.asked().filter(|finding| finding.level >= least).collect();
        let ignored = self.ignored.iter().filter(|finding| self.checked.shows(finding));
        let ignored = ignored.filter(|finding| finding.level >= least).collect();
        Part { place: &self.place, loaded: &self.checked.loaded, findings, ignored }
    }
}

/// What the paths come to.
pub(crate) struct Gathered<T> {
    /// The worlds, by root and directory.
    pub(crate) found: Vec<T>,
    /// What could not be used.
    pub(crate) errors: Vec<Failure>,
    /// What was named beside configuration and is none.
    pub(crate) passed_over: Vec<Failure>,
    /// Whether other shards have worlds: then it is well that this one has none.
    pub(crate) is_elsewhere: bool,
    /// What the names in reports start from.
    base: PathBuf,
    /// Settings that are not understood.
    troubled: Vec<Arc<File>>,
}

impl<T> Gathered<T> {
    /// Whether something could not be used, or there was nothing.
    pub(crate) fn is_unusable(&self) -> bool {
        !self.errors.is_empty() || self.found.is_empty() && !self.is_elsewhere
    }
}

/// Reads every world that the paths name, and runs the rules.
pub(crate) fn gather(
    paths: &[PathBuf],
    options: &Options,
    facts: Option<Facts>,
) -> Result<Gathered<Found>, String> {
    for name in options.select.iter().chain(&options.ignore) {
        rules::find(name)?;
    }
    let store = Arc::new(Store::new(options.settings(facts.map(Arc::new)))?);
    let progress = Progress::start(options);
    let mut gathered = survey(paths, options, &store, &progress, |world, threads| {
        progress.at("judging", &world.place.from_here);
        judge(world, options, threads)
    })?;
    let settings = std::mem::take(&mut gathered.troubled).into_iter();
    let settings: Vec<Found> = settings.map(|file| of_settings(file, &gathered.base)).collect();
    gathered.found.extend(settings);
    Ok(gathered)
}

/// Reads every world that the paths name, each with its place.
pub(crate) fn read(
    paths: &[PathBuf],
    options: &Options,
    store: &Arc<Store>,
    progress: &Progress,
) -> Result<Gathered<World>, String> {
    survey(paths, options, store, progress, |world, _| world)
}

/// Reads every world that the paths name and makes of it what is wanted, with so many threads for each.
fn survey<T: Send>(
    paths: &[PathBuf],
    options: &Options,
    store: &Arc<Store>,
    progress: &Progress,
    make: impl Fn(World, NonZeroUsize) -> T + Sync,
) -> Result<Gathered<T>, String> {
    let door = Door { options, store, input: stdin::taken(paths, options)?, is_whole_run: paths.is_empty() };
    let Outline { units, mut errors, mut passed_over } = door.outline(paths, progress);
    let base = common(units.iter().map(|(root, _)| root.as_path()));
    let all = units.len();
    // What belongs to no world is said once.
    let is_said_here = all == 0 || options.shard.is_none_or(|shard| shard.is_first());
    if !is_said_here {
        errors.clear();
        passed_over.clear();
    }
    let early = store.troubled();
    let is_mine = |position: usize| options.shard.is_none_or(|shard| shard.takes(position));
    let units: Vec<(PathBuf, Unit)> =
        units.into_iter().enumerate().filter(|(at, _)| is_mine(*at)).map(|(_, unit)| unit).collect();
    let is_elsewhere = units.len() < all;

    let threads =
        options.threads.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let workers = threads.min(units.len()).max(1);
    let for_each = NonZeroUsize::new(threads / workers).unwrap_or(NonZeroUsize::MIN);
    let read = each(units, workers, |(root, unit)| {
        progress.at("reading", &root);
        let (checked, unusable) = door.read(&root, unit)?;
        let above = root.strip_prefix(&base).unwrap_or(&root);
        let made = checked.into_iter().map(|checked| {
            let within = above.join(&checked.within);
            let from_here = from_here(&root).join(&checked.within);
            make(World { root: root.clone(), place: Place { within, from_here }, checked }, for_each)
        });
        Ok::<_, Failure>((made.collect::<Vec<T>>(), unusable))
    });
    let mut found = Vec::new();
    for read in read {
        match read {
            Ok((made, unusable)) => {
                found.extend(made);
                sort_out(unusable, &mut errors, &mut passed_over);
            }
            Err(error) => errors.push(error),
        }
    }

    // A file that came up on the way belongs to what was read here.
    let is_early = |file: &Arc<File>| early.iter().any(|other| Arc::ptr_eq(file, other));
    let mut troubled = store.troubled();
    troubled.retain(|file| is_said_here || !is_early(file));
    let failed = |file: &Arc<File>| {
        let (message, path) = (file.failure.as_ref()?, file.path.as_ref()?);
        Some(failure(path, message.clone()))
    };
    let failed: Vec<Failure> = troubled.iter().filter_map(failed).collect();
    troubled.retain(|file| file.failure.is_none());
    if found.is_empty() && !is_elsewhere {
        errors.append(&mut passed_over);
    }
    errors.extend(failed);
    Ok(Gathered { found, errors, passed_over, is_elsewhere, base, troubled })
}

fn failure(path: &Path, message: String) -> Failure {
    Failure { path: path.to_string_lossy().into_owned(), message }
}

/// A file that a shell named along with the others is no reason to fail.
fn sort_out(unusable: Vec<Unusable>, errors: &mut Vec<Failure>, passed_over: &mut Vec<Failure>) {
    for Unusable { path, message, is_foreign } in unusable {
        let list = if is_foreign { &mut *passed_over } else { &mut *errors };
        list.push(failure(&path, message));
    }
}

/// What there is to read, in order, each with its root; and what of the paths is of no use.
#[derive(Default)]
struct Outline {
    units: Vec<(PathBuf, Unit)>,
    errors: Vec<Failure>,
    passed_over: Vec<Failure>,
}

/// How roots are opened.
struct Door<'a> {
    options: &'a Options,
    store: &'a Arc<Store>,
    /// A text on standard input, and the file that it is laid over.
    input: Option<(Target, Vec<u8>)>,
    is_whole_run: bool,
}

impl Door<'_> {
    fn open(&self, root: &Path) -> Result<Tree, String> {
        let tree = Tree::open(root, self.options.root.is_some(), &self.options.model());
        let text = self.input.iter().map(|(target, text)| (target.path.clone(), text.clone()));
        let tree = tree.map_err(plain_error)?.with_settings(self.store, self.is_whole_run);
        Ok(tree.over(text.collect()))
    }

    /// No more than one root is open at a time on each thread: there may be more of them than a process may open.
    fn outline(&self, paths: &[PathBuf], progress: &Progress) -> Outline {
        let mut outline = Outline::default();
        if self.is_whole_run {
            match self.everything() {
                Ok((root, units)) => {
                    outline.units = units.into_iter().map(|unit| (root.clone(), unit)).collect()
                }
                Err(error) => outline.errors.push(error),
            }
            return outline;
        }
        let mut targets: Vec<Target> = self.input.iter().map(|(target, _)| target.clone()).collect();
        for path in paths.iter().filter(|_| self.input.is_none()) {
            let root = self.options.root.clone().or_else(|| self.store.root_near(path));
            match target(path, root.as_deref()) {
                Ok(target) => targets.push(target),
                Err(error) => outline.errors.push(failure(path, plain_error(error))),
            }
        }
        unite(&mut targets);
        targets.sort_by(|a, b| (&a.root, &a.path).cmp(&(&b.root, &b.path)));
        targets.dedup_by(|a, b| a.root == b.root && a.path == b.path);
        for targets in targets.chunk_by(|a, b| a.root == b.root) {
            let Some(root) = targets.first().map(|target| &target.root) else { continue };
            progress.at("searching", root);
            match self.open(root) {
                Ok(tree) => {
                    let (units, unusable) = tree.plan(&targets.iter().collect::<Vec<_>>());
                    outline.units.extend(units.into_iter().map(|unit| (root.clone(), unit)));
                    sort_out(unusable, &mut outline.errors, &mut outline.passed_over);
                }
                Err(message) => outline.errors.push(failure(root, message)),
            }
        }
        let dir =
            |(root, unit): &(PathBuf, Unit)| root.join(unit.dir().strip_prefix("/").unwrap_or(unit.dir()));
        outline.units.sort_by_cached_key(dir);
        outline
    }

    /// What there is below the root that was given, or the nearest that holds a configuration.
    fn everything(&self) -> Result<(PathBuf, Vec<Unit>), Failure> {
        let given = self.options.root.clone().or_else(|| self.store.root_near(Path::new(".")));
        let (root, named) = match given {
            Some(root) => (absolute(&root).unwrap_or_else(|_| root.clone()), root),
            None => {
                let none =
                    "no nginx or PHP-FPM configuration here, above, or in this machine's /etc; name a PATH";
                let root = nearest().map_err(plain_error).and_then(|root| root.ok_or(none.to_owned()));
                let root = root.map_err(|message| failure(Path::new("."), message))?;
                (root.clone(), root)
            }
        };
        match self.open(&root).and_then(|tree| tree.plan_everything()) {
            Ok(units) => Ok((root, units)),
            Err(message) => Err(failure(&named, message)),
        }
    }

    fn read(&self, root: &Path, unit: Unit) -> Result<(Vec<Checked>, Vec<Unusable>), Failure> {
        let tree = self.open(root).map_err(|message| failure(root, message))?;
        let (mut checked, unusable) = tree.read_unit(unit);
        if let Some((target, _)) = &self.input {
            checked.iter_mut().for_each(|checked| checked.narrow(&target.path));
        }
        Ok((checked, unusable))
    }
}

/// Runs the rules on a world, as the settings and the command line want it.
fn judge(world: World, options: &Options, threads: NonZeroUsize) -> Found {
    let World { root, place, checked } = world;
    let (select, ignore) = (options.select.clone(), options.ignore.clone());
    let filter = Filter { select, ignore, threads: Some(threads), ..base_filter(&checked, options) };
    let Outcome { findings, ignored } = gatelint_lint::run_all(&checked.loaded.stack, RULES, &filter);
    Found { root, place, checked, findings, ignored }
}

/// All rules on a world, as its settings want them.
pub(crate) fn base_filter(checked: &Checked, options: &Options) -> Filter {
    let policy = checked.file.policy(&checked.dir).into();
    let threads = options.threads.and_then(|threads| NonZeroUsize::new(threads.into()));
    Filter { policy, no_ignores: options.no_ignores, threads, ..Filter::default() }
}

/// What of a gatelint.toml is not understood. It is said whatever rules are selected: the settings hold for all.
fn of_settings(file: Arc<File>, base: &Path) -> Found {
    let checked = Checked::settings(file);
    let place = Place { within: between(base, &checked.dir), from_here: from_here(&checked.dir) };
    let file = &checked.file;
    let (policy, problems) = (file.policy(&checked.dir).into(), file.reading.problems.clone().into());
    let filter = Filter { policy, problems, ..Filter::default() };
    let findings = gatelint_lint::run(&checked.loaded.stack, RULES, &filter);
    Found { root: checked.dir.clone(), place, checked, findings, ignored: Vec::new() }
}
