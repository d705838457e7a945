//! What a log means for a configuration.

use std::collections::{HashMap, HashSet};

use gatelint_lint::{Finding, Prediction};
use gatelint_model::Stack;
use gatelint_syntax::Span;

use crate::case::{Case, family};
use crate::cause::{Cause, Known, ask, causes};
use crate::dictionary::{Ask, Meaning, meaning};
use crate::log::{Entry, Log, Program, Severity};

/// The most places of one diagnosis.
const MAX_CAUSES: usize = 4;

/// The most bytes of a message that tell it from others.
const MAX_WORDS: usize = 160;

/// A configuration and what was found in it.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// What was read.
    pub stack: &'a Stack,
    /// What the rules say of it.
    pub findings: &'a [Finding],
}

/// One distinct line: what it means, where it comes from, and what to do.
#[derive(Clone, Debug)]
pub struct Diagnosis<'a> {
    /// The first of its lines.
    pub entry: &'a Entry,
    /// How many lines are it; more than [`Entry::count`] where several shapes have one cause.
    pub count: u64,
    /// The largest number in them.
    pub largest: u64,
    /// When the first was written.
    pub first: &'a [u8],
    /// When the last was.
    pub last: &'a [u8],
    /// What kind of message it is; `None`: one that the dictionary lacks.
    pub name: Option<&'static str>,
    /// What it means.
    pub meaning: Option<&'static str>,
    /// The status that the visitor got.
    pub status: Option<u16>,
    /// Which of the worlds it is about.
    pub world: usize,
    /// The places, the likeliest first; empty where the configuration is not the cause, or does not show it.
    pub causes: Vec<Cause>,
    /// What to change.
    pub change: Vec<String>,
}

/// What a log means.
#[derive(Debug, Default)]
pub struct Report<'a> {
    /// Messages with a meaning, in the order in which they first came.
    pub known: Vec<Diagnosis<'a>>,
    /// Messages without one.
    pub unknown: Vec<Diagnosis<'a>>,
    /// Lines of starts, stops and clients that tell of no fault.
    pub quiet: u64,
}

/// Explains every distinct line of a log.
pub fn diagnose<'a>(log: &'a Log, worlds: &[World<'a>]) -> Report<'a> {
    let means = |entry: &Entry| meaning(entry.program, &String::from_utf8_lossy(&entry.message));
    let wanted: HashSet<&str> = log.table.entries.iter().filter_map(means).map(|means| means.name).collect();
    let known: Vec<Known<'a>> =
        worlds.iter().map(|world| Known::new(world.stack, world.findings, &wanted)).collect();
    let (mut told, mut unknown, mut quiet) = (Told::default(), Told::default(), 0);
    for entry in &log.table.entries {
        let means = means(entry);
        if means.is_none() && entry.severity <= Severity::Notice {
            quiet += entry.count;
            continue;
        }
        let best = worlds.iter().zip(&known).enumerate().map(|(at, (world, known))| {
            let case = Case::new(world.stack, entry);
            let (rank, one) = explain(&case, known, means);
            (rank, Diagnosis { world: at, ..one })
        });
        let best = best.reduce(|best, one| if one.0 > best.0 { one } else { best });
        let mut one = best.map_or_else(|| bare(entry, means), |(_, one)| one);
        // Without a configuration the line alone tells.
        for change in &mut one.change {
            *change = change.replace("{family}", family(entry));
        }
        let is_known = one.meaning.is_some() || !one.causes.is_empty();
        if is_known { &mut told } else { &mut unknown }.add(one);
    }
    let mut report = Report { known: told.all, unknown: unknown.all, quiet };
    follow(&mut report.known);
    for one in report.known.iter_mut().filter(|one| one.name == Some("body-too-large") && one.largest > 0) {
        let (largest, size) = (one.largest, one.largest.div_ceil(1 << 20));
        one.change
            .insert(0, format!("the largest body was {largest} bytes: `client_max_body_size {size}m;`"));
    }
    // What keeps a program from starting, then what comes most often.
    let order = |one: &Diagnosis<'_>| std::cmp::Reverse((one.entry.severity == Severity::Emerg, one.count));
    report.known.sort_by_key(order);
    report.unknown.sort_by_key(order);
    report
}

/// Gives lines that follow from others the cause of those.
fn follow(known: &mut [Diagnosis<'_>]) {
    let bind = known.iter().find(|one| one.name.is_some_and(|name| name.starts_with("address-")));
    let Some((causes, world)) = bind.map(|one| (one.causes.clone(), one.world)) else { return };
    for one in known.iter_mut().filter(|one| one.name == Some("still-bound")) {
        (one.causes, one.world) = (causes.clone(), world);
    }
}

/// How much a world has to say: nothing, a place, a finding.
type Rank = u8;

fn explain<'a>(case: &Case<'a>, known: &Known<'a>, means: Option<&'static Meaning>) -> (Rank, Diagnosis<'a>) {
    let mut one = bare(case.entry, means);
    let refused = known
        .of(case, means)
        .is_some_and(|finding| matches!(finding.prediction, Some(Prediction::Refuses { .. })));
    if means.is_none() && (refused || case.entry.severity == Severity::Emerg) {
        one.name = Some("refused");
        one.meaning = Some(match case.entry.program {
            Program::Nginx => {
                "nginx does not take the configuration: it does not start with it, and a reload changes nothing"
            }
            _ => "PHP-FPM does not take the configuration: it does not start, and none of its pools serves",
        });
    }
    if let Some(finding) = known.of(case, means) {
        one.causes = causes(finding);
        if !finding.help.is_empty() {
            one.change.clone_from(&finding.help);
        }
        // The setting that decides stands beside it, and before what a finding says of PHP.
        let first = means.and_then(|means| means.asks.first()).filter(|question| **question != Ask::Refusal);
        let decides = first.map_or(Vec::new(), |question| ask(case, *question)).into_iter().next();
        if let Some(decides) = decides.filter(|cause| is_new(case, &one.causes, cause)) {
            let is_of_nginx = case.stack.nginx.tree(finding.primary.span.file).is_some();
            let is_measured = matches!(first, Some(Ask::Least(_)));
            let at = if is_measured && !is_of_nginx { 0 } else { one.causes.len() };
            one.causes.insert(at, decides);
        }
        return (2, one);
    }
    // A message that is not known may name a place; of PHP-FPM's errors most are those of its start.
    let is_start = case.entry.program == Program::PhpFpm && case.entry.severity >= Severity::Error;
    let unknown: &[Ask] = if is_start { &[Ask::Place, Ask::Refusal] } else { &[Ask::Place] };
    let asks = means.map_or(unknown, |means| means.asks);
    let place: &[Ask] = if case.entry.severity == Severity::Emerg { &[Ask::Place] } else { &[] };
    for question in place.iter().chain(asks) {
        let found = ask(case, *question);
        let is_place = *question == Ask::Refusal && !found.is_empty();
        for cause in found {
            if is_new(case, &one.causes, &cause) {
                one.causes.push(cause);
            }
        }
        if is_place {
            // What a program that does not run would do otherwise, does not matter.
            if let Some(finding) = one.causes.first().and_then(|cause| known.at(cause.at)) {
                one.causes = causes(finding);
                one.change.clone_from(&finding.help);
            }
            break;
        }
    }
    one.causes.truncate(MAX_CAUSES);
    for change in &mut one.change {
        *change = change.replace("{family}", case.family());
    }
    (u8::from(!one.causes.is_empty()), one)
}

/// Whether no cause so far stands on the same line.
fn is_new(case: &Case<'_>, causes: &[Cause], one: &Cause) -> bool {
    let line = |cause: &Cause| (cause.at.file, case.stack.sources.line(cause.at));
    causes.iter().all(|other| line(other) != line(one))
}

fn bare<'a>(entry: &'a Entry, means: Option<&'static Meaning>) -> Diagnosis<'a> {
    Diagnosis {
        entry,
        count: entry.count,
        largest: entry.largest,
        first: &entry.first,
        last: &entry.last,
        name: means.map(|means| means.name),
        meaning: means.map(|means| means.text),
        status: means.and_then(|means| means.status),
        world: 0,
        causes: Vec::new(),
        change: means.map(|means| means.change.to_owned()).into_iter().collect(),
    }
}

/// What makes two diagnoses one: the same meaning by the same places, or of none of them the same words.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    name: Option<&'static str>,
    world: usize,
    places: Vec<Span>,
    words: Vec<u8>,
}

impl Key {
    fn of(one: &Diagnosis<'_>) -> Self {
        let message = one.entry.message.iter().filter(|byte| !byte.is_ascii_digit()).take(MAX_WORDS);
        let says_enough = one.name.is_some_and(|name| name != "refused") && !one.causes.is_empty();
        let words = if says_enough { Vec::new() } else { message.copied().collect() };
        let places = one.causes.iter().map(|cause| cause.at).collect();
        Self { name: one.name, world: one.world, places, words }
    }
}

/// Diagnoses, each told once.
#[derive(Default)]
struct Told<'a> {
    all: Vec<Diagnosis<'a>>,
    index: HashMap<Key, usize>,
}

impl<'a> Told<'a> {
    /// Adds one, or counts it to an equal one.
    fn add(&mut self, one: Diagnosis<'a>) {
        let at = *self.index.entry(Key::of(&one)).or_insert(self.all.len());
        match self.all.get_mut(at) {
            Some(other) => {
                other.count += one.count;
                other.largest = other.largest.max(one.largest);
                other.last = other.last.max(one.last);
            }
            None => self.all.push(one),
        }
    }
}
