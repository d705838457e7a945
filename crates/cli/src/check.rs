//! The run: from paths to a report and an exit status.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_lint::{Filter, Finding, Level, Outcome};
use gatelint_model::host::Facts;
use gatelint_report::{Failure, Part, Place, Report, clean};
use gatelint_rules::RULES;

use crate::args::{Color, Format, Options};
use crate::fix::Subject;
use crate::here::{from_here, nearest};
use crate::progress::Progress;
use crate::root::{Target, absolute, between, common, plain_error, target, unite};
use crate::settings::{File, Store};
use crate::world::{Checked, Tree};
use crate::{Exit, baseline, facts, fix, rules, say, stdin};

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
    ignored: Vec<Finding>,
}

impl Found {
    /// The findings that have to do with what was asked for.
    fn asked(&self) -> impl Iterator<Item = &Finding> {
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

/// Checks what `paths` name and reports it.
pub(crate) fn check(paths: &[PathBuf], options: &Options) -> Result<Exit, String> {
    check_with(paths, options, facts::replayed(options)?, false)
}

/// As [`check`], with facts of the machine; with a verdict where one is wanted.
pub(crate) fn check_with(
    paths: &[PathBuf],
    options: &Options,
    facts: Option<Facts>,
    is_preflight: bool,
) -> Result<Exit, String> {
    let unknown = facts.iter().flat_map(|facts| &facts.unread);
    let unknown: Vec<Failure> =
        unknown.map(|one| Failure { path: one.path.clone(), message: one.message.clone() }).collect();
    let least = shown_from(options);
    let (mut found, mut errors) = gather(paths, options, facts.clone())?;
    if options.fix || options.diff {
        let is_wanted = |finding: &Finding| finding.level >= least && is_selected(options, finding);
        let filters: Vec<Filter> = found.iter().map(|world| base_filter(&world.checked, options)).collect();
        let subjects: Vec<Subject<'_>> = found
            .iter()
            .zip(&filters)
            .map(|(world, filter)| {
                let (root, place, checked) = (world.root.as_path(), &world.place, &world.checked);
                Subject { root, place, checked, filter, wants: &is_wanted }
            })
            .collect();
        if options.diff {
            let exit = fix::show(&subjects, options)?;
            errors.iter().for_each(tell_failure);
            return Ok(if found.is_empty() || !errors.is_empty() { Exit::Unusable } else { exit });
        }
        fix::make(&subjects, options)?;
        (found, errors) = gather(paths, options, facts)?;
    }
    let is_unusable = found.is_empty() || !errors.is_empty();
    errors.extend(found.iter().flat_map(Found::problems));

    let baseline = baseline::apply(&mut found, options, paths.is_empty())?;
    let least = if options.output_format == Format::Json { Level::Info } else { least };
    let parts = found.iter().map(|world| world.part(least)).collect();
    let mut report = Report { parts, errors, unknown, verdict: None };
    tell(&found, &report, options);

    let fail_on = Level::from(options.fail_on);
    let fails = found.iter().any(|world| world.asked().any(|finding| finding.level >= fail_on));
    let exit = match () {
        () if is_unusable => Exit::Unusable,
        () if fails => Exit::Findings,
        // What was read is clean, but it is not all there is.
        () if !report.errors.is_empty() => Exit::Unusable,
        () => Exit::Clean,
    };
    let summary = summary(&found, least, baseline.known);
    let line = if is_preflight { verdict(exit, &summary, report.unknown.len()) } else { summary };
    report.verdict = is_preflight.then(|| line.clone());
    write(&report, options)?;
    if is_preflight || !found.is_empty() && !options.quiet {
        say(&line);
    }
    // The process ends now and takes the memory along: giving it back piece by piece is a tenth of a run.
    std::mem::forget(report);
    std::mem::forget(found);
    Ok(exit)
}

/// The lowest level that a person is shown.
fn shown_from(options: &Options) -> Level {
    let default = || match options.select.is_empty() {
        true => Level::from(options.fail_on).min(Level::Warning),
        false => Level::Info,
    };
    options.min_severity.map_or_else(default, Level::from)
}

fn is_selected(options: &Options, finding: &Finding) -> bool {
    let names = |rules: &[String]| rules.iter().any(|rule| rule == finding.rule);
    (options.select.is_empty() || names(&options.select)) && !names(&options.ignore)
}

fn tell_failure(failure: &Failure) {
    say(&format!("{}: {}", clean(&failure.path), clean(&failure.message)));
}

/// What somebody who is about to reload wants to know, in one line.
fn verdict(exit: Exit, summary: &str, unknown: usize) -> String {
    let word = match exit {
        Exit::Clean => "ready to reload",
        Exit::Findings => "NOT ready to reload",
        Exit::Unusable => "not decided, not everything could be read",
    };
    let unknown = match unknown {
        0 => String::new(),
        1 => "; 1 fact of the machine is not known".into(),
        count => format!("; {count} facts of the machine are not known"),
    };
    format!("{word}: {summary}{unknown}")
}

/// Reads every world that the paths name, and runs the rules. What cannot be used is listed.
pub(crate) fn gather(
    paths: &[PathBuf],
    options: &Options,
    facts: Option<Facts>,
) -> Result<(Vec<Found>, Vec<Failure>), String> {
    for name in options.select.iter().chain(&options.ignore) {
        rules::find(name)?;
    }
    let store = Arc::new(Store::new(options.settings(facts.map(Arc::new)))?);
    let progress = Progress::start(options);
    let (worlds, errors) = read(paths, options, &store, &progress)?;
    let base = common(worlds.iter().map(|world| world.root.as_path()));
    let mut found: Vec<Found> = Vec::new();
    for World { root, place, checked } in worlds {
        progress.at("judging", &place.from_here);
        found.push(judge(root, place, checked, options));
    }
    let settings = store.troubled().into_iter().filter(|file| file.failure.is_none());
    found.extend(settings.map(|file| of_settings(file, &base)));
    Ok((found, errors))
}

/// Reads every world that the paths name, each with its place. What cannot be used is listed.
pub(crate) fn read(
    paths: &[PathBuf],
    options: &Options,
    store: &Arc<Store>,
    progress: &Progress,
) -> Result<(Vec<World>, Vec<Failure>), String> {
    let mut errors = Vec::new();
    let mut failure = |path: &Path, message: String| {
        errors.push(Failure { path: path.to_string_lossy().into_owned(), message });
    };
    let model = options.model();
    let mut read: Vec<(PathBuf, Vec<Checked>)> = Vec::new();
    if paths.is_empty() {
        match everything(options, store) {
            Ok(found) => read.push(found),
            Err((named, message)) => failure(&named, message),
        }
    }
    let mut targets: Vec<Target> = Vec::new();
    let input = stdin::taken(paths, options)?;
    targets.extend(input.iter().map(|(target, _)| target.clone()));
    for path in paths.iter().filter(|_| input.is_none()) {
        let root = options.root.clone().or_else(|| store.root_near(path));
        match target(path, root.as_deref()) {
            Ok(target) => targets.push(target),
            Err(error) => failure(path, plain_error(error)),
        }
    }
    unite(&mut targets);
    targets.sort_by(|a, b| (&a.root, &a.path).cmp(&(&b.root, &b.path)));
    targets.dedup_by(|a, b| a.root == b.root && a.path == b.path);
    let roots: BTreeSet<&Path> = targets.iter().map(|target| target.root.as_path()).collect();
    for root in roots {
        let targets: Vec<&Target> = targets.iter().filter(|target| target.root == root).collect();
        let is_given = options.root.is_some();
        progress.at("reading", root);
        match Tree::open(root, is_given, &model).map_err(plain_error) {
            Ok(tree) => {
                let text = input.iter().map(|(target, text)| (target.path.clone(), text.clone()));
                let tree = tree.with_settings(store, false).over(text.collect());
                let (mut checked, unusable) = tree.targets(&targets);
                if let Some((target, _)) = &input {
                    checked.iter_mut().for_each(|checked| checked.narrow(&target.path));
                }
                unusable.iter().for_each(|(path, message)| failure(path, message.clone()));
                read.push((root.to_path_buf(), checked));
            }
            Err(message) => failure(root, message),
        }
    }

    let base = common(read.iter().map(|(root, _)| root.as_path()));
    let mut found = Vec::new();
    for (root, worlds) in read {
        let above = root.strip_prefix(&base).unwrap_or(&root).to_path_buf();
        for checked in worlds {
            let place = Place {
                within: above.join(&checked.within),
                from_here: from_here(&root).join(&checked.within),
            };
            found.push(World { root: root.clone(), place, checked });
        }
    }
    for file in store.troubled() {
        if let (Some(message), Some(path)) = (&file.failure, &file.path) {
            failure(path, message.clone());
        }
    }
    Ok((found, errors))
}

/// Runs the rules on a world, as the settings and the command line want it.
fn judge(root: PathBuf, place: Place, checked: Checked, options: &Options) -> Found {
    let (select, ignore) = (options.select.clone(), options.ignore.clone());
    let filter = Filter { select, ignore, ..base_filter(&checked, options) };
    let Outcome { findings, ignored } = gatelint_lint::run_all(&checked.loaded.stack, RULES, &filter);
    Found { root, place, checked, findings, ignored }
}

/// All rules on a world, as its settings want them.
fn base_filter(checked: &Checked, options: &Options) -> Filter {
    let policy = checked.file.policy(&checked.dir).into();
    Filter { policy, no_ignores: options.no_ignores, ..Filter::default() }
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

/// Reads all that is below the root that was given, or the nearest that holds a configuration.
fn everything(options: &Options, store: &Arc<Store>) -> Result<(PathBuf, Vec<Checked>), (PathBuf, String)> {
    let is_given = options.root.is_some();
    let given = options.root.clone().or_else(|| store.root_near(Path::new(".")));
    let (root, named) = match given {
        Some(root) => (absolute(&root).unwrap_or_else(|_| root.clone()), root),
        None => {
            let none =
                "no nginx or PHP-FPM configuration here, above, or in this machine's /etc; name a PATH";
            let root = nearest().map_err(plain_error).and_then(|root| root.ok_or(none.to_owned()));
            let root = root.map_err(|message| (PathBuf::from("."), message))?;
            (root.clone(), root)
        }
    };
    let tree = Tree::open(&root, is_given, &options.model()).map_err(plain_error);
    match tree.and_then(|tree| tree.with_settings(store, true).everything()) {
        Ok(checked) => Ok((root, checked)),
        Err(message) => Err((named, message)),
    }
}

/// Says on the error stream what was read and what was not.
fn tell(found: &[Found], report: &Report<'_>, options: &Options) {
    report.errors.iter().for_each(tell_failure);
    for fact in &report.unknown {
        say(&format!("not known: {}: {}", clean(&fact.path), clean(&fact.message)));
    }
    if options.quiet {
        return;
    }
    for (world, part) in found.iter().zip(&report.parts) {
        let roots = &part.loaded.roots;
        let is_template = |path: &&PathBuf| part.loaded.templates.contains(path);
        let nginx = roots.nginx.iter().map(|root| &root.path);
        let fpm = roots.fpm.iter().flat_map(|root| &root.paths);
        let (templates, others): (Vec<&PathBuf>, Vec<&PathBuf>) = nginx.chain(fpm).partition(is_template);
        let shown = |path: &PathBuf| world.place.shown(path);
        enumerate("root", others.into_iter().map(shown), options.verbose);
        enumerate("never reached", part.loaded.unreached.iter().map(shown), options.verbose);
        enumerate("a template", templates.into_iter().map(shown), options.verbose);
        if world.checked.cut {
            say("the search was cut short: name a smaller directory");
        }
        if options.verbose {
            let sources = part.loaded.stack.sources.iter();
            enumerate("read", sources.map(|(_, source)| world.place.shown_source(source)), true);
        }
    }
}

/// One line for each path; a long list is cut unless all of it is wanted.
fn enumerate(what: &str, paths: impl Iterator<Item = String>, all: bool) {
    const SHOWN: usize = 20;
    let paths: Vec<String> = paths.collect();
    let shown = if all { paths.len() } else { SHOWN };
    for path in paths.iter().take(shown) {
        say(&format!("{what}: {path}"));
    }
    if paths.len() > shown {
        say(&format!("{what}: and {} more, named with --verbose", paths.len() - shown));
    }
}

/// What was found, and how much of it is below `least` and so was not shown.
fn summary(found: &[Found], least: Level, known: usize) -> String {
    let files: usize = found.iter().map(|world| world.part(least).files()).sum();
    let count = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    for (level, noun) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Info, "info")] {
        let of_level = |world: &Found| world.asked().filter(|finding| finding.level == level).count();
        match found.iter().map(of_level).sum() {
            all if level >= least => shown.push(count(all, noun)),
            0 => {}
            all => hidden.push(count(all, noun)),
        }
    }
    let hidden = if hidden.is_empty() { String::new() } else { format!("; {} not shown", hidden.join(", ")) };
    let of_asked =
        |world: &Found| world.ignored.iter().filter(|finding| world.checked.shows(finding)).count();
    let ignored: usize = found.iter().map(of_asked).sum();
    let ignored = if ignored == 0 { String::new() } else { format!("; {ignored} ignored") };
    let known = if known == 0 { String::new() } else { format!("; {known} in the baseline") };
    format!("{} in {}{hidden}{ignored}{known}", shown.join(", "), count(files, "file"))
}

/// Whether what goes to standard output has colours.
pub(crate) fn wants_color(options: &Options, is_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

fn write(report: &Report<'_>, options: &Options) -> Result<(), String> {
    let color = wants_color(options, io::stdout().is_terminal());
    let mut out = Vec::new();
    match options.output_format {
        Format::Full => gatelint_report::full(report, color, &mut out),
        Format::Concise => gatelint_report::concise(report, &mut out),
        Format::Json => gatelint_report::json(report, &mut out),
        Format::Sarif => gatelint_report::sarif(report, RULES, &mut out),
        Format::Github => gatelint_report::github(report, &mut out),
        Format::Gitlab => gatelint_report::gitlab(report, &mut out),
        Format::Junit => gatelint_report::junit(report, &mut out),
        Format::Checkstyle => gatelint_report::checkstyle(report, &mut out),
        Format::Rdjson => gatelint_report::rdjson(report, &mut out),
        Format::Html => gatelint_report::html(report, &mut out),
    }
    .map_err(|error| error.to_string())?;
    deliver(&out, options)
}

/// Writes what a run says to where it is wanted.
pub(crate) fn deliver(out: &[u8], options: &Options) -> Result<(), String> {
    match &options.output_file {
        Some(path) => crate::save::save(path, out),
        None => crate::print(out),
    }
}
