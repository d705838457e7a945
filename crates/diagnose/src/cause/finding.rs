//! Findings whose prediction came true.

use std::collections::HashSet;

use gatelint_lint::{Finding, Level, Prediction, Program as Refuser};
use gatelint_model::Stack;
use gatelint_model::address::normal_path;
use gatelint_model::nginx::{ContextKind, Scope};
use gatelint_syntax::Span;

use super::Cause;
use crate::case::Case;
use crate::dictionary::{Meaning, meaning};
use crate::log::{Program, Severity};

/// The findings of one configuration that say what will be logged.
pub(crate) struct Known<'a> {
    all: Vec<Foreseen<'a>>,
}

struct Foreseen<'a> {
    finding: &'a Finding,
    program: Program,
    log: &'a str,
    means: Option<&'static Meaning>,
    is_refusal: bool,
    /// The blocks around each of its places.
    around: Vec<(Span, Vec<Scope<'a>>)>,
}

/// How near a finding is to what a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Near {
    Elsewhere,
    /// In no server: it holds for all.
    General,
    Server,
    /// In the very location, group or pool.
    Here,
}

impl<'a> Known<'a> {
    /// Of the answers that are foretold only those count whose meaning the log has: `wanted`.
    pub(crate) fn new(stack: &'a Stack, findings: &'a [Finding], wanted: &HashSet<&str>) -> Self {
        let foreseen = |finding: &'a Finding| {
            let (program, log, is_refusal) = match finding.prediction.as_ref()? {
                Prediction::Answers { log, .. } => (Program::Nginx, log.as_str(), false),
                Prediction::Refuses { program: Refuser::Nginx, log, .. } => {
                    (Program::Nginx, log.as_str(), true)
                }
                Prediction::Refuses { program: Refuser::PhpFpm, log, .. } => {
                    (Program::PhpFpm, log.as_str(), true)
                }
            };
            if log.is_empty() {
                return None;
            }
            let means = meaning(program, log);
            if !is_refusal && means.is_none_or(|means| !wanted.contains(means.name)) {
                return None;
            }
            let labels = std::iter::once(&finding.primary).chain(&finding.related).filter(|_| !is_refusal);
            let around = labels.map(|label| {
                let places = stack.at(label.span.file, label.span.start);
                let scopes = places.map(|at| at.directive.and_then(|by| by.block()).unwrap_or(at.scope));
                (label.span, scopes.take(64).collect())
            });
            Some(Foreseen { finding, program, log, means, is_refusal, around: around.collect() })
        };
        Self { all: findings.iter().filter_map(foreseen).collect() }
    }

    /// The finding that foretold a line.
    pub(crate) fn of(&self, case: &Case<'a>, means: Option<&Meaning>) -> Option<&'a Finding> {
        let message = &*case.message;
        let refusals = self.all.iter().filter(|one| one.is_refusal && one.program == case.entry.program);
        if let Some(one) = refusals.filter(|one| said(message, one.log)).max_by_key(|one| one.finding.level) {
            return Some(one.finding);
        }
        let means = means?;
        if case.entry.severity == Severity::Emerg {
            let alike = |one: &&Foreseen<'a>| one.means.is_some_and(|other| other.name == means.name);
            let mut refusals = self.all.iter().filter(|one| one.is_refusal && one.program == Program::Nginx);
            return refusals.find(alike).map(|one| one.finding);
        }
        let same = self.all.iter().filter(|one| !one.is_refusal && one.program == case.entry.program);
        let same = same.filter(|one| one.means.is_some_and(|other| other.name == means.name));
        let same = same.filter(|one| same_names(message, one.log) && same_address(case, one.log));
        let near = same.map(|one| (near(case, one), one.finding)).filter(|(near, _)| *near > Near::Elsewhere);
        // Of equals the first one counts.
        let rank = |finding: &Finding| (finding.level > Level::Info, finding.level);
        let found =
            near.reduce(|best, one| if (one.0, rank(one.1)) > (best.0, rank(best.1)) { one } else { best });
        found.map(|(_, finding)| finding)
    }

    /// The finding at a place, whatever it foretells.
    pub(crate) fn at(&self, place: Span) -> Option<&'a Finding> {
        self.all.iter().find(|one| one.finding.primary.span == place).map(|one| one.finding)
    }
}

/// Whether a program's line is the one that was foretold: the same words, the place left aside.
fn said(message: &str, log: &str) -> bool {
    // php-fpm's words may begin with the place.
    let bare = |text: &str| match text.strip_prefix("[/").and_then(|rest| rest.split_once("] ")) {
        Some((_, rest)) => rest.to_owned(),
        None => text.to_owned(),
    };
    let (message, log) = (bare(message), bare(log));
    log.len() >= 12 && message.starts_with(log.trim_end_matches(" (98)"))
}

/// The names in quotes, where both have some: of a zone, a host.
fn same_names(message: &str, log: &str) -> bool {
    let quoted =
        |text: &str| text.split('"').nth(1).filter(|name| !name.contains([' ', '/'])).map(str::to_owned);
    match (quoted(message), quoted(log)) {
        (Some(own), Some(other)) => own == other,
        _ => true,
    }
}

/// Whether a foretold line is about the address of a line, as far as both say one.
fn same_address(case: &Case<'_>, log: &str) -> bool {
    let of = |text: &str| {
        let rest = text.split_once("connect() to ")?.1;
        let word = rest.split(' ').next()?;
        Some(match word.strip_prefix("unix:") {
            Some(path) => normal_path(path),
            None => word.to_owned(),
        })
    };
    let foretold = match log.split_once("upstream: \"") {
        Some((_, rest)) => {
            let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
            let end = if rest.starts_with("unix:") { None } else { rest.find(['/', '"']) };
            let bare = end.and_then(|end| rest.get(..end)).unwrap_or(rest).trim_end_matches(['"', ':']);
            Some(bare.strip_prefix("unix:").map_or(bare.to_owned(), normal_path))
        }
        None => of(log),
    };
    let authority = case.authority();
    let own = match authority.strip_prefix("unix:") {
        Some(path) => Some(normal_path(path)),
        None if authority.is_empty() => of(&case.message),
        None => Some(authority.into_owned()),
    };
    match (foretold, own) {
        (Some(foretold), Some(own)) => foretold == own,
        _ => true,
    }
}

fn near(case: &Case<'_>, one: &Foreseen<'_>) -> Near {
    let groups: Vec<Scope<'_>> = case.pass.map_or(Vec::new(), |pass| {
        pass.targets().iter().filter_map(|target| target.upstream.map(|upstream| upstream.scope)).collect()
    });
    let of_place = |(span, scopes): &(Span, Vec<Scope<'_>>)| {
        if scopes.is_empty() {
            let is_own = case.pools.iter().any(|pool| {
                pool.pool.settings.all.iter().any(|one| holds(one.span, *span))
                    || pool.pool.headers.iter().any(|header| holds(*header, *span))
            });
            let is_other = case
                .stack
                .fpm
                .pools()
                .any(|(_, pool)| pool.settings.all.iter().any(|one| holds(one.span, *span)));
            return match (is_own, is_other) {
                (true, _) => Near::Here,
                (false, true) => Near::Elsewhere,
                (false, false) => Near::General,
            };
        }
        let of_scope = |scope: &Scope<'_>| {
            let mut near = Near::General;
            for around in scope.ancestors() {
                let is_here =
                    case.blocks.iter().any(|block| *block == around && block.kind() != ContextKind::Server);
                match around.kind() {
                    _ if is_here || groups.contains(&around) => return Near::Here,
                    ContextKind::Server if case.server == Some(around) => return Near::Server,
                    ContextKind::Server | ContextKind::Upstream => near = Near::Elsewhere,
                    _ => {}
                }
            }
            near
        };
        scopes.iter().map(of_scope).max().unwrap_or(Near::Elsewhere)
    };
    let is_unrouted = case.server.is_none() && case.pools.is_empty();
    let places = one.around.iter().map(of_place).max().unwrap_or(Near::Elsewhere);
    if is_unrouted { places.max(Near::General) } else { places }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.start <= outer.end
}

/// What a finding says of a line.
pub(crate) fn causes(finding: &Finding) -> Vec<Cause> {
    let primary = Cause { at: finding.primary.span, text: finding.message.clone(), rule: Some(finding.rule) };
    let related = finding.related.iter().take(2).filter(|label| !label.text.is_empty());
    std::iter::once(primary).chain(related.map(|label| Cause::new(label.span, label.text.clone()))).collect()
}
