//! Timeouts that leave no time, and bare numbers that were meant in milliseconds.

use gatelint_lint::settings::Thresholds;
use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Pass, Scope, number};

use super::extreme_read_timeout;
use super::unit::milliseconds_meant;
use crate::edit::{self, Mend};
use crate::setting::{Setting, Transport, settings, transport};
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "vanishing-timeout",
    summary: "a timeout of the upstream is zero, or far too short to be meant",
    level: Level::Error,
    covers: &["D1"],
    since: "0.1.0",
    page: include_str!("vanishing_timeout.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let Thresholds { read_min, connect_min, .. } = out.thresholds();
    out.extend(settings(stack, "read_timeout").iter().filter_map(|setting| read(setting, read_min.ms)));
    out.extend(
        settings(stack, "connect_timeout").iter().filter_map(|setting| connect(setting, connect_min.ms)),
    );
    settings(stack, "send_timeout").iter().filter_map(send).for_each(|finding| out.push(finding));
}

fn read(setting: &Setting<'_>, least: u64) -> Option<Finding> {
    let directive = setting.directive()?;
    let ms = setting.value(number::milliseconds)?;
    if let Some(meant) = milliseconds_meant(directive) {
        let is_meant = setting.all(extreme_read_timeout::streams);
        return (!is_meant).then(|| slip(setting, directive, meant, log::READ));
    }
    if ms > 0 && ms >= least {
        return None;
    }
    let name = directive.name();
    let requests = setting.requests();
    let (level, message, label) = match ms {
        0 => (
            Level::Error,
            format!("`{name}` of 0 leaves the backend no time: it does not mean \"no limit\""),
            format!("{requests} end as 504 at once"),
        ),
        ms => (
            if setting.all(is_probe) { Level::Info } else { Level::Warning },
            format!("`{name}` leaves the backend {} to answer", say::time(ms)),
            format!("{requests} that take longer end as 504"),
        ),
    };
    let finding = Finding::new(&RULE, directive.value_span(), message).level(level).label(label);
    let edits = edit::statement(directive, format!("{name} 60s"));
    Some(finding.suggest(format!("{name} 60s;"), edits).predict(Prediction::answers(504, log::READ)))
}

fn connect(setting: &Setting<'_>, least: u64) -> Option<Finding> {
    let directive = setting.directive()?;
    let ms = setting.value(number::milliseconds)?;
    if let Some(meant) = milliseconds_meant(directive) {
        let is_tcp = setting.uses.iter().any(|(_, pass)| transport(*pass) == Transport::Tcp);
        return is_tcp.then(|| slip(setting, directive, meant, log::CONNECT));
    }
    if ms > 0 && ms >= least {
        return None;
    }
    let name = directive.name();
    let transports: Vec<Transport> = setting.uses.iter().map(|(_, pass)| transport(*pass)).collect();
    if transports.iter().all(|transport| *transport == Transport::Unix) {
        let message = format!("`{name}` of {} has no effect on a unix socket", say::time(ms));
        let finding = Finding::new(&RULE, directive.value_span(), message).level(Level::Info);
        return (ms == 0).then(|| finding.label("a unix socket accepts or refuses at once"));
    }
    let is_tcp = transports.contains(&Transport::Tcp);
    let requests = setting.requests();
    let (level, message, label) = match ms {
        0 => (
            if is_tcp { Level::Error } else { Level::Warning },
            format!("`{name}` of 0 leaves no time to connect: it does not mean \"no limit\""),
            format!("{requests} end as 504 at once"),
        ),
        ms => (
            if is_tcp { Level::Warning } else { Level::Info },
            format!("`{name}` leaves {} to connect", say::time(ms)),
            format!("{requests} end as 504 when one packet is lost"),
        ),
    };
    let finding = Finding::new(&RULE, directive.value_span(), message).level(level).label(label);
    let edits = edit::statement(directive, format!("{name} 5s"));
    Some(finding.suggest(format!("{name} 5s;"), edits).predict(Prediction::answers(504, log::CONNECT)))
}

fn send(setting: &Setting<'_>) -> Option<Finding> {
    let directive = setting.directive()?;
    let is_zero = setting.value(number::milliseconds)? == 0;
    is_zero.then(|| {
        let message = format!("`{}` of 0 does not mean \"no limit\"", directive.name());
        Finding::new(&RULE, directive.value_span(), message)
            .level(Level::Info)
            .label("a request body that the backend does not take at once ends as 504")
    })
}

/// A bare number that was meant in milliseconds.
fn slip(setting: &Setting<'_>, directive: Directive<'_>, meant: u64, log: &str) -> Finding {
    let name = directive.name();
    let hours = meant / 3600;
    let message =
        format!("`{name} {meant}` is more than {hours} hours: a number without a unit counts seconds");
    Finding::new(&RULE, directive.value_span(), message)
        .level(Level::Warning)
        .label(format!("{} hang that long when the backend does", setting.requests()))
        .suggest(
            format!("{name} {};", say::time(meant)),
            edit::statement(directive, format!("{name} {}", say::time(meant))),
        )
        .predict(Prediction::answers(504, log))
}

/// Whether the location is there for health checks, which are right to be impatient.
fn is_probe(pass: Pass<'_>) -> bool {
    const WORDS: [&str; 11] = [
        "health",
        "healthz",
        "healthcheck",
        "ping",
        "probe",
        "ready",
        "readyz",
        "live",
        "livez",
        "status",
        "heartbeat",
    ];
    let locations = pass.scope().ancestors().filter(|scope| scope.kind() == ContextKind::Location);
    let mut args = locations.filter_map(Scope::opener).flat_map(Directive::args);
    args.any(|arg| say::words(&arg.text()).any(|word| WORDS.contains(&word.as_str())))
}
