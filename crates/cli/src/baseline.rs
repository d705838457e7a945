//! `--baseline` and `--write-baseline`: what is found today is known, what is new fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gatelint_lint::Finding;
use gatelint_model::files::Rooted;
use gatelint_model::{Files, Source};
use gatelint_report::{clean, fingerprint};
use gatelint_rules::RULES;
use serde::{Deserialize, Serialize};

use crate::args::Options;
use crate::check::Found;
use crate::root::{absolute, plain_error};
use crate::say;

/// The version of the file's format.
const VERSION: u32 = 1;
/// The largest baseline that is read, in bytes: some 200 000 findings.
const MAX_SIZE: usize = 64 << 20;

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

/// One finding, or several that cannot be told apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    rule: String,
    file: String,
    message: String,
    fingerprint: String,
    count: usize,
}

/// What is known, and what of it is still there.
#[derive(Debug, Default)]
struct Baseline {
    known: BTreeMap<String, Entry>,
    seen: BTreeMap<String, Entry>,
}

/// What a baseline comes to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Findings that are known.
    pub(crate) known: usize,
    /// Findings that are known and no longer there.
    stale: usize,
}

/// Takes out of `found` what the baseline knows, and writes the new one where that is wanted.
///
/// # Errors
/// When the baseline cannot be read or written.
pub(crate) fn apply(found: &mut [Found], options: &Options, is_whole: bool) -> Result<Counts, String> {
    let mut baseline = match &options.baseline {
        Some(path) => read(path)?,
        None => Baseline::default(),
    };
    let near = options.baseline.as_deref().or(options.write_baseline.as_deref());
    let Some(near) = near.and_then(|path| absolute(path).ok()?.parent().map(Path::to_path_buf)) else {
        return Ok(Counts::default());
    };
    let is_fresh = options.baseline.is_none();
    let mut files = BTreeSet::new();
    let mut counts = Counts::default();
    for world in found.iter_mut() {
        let Found { findings, checked, .. } = world;
        let names = Names::of(&checked.dir, &near);
        files.extend(checked.asked_sources().map(|source| names.name(source)));
        findings.retain(|finding| {
            if !checked.shows(finding) {
                return true;
            }
            let sources = &checked.loaded.stack.sources;
            let file = sources.get(finding.primary.span.file).map(|source| names.name(source));
            let is_known = baseline.take(
                finding,
                file.unwrap_or_default(),
                sources.text(finding.primary.span),
                is_fresh,
            );
            counts.known += usize::from(is_known);
            !is_known
        });
    }
    let judged = |entry: &Entry| {
        let rule = RULES.iter().find(|rule| rule.name == entry.rule);
        let spoke = rule.is_none_or(|rule| {
            let is_selected =
                options.select.is_empty() || options.select.iter().any(|name| name == rule.name);
            let has_facts = options.facts.is_some() || !rule.needs_facts();
            is_selected && has_facts && !options.ignore.iter().any(|name| name == rule.name)
        });
        spoke && (is_whole || files.contains(&entry.file))
    };
    counts.stale = baseline.stale(judged);
    if counts.stale > 0 && !options.quiet {
        let prune = options.baseline.as_deref().unwrap_or(Path::new("FILE")).display();
        let (noun, are) = if counts.stale == 1 { ("finding", "is") } else { ("findings", "are") };
        let what = format!("{} {noun} of the baseline {are} gone", counts.stale);
        say(&match options.write_baseline {
            Some(_) => what,
            None => format!("{what}: prune with --baseline {prune} --write-baseline {prune}"),
        });
    }
    if let Some(path) = &options.write_baseline {
        let entries = baseline.entries(judged);
        let count: usize = entries.iter().map(|entry| entry.count).sum();
        let text = serde_json::to_string_pretty(&Document { version: VERSION, findings: entries });
        let text = text.map_err(|error| error.to_string())? + "\n";
        crate::save::save(path, gatelint_report::escaped(&text).as_bytes())?;
        if !options.quiet {
            let noun = if count == 1 { "finding" } else { "findings" };
            say(&format!("wrote {count} {noun} to {}", clean(&path.to_string_lossy())));
        }
    }
    Ok(counts)
}

fn read(named: &Path) -> Result<Baseline, String> {
    let wrong = |message: String| format!("{}: {message}", named.display());
    let path = absolute(named).map_err(|error| wrong(plain_error(error)))?;
    let files = Rooted::open(Path::new("/")).map_err(|error| wrong(plain_error(error)))?;
    let text = files.read(&path).map_err(|error| wrong(error.to_string()))?;
    if text.len() > MAX_SIZE {
        return Err(wrong(format!("larger than {} MiB", MAX_SIZE >> 20)));
    }
    let document: Document = serde_json::from_slice(&text)
        .map_err(|error| wrong(format!("no baseline as `--write-baseline` writes it: {error}")))?;
    if document.version != VERSION {
        return Err(wrong(format!(
            "a baseline of version {}; this gatelint knows version {VERSION}",
            document.version
        )));
    }
    let known = document.findings.into_iter().map(|entry| (entry.fingerprint.clone(), entry));
    Ok(Baseline { known: known.collect(), seen: BTreeMap::new() })
}

impl Baseline {
    /// Counts a finding; whether it is known. `is_fresh`: all of them are, from now on.
    fn take(&mut self, finding: &Finding, file: String, text: &[u8], is_fresh: bool) -> bool {
        let name = fingerprint(finding.rule, &file, &finding.message, text);
        let name = format!("{name:016x}");
        let most = if is_fresh { usize::MAX } else { self.known.get(&name).map_or(0, |entry| entry.count) };
        let seen = self.seen.entry(name.clone()).or_insert_with(|| Entry {
            rule: finding.rule.to_owned(),
            file,
            message: finding.message.clone(),
            fingerprint: name,
            count: 0,
        });
        let is_known = seen.count < most;
        seen.count += usize::from(is_known);
        is_known
    }

    /// How many known findings that a run could see are gone.
    fn stale(&self, judged: impl Fn(&Entry) -> bool) -> usize {
        let seen = |entry: &Entry| self.seen.get(&entry.fingerprint).map_or(0, |seen| seen.count);
        let all = self.known.values().filter(|entry| judged(entry));
        all.map(|entry| entry.count.saturating_sub(seen(entry))).sum()
    }

    /// What is to be written: what was seen, and what could not be.
    fn entries(&self, judged: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let unseen = self.known.values().filter(|entry| !judged(entry));
        let mut entries: BTreeMap<&str, &Entry> =
            unseen.map(|entry| (entry.fingerprint.as_str(), entry)).collect();
        for (name, entry) in self.seen.iter().filter(|(_, entry)| entry.count > 0) {
            entries.entry(name).or_insert(entry);
        }
        let mut entries: Vec<Entry> = entries.into_values().cloned().collect();
        entries.sort_by(|a, b| (&a.file, &a.rule, &a.fingerprint).cmp(&(&b.file, &b.rule, &b.fingerprint)));
        entries
    }
}

/// How a baseline names the files of a world: the same from every working directory, and for every choice of paths.
struct Names<'a> {
    world: &'a Path,
    /// The git work tree, or the baseline's directory, where the world lies in it.
    base: Option<PathBuf>,
}

impl<'a> Names<'a> {
    fn of(world: &'a Path, near: &Path) -> Self {
        let work_tree = world.ancestors().find(|dir| dir.join(".git").exists());
        let base = work_tree.or(Some(near).filter(|near| world.starts_with(near)));
        Self { world, base: base.map(Path::to_path_buf) }
    }

    fn name(&self, source: &Source) -> String {
        let path = self.world.join(source.file().strip_prefix("/").unwrap_or(source.file()));
        let base = self.base.as_deref().unwrap_or(self.world);
        path.strip_prefix(base).unwrap_or(&path).to_string_lossy().into_owned()
    }
}
