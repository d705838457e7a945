//! Runs the rules and brings what they say into order.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_model::Stack;
use gatelint_syntax::Span;

use crate::ask::ask;
use crate::ignore::{Ignores, State};
use crate::settings::{Policy, Problem};
use crate::{Finding, Findings, Level, Prediction, Program, Rule, Stage};

/// Which findings are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these rules, where not empty; else all but the pedantic ones.
    pub select: Vec<String>,
    /// Not these.
    pub ignore: Vec<String>,
    /// What the settings say of this world.
    pub policy: Arc<Policy>,
    /// What of the settings is not understood, where the places of it are texts of this world.
    pub problems: Arc<[Problem]>,
    /// Whether comments in the texts take nothing back.
    pub no_ignores: bool,
}

impl Filter {
    fn takes(&self, rule: &Rule) -> bool {
        (self.is_named(rule) || self.select.is_empty() && self.policy.may_want(rule))
            && !self.ignore.iter().any(|name| name == rule.name)
    }

    fn is_named(&self, rule: &Rule) -> bool {
        self.select.iter().any(|name| name == rule.name)
    }
}

/// What a run comes to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was found, in order.
    pub findings: Vec<Finding>,
    /// What comments took back, in order.
    pub ignored: Vec<Finding>,
}

/// The most notes, and the most helps, of one finding: who is on call reads no more.
const MAX_NOTES: usize = 2;

/// As [`run_all`], without what comments take back.
pub fn run(stack: &Stack, rules: &[Rule], filter: &Filter) -> Vec<Finding> {
    run_all(stack, rules, filter).findings
}

/// Asks every wanted rule, takes back what comments ask for, and sorts the answers: refusals first, in the order in
/// which the program meets them, then the rest by file and line.
pub fn run_all(stack: &Stack, rules: &[Rule], filter: &Filter) -> Outcome {
    run_unless(stack, rules, filter, &|| false).unwrap_or_default()
}

/// As [`run_all`], given up with `None` as soon as `is_stale`: for an editor in which somebody types on.
pub fn run_unless(
    stack: &Stack,
    rules: &[Rule],
    filter: &Filter,
    is_stale: &(dyn Fn() -> bool + Sync),
) -> Option<Outcome> {
    let mut ignores = if filter.no_ignores { Ignores::default() } else { Ignores::read(stack, rules) };
    let blank = Findings {
        policy: Arc::clone(&filter.policy),
        problems: Arc::clone(&filter.problems),
        ignores: Arc::new(ignores.clone()),
        ..Findings::default()
    };
    let wanted: Vec<&Rule> = rules.iter().filter(|rule| filter.takes(rule)).collect();
    let mut out = ask(stack, &wanted, &blank, is_stale)?;
    // What a mistake in the text makes of its surroundings is no finding of its own.
    out.all.retain(|finding| !stack.is_repaired(finding.primary.span));
    let mut findings = merge(out.all);
    defer(stack, &mut findings);
    let mut levels = Levels { stack, filter, rules: rules.iter().map(|rule| (rule.name, rule)).collect() };
    findings.retain_mut(|finding| levels.apply(finding));
    let (mut ignored, mut findings): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| ignores.take(stack, finding));
    for phrase in out.unused {
        let unused = ignores.names().iter().filter(|name| name.state == State::Unused);
        let mut unused: Vec<Finding> = unused.filter(|name| levels.spoke(&name.text)).map(phrase).collect();
        unused.retain_mut(|finding| levels.apply(finding));
        findings.extend(unused);
    }
    findings.sort_by_cached_key(|finding| order(stack, finding));
    ignored.sort_by_cached_key(|finding| order(stack, finding));
    Some(Outcome { findings, ignored })
}

/// The levels that the settings give.
struct Levels<'a> {
    stack: &'a Stack,
    filter: &'a Filter,
    rules: HashMap<&'static str, &'a Rule>,
}

impl Levels<'_> {
    /// Gives a finding its level; whether it is wanted.
    fn apply(&mut self, finding: &mut Finding) -> bool {
        let Some(rule) = self.rules.get(finding.rule) else { return true };
        let source = self.stack.sources.get(finding.primary.span.file);
        let paths = match source {
            Some(source) => [source.file(), source.path.as_path()],
            None => [Path::new("/"), Path::new("/")],
        };
        self.filter.policy.apply(finding, rule, paths, self.filter.is_named(rule))
    }

    /// Whether a rule had its say, so that its silence means something.
    fn spoke(&self, name: &str) -> bool {
        let knows_enough = |rule: &Rule| self.stack.host.facts.is_some() || !rule.needs_facts();
        self.rules.get(name).is_some_and(|rule| self.filter.takes(rule) && knows_enough(rule))
    }
}

/// Everything that the wanted rules say, as they say it.
pub(crate) fn ask_all(stack: &Stack, rules: &[Rule], filter: &Filter) -> Vec<Finding> {
    let blank = Findings { policy: Arc::clone(&filter.policy), ..Findings::default() };
    let wanted: Vec<&Rule> = rules.iter().filter(|rule| filter.takes(rule)).collect();
    ask(stack, &wanted, &blank, &|| false).map_or(Vec::new(), |out| out.all)
}

/// While nginx refuses a configuration nobody is answered by it: an error of its answers is one only when what is
/// refused has been mended.
fn defer(stack: &Stack, findings: &mut [Finding]) {
    let refused: HashSet<usize> = findings
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .filter(|finding| {
            matches!(
                finding.prediction,
                Some(Prediction::Refuses { program: Program::Nginx, stage: Stage::Test, .. })
            )
        })
        .filter_map(|finding| stack.nginx.root_of(finding.primary.span))
        .collect();
    if refused.is_empty() {
        return;
    }
    for finding in findings.iter_mut().filter(|finding| finding.level == Level::Error) {
        let answers = matches!(finding.prediction, Some(Prediction::Answers { .. }));
        let root = if answers { stack.nginx.root_of(finding.primary.span) } else { None };
        if root.is_some_and(|root| refused.contains(&root)) {
            finding.level = Level::Warning;
            finding.notes.insert(0, "an error as soon as nginx takes this configuration".to_owned());
            finding.notes.truncate(MAX_NOTES);
        }
    }
}

/// Makes one of the findings with equal rule and primary place: what an included file says wrongly, it says
/// to each of its includers.
pub(crate) fn merge(findings: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<(Finding, HashSet<Saying>)> = Vec::with_capacity(findings.len());
    let mut index: HashMap<(&'static str, Span), usize> = HashMap::new();
    for finding in findings {
        let at = *index.entry((finding.rule, finding.primary.span)).or_insert(merged.len());
        let saying = saying(&finding);
        match merged.get_mut(at) {
            None => merged.push((finding, HashSet::from([saying]))),
            Some((first, sayings)) => {
                let is_new = sayings.insert(saying);
                if is_new && (finding.level, finding.confidence) > (first.level, first.confidence) {
                    *first = finding;
                }
            }
        }
    }
    let note = |(mut finding, sayings): (Finding, HashSet<Saying>)| {
        if sayings.len() > 1 {
            finding
                .notes
                .insert(0, format!("the same holds in {} places that read this line", sayings.len()));
        }
        finding.notes.truncate(MAX_NOTES);
        finding.help.truncate(MAX_NOTES);
        finding
    };
    merged.into_iter().map(note).collect()
}

/// What tells two findings at one place apart.
type Saying = (String, String, Vec<Span>);

fn saying(finding: &Finding) -> Saying {
    let related = finding.related.iter().map(|label| label.span).collect();
    (finding.message.clone(), finding.primary.text.clone(), related)
}

/// Where a finding stands among the others: what it refuses, then its place.
type Order = (bool, Option<(u8, u8, bool, (usize, u32), Span)>, PathBuf, Span, &'static str, String);

fn order(stack: &Stack, finding: &Finding) -> Order {
    let primary = finding.primary.span;
    let path = stack.sources.get(primary.file).map(|source| source.file().to_path_buf()).unwrap_or_default();
    let refusal = match &finding.prediction {
        Some(Prediction::Refuses { program, stage, at, .. }) => {
            // What has no place in nginx is noticed when everything is read; php-fpm mostly prints none.
            let place = at.unwrap_or(primary);
            let (is_late, met) = match (program, finding.met) {
                (Program::Nginx, Some(met)) => (false, met),
                (Program::Nginx, None) => (at.is_none(), stack.nginx.reading_order(place)),
                (Program::PhpFpm, _) => (false, (stack.fpm.order_of(primary), 0)),
            };
            Some((*program as u8, *stage as u8, is_late, met, place))
        }
        _ => None,
    };
    (refusal.is_none(), refusal, path, primary, finding.rule, finding.message.clone())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use gatelint_model::files::Memory;
    use gatelint_model::stack::Roots;
    use gatelint_model::{Options, Origin};
    use gatelint_syntax::{FileId, TextRange};

    use super::*;

    fn at(file: u32, start: u32) -> Span {
        TextRange::new(start, start + 1).in_file(FileId(file))
    }

    const RULE: Rule = Rule {
        name: "a-rule",
        summary: "",
        level: Level::Warning,
        covers: &[],
        since: "0.1.0",
        page: "",
        check: |_, out| {
            let other = Rule { name: "b-rule", ..RULE };
            out.push(Finding::new(&RULE, at(1, 5), "late"));
            out.push(Finding::new(&RULE, at(1, 1), "for one").related(at(0, 1), ""));
            out.push(Finding::new(&RULE, at(1, 1), "for two").related(at(0, 2), "").level(Level::Error));
            out.push(Finding::new(&RULE, at(1, 1), "for one").related(at(0, 1), ""));
            out.push(Finding::new(&other, at(0, 9), "elsewhere"));
            out.push(Finding::new(&other, at(0, 1), "then").predict(Prediction::nginx_refuses(None, "")));
            let first = Prediction::nginx_refuses(Some(at(1, 8)), "");
            out.push(Finding::new(&other, at(1, 0), "first").predict(first));
        },
    };

    #[test]
    fn findings_are_merged_and_sorted() {
        let mut stack = Stack::load(&Memory::default(), &Roots::default(), &Options::default());
        for path in ["/b", "/a"] {
            stack.sources.add(Path::new(path).into(), Vec::new(), Origin::Tree);
        }
        let found = run(&stack, &[RULE], &Filter::default());
        let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["first", "then", "for two", "late", "elsewhere"]);
        assert_eq!(found[2].notes, ["the same holds in 2 places that read this line"]);

        let pedantic = Rule { page: "# a-rule\nPedantic: runs only when it is selected.\n", ..RULE };
        assert!(run(&stack, &[pedantic], &Filter::default()).is_empty());
        let selected = Filter { select: vec!["a-rule".into()], ..Filter::default() };
        assert_eq!(run(&stack, &[pedantic], &selected).len(), 5);

        let none = Filter { ignore: vec!["a-rule".into()], ..Filter::default() };
        assert!(run(&stack, &[RULE], &none).is_empty());
    }
}
