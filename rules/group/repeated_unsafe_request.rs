//! Requests that change something and are sent twice.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use rustc_hash::{FxHashMap, FxHashSet};

use super::peers::Peers;
use crate::edit::{self, Mend};
use crate::say::passed_requests;

pub(crate) const RULE: Rule = Rule {
    name: "repeated-unsafe-request",
    summary: "a POST that one server took and did not answer in time is sent to the next one too",
    level: Level::Warning,
    covers: &["I4"],
    since: "0.1.0",
    page: include_str!("repeated_unsafe_request.md"),
    check,
};

/// Reasons for which a server may still be at work on the request.
const UNFINISHED: [&str; 2] = ["timeout", "http_504"];

fn check(stack: &Stack, out: &mut Findings) {
    let names = ["proxy", "fastcgi", "uwsgi", "scgi", "grpc"].map(|family| format!("{family}_next_upstream"));
    let has_word = |word: &[u8]| {
        names.iter().any(|name| {
            stack.directives(name).any(|directive| directive.args().any(|arg| *arg.value == *word))
        })
    };
    if !has_word(b"non_idempotent") {
        return;
    }
    let mut seen = FxHashSet::default();
    let mut groups = FxHashMap::default();
    for pass in stack.passes() {
        let name = format!("{}_next_upstream", pass.family().prefix());
        let Some(next) = pass.scope().effective_last(&name) else { continue };
        let lists = |word: &str| next.args().find(|arg| *arg.value == *word.as_bytes());
        let (Some(unsafe_word), None) = (lists("non_idempotent"), lists("off")) else { continue };
        let Some(reason) = UNFINISHED.into_iter().find(|word| lists(word).is_some()) else { continue };
        let tries = pass.scope().effective(&format!("{name}_tries")).and_then(|tries| tries.last());
        let is_once = tries.and_then(|tries| tries.arg(0)).is_some_and(|tries| *tries.value == *b"1");
        let Some(group) = pass.upstream().filter(|_| !is_once) else { continue };
        let peers = groups.entry(group.scope.id()).or_insert_with(|| Peers::of(group));
        if !peers.are_several() || !seen.insert(next.text_id()) {
            continue;
        }
        let message = format!("`non_idempotent` with `{reason}` sends a slow POST to a second server too");
        out.push(
            Finding::new(&RULE, unsafe_word.span, message)
                .label(format!("{} may be carried out twice: two orders, two mails", passed_requests(pass)))
                .confidence(Confidence::Medium)
                .note(
                    "without `non_idempotent` nginx goes on only with requests that no server has been sent",
                )
                .suggest(format!("leave the word out of `{name}`, or `{reason}`"), {
                    let words = next.args().filter(|arg| *arg.value != *b"non_idempotent");
                    edit::statement(next, words.fold(name.clone(), |text, word| text + " " + &word.text()))
                }),
        );
    }
}
