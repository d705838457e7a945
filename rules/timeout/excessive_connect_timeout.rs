//! Connect timeouts beyond what a TCP connection ever needs.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Pass, number};

use super::unit::milliseconds_meant;
use crate::edit::{self, Mend};
use crate::setting::{Setting, Transport, settings, transport};
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "excessive-connect-timeout",
    summary: "a connect timeout is longer than the 75 seconds that a connection can usually take",
    level: Level::Warning,
    covers: &["D2"],
    since: "0.1.0",
    page: include_str!("excessive_connect_timeout.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let most = out.thresholds().connect_max.ms;
    out.extend(settings(stack, "connect_timeout").iter().filter_map(|setting| judge(setting, most)));
}

fn judge(setting: &Setting<'_>, most: u64) -> Option<Finding> {
    let directive = setting.directive()?;
    let ms = setting.value(number::milliseconds).filter(|ms| *ms > most)?;
    let name = directive.name();
    let time = say::time(ms);
    let tcp = setting.uses.iter().find(|(_, pass)| transport(*pass) == Transport::Tcp);
    let message = format!("`{name}` waits {time} for a connection");
    let finding = Finding::new(&RULE, directive.value_span(), message);
    let Some((_, pass)) = tcp else {
        let is_unix = setting.all(|pass| transport(pass) == Transport::Unix);
        let label =
            if is_unix { "a unix socket accepts or refuses at once" } else { "no address is known here" };
        return Some(finding.level(Level::Info).label(label));
    };
    if milliseconds_meant(directive).is_some() {
        // Another rule says what this number means.
        return None;
    }
    let finding = match pass.targets().first() {
        Some(target) if target.span != directive.value_span() => {
            finding.related(target.span, "reached over TCP")
        }
        _ => finding,
    };
    Some(
        finding
            .label(format!("while `{}` does not answer, {} hang this long", host(*pass), setting.requests()))
            .note("Linux gives a TCP connection up after about 127 seconds, and a live host accepts in milliseconds")
            .suggest(format!("{name} 5s;"), edit::statement(directive, format!("{name} 5s")))
            .predict(Prediction::answers(504, log::CONNECT)),
    )
}

/// The first address, as nginx prints it.
fn host(pass: Pass<'_>) -> String {
    pass.targets().first().map_or_else(String::new, |target| say::clip(target.written))
}
