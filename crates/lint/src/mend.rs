//! Fixes, made and proved: the fixed tree is read and judged again before anybody writes it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use gatelint_model::discover::Loaded;
use gatelint_model::files::Overlay;
use gatelint_model::{Files, Stack};

use crate::engine::{Filter, ask_all, merge, run};
use crate::{Change, Choice, Finding, Level, Rule, Safety, Texts};

/// How often what a fix brought to light is fixed in turn.
const MAX_ROUNDS: usize = 10;
/// How often the tree is read again in one round to find the fixes that do harm.
const MAX_TRIALS: usize = 64;

/// What fixes are made of.
pub struct Mender<'a> {
    /// The tree.
    pub files: &'a dyn Files,
    /// How it is read.
    pub load: &'a dyn Fn(&dyn Files) -> Loaded,
    /// All rules: none may have anything new to say afterwards.
    pub rules: &'a [Rule],
    /// What the settings say.
    pub filter: &'a Filter,
    /// Rules that were asked for by name: the pedantic ones among them speak too.
    pub select: &'a [String],
    /// The least safe fixes that are made.
    pub most: Safety,
    /// Which findings are to be fixed.
    pub wants: &'a dyn Fn(&Loaded, &Finding) -> bool,
    /// Which files, by their paths without links, may be edited.
    pub may_edit: &'a dyn Fn(&Path) -> bool,
}

/// What fixing came to.
#[derive(Debug)]
pub struct Mended {
    /// The texts that change.
    pub changes: Vec<Change>,
    /// How many findings were fixed.
    pub fixed: usize,
    /// Fixes that were not made because of what they did.
    pub refused: Vec<Refused>,
    /// The tree as fixed.
    pub loaded: Loaded,
    /// What is found in it.
    pub findings: Vec<Finding>,
}

/// A fix that was tried and not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The rule whose finding it would have ended.
    pub rule: &'static str,
    /// What it would have done.
    pub title: String,
    /// What came of it, in one line.
    pub why: String,
}

/// What tells findings of two readings apart: places move.
type Key = (&'static str, String);

/// How often each thing was found: at all, and as a warning or an error.
#[derive(Debug, Default)]
struct Count {
    all: HashMap<Key, usize>,
    alarms: HashMap<Key, usize>,
}

/// A tree in one state of its texts.
struct State {
    texts: BTreeMap<PathBuf, (Vec<u8>, Vec<u8>)>,
    loaded: Loaded,
    findings: Vec<Finding>,
    count: Count,
}

impl Mender<'_> {
    /// Makes the fixes that end their finding and bring no other.
    pub fn mend(&self) -> Mended {
        let mut state = self.read(BTreeMap::new());
        // What a mistake in the text covers is no news when the mistake is gone.
        let all = ask_all(&state.loaded.stack, self.rules, self.filter);
        let known = count(&merge(all));
        let mut fixed = 0;
        let mut barred = HashSet::new();
        let mut refused = Vec::new();
        for _ in 0..MAX_ROUNDS {
            let tried = barred.len();
            let (next, more) = self.round(&state, &known, &mut barred, &mut refused);
            match next {
                Some(next) => state = next,
                // Another way to end the same finding may do.
                None if barred.len() > tried => {}
                None => break,
            }
            fixed += more;
        }
        let changes = state.texts.into_iter().map(|(path, (old, new))| Change { path, old, new });
        let changes = changes.filter(|change| change.old != change.new).collect();
        Mended { changes, fixed, refused, loaded: state.loaded, findings: state.findings }
    }

    /// One round: the state after it, where there is anything to do, and how many findings it ended.
    fn round(
        &self,
        state: &State,
        known: &Count,
        barred: &mut HashSet<(Key, String)>,
        refused: &mut Vec<Refused>,
    ) -> (Option<State>, usize) {
        let texts = self.editable(&state.loaded.stack, &state.texts);
        let wanted = state.findings.iter().filter(|finding| (self.wants)(&state.loaded, finding));
        let mut chosen = texts.choose(wanted, |finding, fix| {
            let is_allowed = |file| texts.path(file).is_some_and(|path| (self.may_edit)(path));
            fix.safety <= self.most
                && fix.edits.iter().all(|edit| is_allowed(edit.span.file))
                && !barred.contains(&(key(finding), fix.title.clone()))
        });
        // Defects first, advice when they are gone.
        let is_alarm = |choice: &Choice<'_>| choice.finding.level >= Level::Warning;
        if chosen.iter().any(is_alarm) {
            chosen.retain(is_alarm);
        }
        let mut accepted: Vec<Choice<'_>> = Vec::new();
        let mut reached = None;
        let mut pending = vec![chosen];
        let mut trials = 0;
        while let Some(group) = pending.pop() {
            if group.is_empty() {
                continue;
            }
            trials += 1;
            let trial: Vec<Choice<'_>> = accepted.iter().chain(&group).copied().collect();
            let after = (trials <= MAX_TRIALS).then(|| self.read(merged(&state.texts, texts.apply(&trial))));
            let verdict = match &after {
                None => Err("too many fixes do harm to try them all".to_owned()),
                Some(after) => judge(state, after, known, &trial),
            };
            match (verdict, group.as_slice()) {
                (Ok(()), _) => (accepted, reached) = (trial, after),
                (Err(why), [choice]) => {
                    barred.insert((key(choice.finding), choice.fix.title.clone()));
                    let title = choice.fix.title.clone();
                    refused.push(Refused { rule: choice.finding.rule, title, why });
                }
                (Err(_), group) => {
                    let (first, second) = group.split_at(group.len() / 2);
                    pending.extend([second.to_vec(), first.to_vec()]);
                }
            }
        }
        (reached, accepted.len())
    }

    fn read(&self, texts: BTreeMap<PathBuf, (Vec<u8>, Vec<u8>)>) -> State {
        let overlay = Overlay::new(self.files, texts.iter().map(|(path, (_, new))| (path, new.as_slice())));
        let loaded = (self.load)(&overlay);
        let mut findings = run(&loaded.stack, self.rules, self.filter);
        let is_pedantic =
            |rule: &&Rule| rule.is_pedantic() && self.select.iter().any(|name| name == rule.name);
        let pedantic = self.rules.iter().filter(is_pedantic);
        for name in pedantic.map(|rule| rule.name.to_owned()) {
            let filter = Filter { select: vec![name], ..self.filter.clone() };
            findings.extend(run(&loaded.stack, self.rules, &filter));
        }
        let count = count(&findings);
        State { texts, loaded, findings, count }
    }

    fn editable<'s>(&self, stack: &'s Stack, texts: &BTreeMap<PathBuf, (Vec<u8>, Vec<u8>)>) -> Texts<'s> {
        let overlay = Overlay::new(self.files, texts.iter().map(|(path, (_, new))| (path, new.as_slice())));
        Texts::new(stack, &overlay)
    }
}

fn key(finding: &Finding) -> Key {
    (finding.rule, finding.message.clone())
}

fn count(findings: &[Finding]) -> Count {
    let mut count = Count::default();
    for finding in findings {
        *count.all.entry(key(finding)).or_default() += 1;
        if finding.level >= Level::Warning {
            *count.alarms.entry(key(finding)).or_default() += 1;
        }
    }
    count
}

fn of(count: &HashMap<Key, usize>, key: &Key) -> usize {
    count.get(key).copied().unwrap_or(0)
}

/// The texts with further changes; what was first read stays the old text.
fn merged(
    texts: &BTreeMap<PathBuf, (Vec<u8>, Vec<u8>)>,
    changes: Vec<Change>,
) -> BTreeMap<PathBuf, (Vec<u8>, Vec<u8>)> {
    let mut texts = texts.clone();
    for change in changes {
        let text = texts.entry(change.path).or_insert((change.old, Vec::new()));
        text.1 = change.new;
    }
    texts
}

/// Whether the tree after a trial is whole, has nothing new, and lacks every finding that was to be ended.
fn judge(before: &State, after: &State, known: &Count, trial: &[Choice<'_>]) -> Result<(), String> {
    let problems = &after.loaded.stack.problems;
    if problems.len() > before.loaded.stack.problems.len() {
        let last = problems.last().map(|problem| problem.message.as_str()).unwrap_or_default();
        return Err(format!("the fixed tree could not be read: {last}"));
    }
    // What is merely worth knowing may come to apply by the cure of a defect, but not by that of its like.
    let is_alarm = trial.iter().all(|choice| choice.finding.level >= Level::Warning);
    let (now, then, ever) = match is_alarm {
        true => (&after.count.alarms, &before.count.alarms, &known.alarms),
        false => (&after.count.all, &before.count.all, &known.all),
    };
    let is_new = |key: &&Key| of(now, key) > of(then, key).max(of(ever, key));
    if let Some((rule, message)) = now.keys().filter(is_new).min() {
        return Err(format!("it would bring {rule}: {message}"));
    }
    let mut ended: HashMap<Key, usize> = HashMap::new();
    for choice in trial {
        *ended.entry(key(choice.finding)).or_default() += 1;
    }
    let stays =
        |(key, ended): (&Key, &usize)| of(&after.count.all, key) + *ended > of(&before.count.all, key);
    if ended.iter().any(stays) {
        return Err("the finding stays".to_owned());
    }
    Ok(())
}

impl std::fmt::Debug for Mender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mender").field("most", &self.most).finish_non_exhaustive()
    }
}
