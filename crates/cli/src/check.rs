//! The run: from paths to a report and an exit status.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use gatelint_lint::{Filter, Finding, Level};
use gatelint_model::host::Facts;
use gatelint_report::{Failure, Report, clean};
use gatelint_rules::RULES;

use crate::args::{Color, Format, Options};
use crate::fix::Subject;
use crate::gather::{Found, Gathered, base_filter, gather};
use crate::{Exit, baseline, facts, fix, say};

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
    let mut gathered = gather(paths, options, facts.clone())?;
    if options.fix || options.diff {
        let is_wanted = |finding: &Finding| finding.level >= least && is_selected(options, finding);
        let found = &gathered.found;
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
            gathered.errors.iter().chain(&gathered.passed_over).for_each(tell_failure);
            return Ok(if gathered.is_unusable() { Exit::Unusable } else { exit });
        }
        fix::make(&subjects, options)?;
        gathered = gather(paths, options, facts)?;
    }
    let is_unusable = gathered.is_unusable();
    gathered.passed_over.iter().for_each(tell_failure);
    let Gathered { mut found, mut errors, is_elsewhere, .. } = gathered;
    errors.extend(found.iter().flat_map(Found::problems));

    let baseline = baseline::apply(&mut found, options, paths.is_empty() && options.shard.is_none())?;
    let least = if options.output_format == Format::Json { Level::Info } else { least };
    let parts = found.iter().map(|world| world.part(least)).collect();
    let shard = options.shard.map(|shard| shard.parts());
    let mut report = Report { parts, errors, unknown, verdict: None, shard };
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
    let mut summary = summary(&found, least, baseline.known);
    if let Some(shard) = options.shard {
        summary += &format!("; shard {shard}");
    }
    let line = if is_preflight { verdict(exit, &summary, report.unknown.len()) } else { summary };
    report.verdict = is_preflight.then(|| line.clone());
    write(&report, options)?;
    if is_preflight || (is_elsewhere || !found.is_empty()) && !options.quiet {
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
