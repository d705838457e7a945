//! Groups and passes that are set up to go on to another server, and cannot.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Pass, Upstream};
use rustc_hash::FxHashMap;

use super::peers::{Peers, parameter};
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "ineffective-failover",
    summary: "a failed request does not go on to another server of the group",
    level: Level::Warning,
    covers: &["I3"],
    since: "0.1.0",
    page: include_str!("ineffective_failover.md"),
    check,
};

const LOG: &str = "connect() failed (111: Connection refused) while connecting to upstream";

fn check(stack: &Stack, out: &mut Findings) {
    let mut groups = FxHashMap::default();
    let mut seen = FxHashMap::default();
    for pass in stack.passes() {
        let Some(group) = pass.upstream() else { continue };
        let peers = groups.entry(group.scope.id()).or_insert_with(|| Peers::of(group));
        let Some(rules) = Retry::of(pass) else { continue };
        let found = match peers {
            peers if peers.is_single() => single(pass, group, peers, &rules),
            peers if peers.are_several() => several(pass, group, peers, &rules),
            _ => None,
        };
        // One line at fault is one finding, however many passes get it.
        if let Some(finding) = found
            && seen.insert((finding.primary.span, group.scope.id()), ()).is_none()
        {
            out.push(finding);
        }
    }
}

/// What a pass does when a server fails.
struct Retry<'a> {
    next: Option<Directive<'a>>,
    tries: Option<Directive<'a>>,
    name: String,
}

impl<'a> Retry<'a> {
    fn of(pass: Pass<'a>) -> Option<Self> {
        let name = format!("{}_next_upstream", pass.family().prefix());
        let last = |name: &str| pass.scope().effective_last(name);
        let (next, tries) = (last(&name), last(&format!("{name}_tries")));
        let is_readable = |directive: &Directive<'_>| !directive.args().any(|arg| arg.value.contains(&b'$'));
        (next.iter().all(is_readable) && tries.iter().all(is_readable)).then_some(Self { next, tries, name })
    }

    fn lists(&self, word: &str) -> bool {
        self.next.is_some_and(|next| next.args().any(|arg| *arg.value == *word.as_bytes()))
    }

    /// What keeps every request at its first server.
    fn off(&self) -> Option<Directive<'a>> {
        let is_one = |tries: &Directive<'_>| tries.arg(0).is_some_and(|arg| *arg.value == *b"1");
        self.next.filter(|_| self.lists("off")).or(self.tries.filter(is_one))
    }

    /// The answers for which another server is asked.
    fn statuses(&self) -> Vec<String> {
        let words = self.next.into_iter().flat_map(|next| next.args().map(|arg| arg.text().into_owned()));
        words.filter(|word| matches!(word.as_str(), "http_502" | "http_503" | "http_504")).collect()
    }
}

/// One address: there is nothing to go on to.
fn single(pass: Pass<'_>, group: Upstream<'_>, peers: &Peers<'_>, retry: &Retry<'_>) -> Option<Finding> {
    let server = peers.live.first()?.directive;
    let counted = ["max_fails", "fail_timeout"].into_iter().find(|name| parameter(server, name).is_some());
    let (at, what) = match (retry.next.filter(|_| !retry.lists("off")), retry.tries, counted) {
        (Some(next), ..) => (next.span(), retry.name.clone()),
        (None, Some(tries), _) => (tries.span(), format!("{}_tries", retry.name)),
        (None, None, Some(parameter)) => (server.span(), parameter.to_owned()),
        _ => return None,
    };
    let name = clip(&group.name());
    let message = format!("`{what}` has no effect: group `{name}` has one address");
    let finding = Finding::new(&RULE, at, message)
        .label(format!("{} end as 502 when that one fails", passed_requests(pass)))
        .level(Level::Info);
    let finding =
        if at == server.span() { finding } else { finding.related(server.span(), "the only server") };
    Some(finding.help("give the group a second `server`, or one with `backup`"))
}

fn several(pass: Pass<'_>, group: Upstream<'_>, peers: &Peers<'_>, retry: &Retry<'_>) -> Option<Finding> {
    let name = clip(&group.name());
    let requests = passed_requests(pass);
    if let Some(off) = retry.off() {
        let is_counted = |server: Directive<'_>| parameter(server, "max_fails").is_none_or(|max| max != "0");
        let backup = peers.live.iter().find(|peer| peer.has("backup"));
        let mut first = peers.live.iter().filter(|peer| !peer.has("backup")).peekable();
        let counts_none = first.peek().is_some() && first.all(|peer| !is_counted(peer.directive));
        let at = off.span();
        let word = off.name().into_owned();
        let finding = match backup.filter(|_| counts_none) {
            Some(backup) => {
                Finding::new(&RULE, at, format!("the spare server of group `{name}` is never asked"))
                    .label(format!("{requests} stay with their first server and end as 502"))
                    .related(backup.directive.span(), "asked only when all others have failed")
                    .note("`max_fails=0` keeps nginx from taking the others for failed")
                    .help("drop `max_fails=0` from the other servers, or this line")
            }
            None => {
                let message = format!("`{word}` keeps requests to group `{name}` at their first server");
                Finding::new(&RULE, at, message)
                    .level(Level::Info)
                    .label(format!("{requests} end as 502 when their server is gone, though others run"))
                    .suggest(
                        format!("`{} error timeout;`, the default, asks the next one", retry.name),
                        match retry.lists("off") {
                            true => edit::statement(off, format!("{} error timeout", retry.name)),
                            false => edit::remove(off),
                        },
                    )
            }
        };
        return Some(finding.predict(Prediction::answers(502, LOG)));
    }
    let statuses = retry.statuses();
    let next = retry.next.filter(|_| !statuses.is_empty() && !retry.lists("error"))?;
    let listed = statuses.join("`, `");
    let message =
        format!("`{}` leaves `error` out: a server that refuses connections ends the request", retry.name);
    let words: Vec<String> = next.args().map(|arg| arg.text().into_owned()).collect();
    let finding = Finding::new(&RULE, next.span(), message)
        .label(format!("{requests} end as 502 when their server is gone, though others of `{name}` run"))
        .confidence(Confidence::Medium)
        .note(format!("`{listed}` means answers that a server gives itself"))
        .suggest(
            format!("{} error {};", retry.name, clip(&words.join(" "))),
            edit::statement(next, format!("{} error {}", retry.name, words.join(" "))),
        )
        .predict(Prediction::answers(502, LOG));
    Some(finding)
}
