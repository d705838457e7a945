//! Access logs that do not say what a backend did.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextId, Directive, Pass, Scope};
use rustc_hash::FxHashMap;

use crate::by_place::ByPlace;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "uninformative-access-log",
    summary: "the access log does not say which backend answered, with what and when",
    level: Level::Info,
    covers: &["L4"],
    since: "0.1.0",
    page: include_str!("uninformative_access_log.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let formats: FxHashMap<Vec<u8>, Directive<'_>> = stack
        .directives("log_format")
        .filter_map(|format| Some((format.arg(0)?.value.into_owned(), format)))
        .collect();
    let mut first: FxHashMap<(Option<ContextId>, Vec<u8>), Directive<'_>> = FxHashMap::default();
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        let Some(logs) = pass.scope().effective("access_log") else { continue };
        // One log that tells is enough.
        let blind: Option<Vec<_>> = logs.directives.iter().map(|log| blind(&formats, *log)).collect();
        let Some((log, name)) = blind.and_then(|all| all.into_iter().next()) else { continue };
        // A format is one defect, however many logs have it.
        let main = pass.scope().ancestors().last().map(Scope::id);
        let at = formats.get(&name).copied();
        let at = at.unwrap_or_else(|| *first.entry((main, name.clone())).or_insert(log));
        found.add(at.span(), (at, name, pass));
    }
    out.extend(found.iter().map(|((at, name, pass), count)| finding(*at, name, *pass, count)));
}

/// The name of the format where it is known and tells nothing of a backend.
fn blind<'a>(
    formats: &FxHashMap<Vec<u8>, Directive<'a>>,
    log: Directive<'a>,
) -> Option<(Directive<'a>, Vec<u8>)> {
    let path = log.arg(0)?;
    if *path.value == *b"off" || path.value.starts_with(b"syslog:") {
        return None;
    }
    let name = log.arg(1).map_or_else(|| b"combined".to_vec(), |arg| arg.value.into_owned());
    let tells = match formats.get(&name) {
        Some(format) => format.args().skip(1).any(|arg| arg.text().contains("upstream_")),
        None => name != b"combined",
    };
    (!tells).then_some((log, name))
}

fn finding(at: Directive<'_>, name: &[u8], pass: Pass<'_>, count: usize) -> Finding {
    let name = clip(&String::from_utf8_lossy(name));
    let what = match count {
        1 => passed_requests(pass),
        count => format!("the requests of {count} passes"),
    };
    Finding::new(&RULE, at.span(), format!("the log format `{name}` tells nothing of the backend"))
        .label(format!("for {what} no line says who answered, with which status, after what time"))
        .help("in a `log_format`: `$upstream_addr $upstream_status $upstream_response_time $request_time`")
}
