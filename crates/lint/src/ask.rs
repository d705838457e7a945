//! Asks the rules, on as many threads as the machine has.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{panic, thread};

use gatelint_model::Stack;

use crate::{Findings, Rule};

/// The least number of texts for which threads pay.
const MIN_SOURCES: usize = 16;

/// The most threads: a rule is the smallest piece of work, and the longest of them decides.
const MAX_THREADS: usize = 8;

/// What the rules say, in the order of the rules, each given a copy of `blank`; `None` where `is_stale` said so meanwhile.
pub(crate) fn ask(
    stack: &Stack,
    rules: &[&Rule],
    blank: &Findings,
    is_stale: &(dyn Fn() -> bool + Sync),
) -> Option<Findings> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut said: Vec<(usize, Findings)> = Vec::new();
        while !is_stale() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(rule) = rules.get(index) else { break };
            let mut out = blank.clone();
            (rule.check)(stack, &mut out);
            said.push((index, out));
        }
        said
    };
    let is_small = stack.sources.len() < MIN_SOURCES;
    let threads = if is_small { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
    let mut said = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(MAX_THREADS)).map(|_| scope.spawn(work)).collect();
        let mut said = work();
        for other in others {
            // A rule that panics does so for the whole run.
            said.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
        said
    });
    if is_stale() {
        return None;
    }
    said.sort_unstable_by_key(|(index, _)| *index);
    let mut whole = blank.clone();
    for (_, said) in said {
        whole.all.extend(said.all);
        whole.unused.extend(said.unused);
    }
    Some(whole)
}
