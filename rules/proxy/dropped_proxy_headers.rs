//! Request headers of an outer level that an inner level's own list replaces.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Effective, Family, Pass, Scope};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "dropped-proxy-headers",
    summary: "the backend does not get `Host` and others: a level with a `proxy_set_header` of its own inherits none",
    level: Level::Warning,
    covers: &["H17"],
    since: "0.1.0",
    page: include_str!("dropped_proxy_headers.md"),
    check,
};

/// Headers by which a backend knows the site and the visitor.
const TELLING: [&str; 7] = [
    "host",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-for",
    "x-real-ip",
    "x-forwarded-port",
    "forwarded",
];

/// Headers that an outer list has and the list in force has not.
struct Loss<'a> {
    pass: Pass<'a>,
    /// The first line of the list in force.
    by: Directive<'a>,
    /// Its own lines of the outer list.
    lost: Vec<Directive<'a>>,
}

fn check(stack: &Stack, out: &mut Findings) {
    if stack.directives("proxy_set_header").next().is_none() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Proxy) {
        if let Some(loss) = loss(pass) {
            found.add(loss.by.span(), loss);
        }
    }
    out.extend(found.iter().filter_map(|(loss, count)| report(stack, loss, count)));
}

fn loss(pass: Pass<'_>) -> Option<Loss<'_>> {
    let list = pass.scope().effective("proxy_set_header")?;
    let outer = list.scope.parent()?.effective("proxy_set_header")?;
    if !list.chain().all(Scope::is_whole) {
        return None;
    }
    let lost: Vec<_> =
        outer.directives.iter().filter(|line| is_telling(line) && !has(&list, line)).copied().collect();
    let by = place(&list)?;
    (!lost.is_empty()).then_some(Loss { pass, by, lost })
}

/// The first line of a list that stands in the file of the block; a list that is read from a file whole is at the
/// `include`'s first line.
fn place<'a>(list: &Effective<'a>) -> Option<Directive<'a>> {
    let file = list.scope.opener()?.span().file;
    let own = list.directives.iter().find(|line| line.span().file == file);
    own.or(list.directives.first()).copied()
}

fn name(line: &Directive<'_>) -> String {
    line.arg(0).map(|arg| arg.text().to_ascii_lowercase()).unwrap_or_default()
}

fn is_telling(line: &Directive<'_>) -> bool {
    let is_removed = line.arg(1).is_none_or(|value| value.value.is_empty());
    TELLING.contains(&name(line).as_str()) && !is_removed
}

fn has(list: &Effective<'_>, line: &Directive<'_>) -> bool {
    let wanted = name(line);
    list.directives.iter().any(|own| name(own) == wanted)
}

fn report(stack: &Stack, loss: &Loss<'_>, count: usize) -> Option<Finding> {
    let Loss { pass, by, lost } = loss;
    let host = lost.iter().find(|line| name(line) == "host");
    // A list that names the host itself was written with care: what else it leaves out may be meant.
    let is_written_anew = host.is_none();
    let first = host.or(lost.first())?;
    let outer_value = host.and_then(|line| line.arg(1)).map(|value| value.text().into_owned());
    let sent = sent_host(*pass)?;
    if outer_value.as_deref() == Some("$proxy_host") {
        return None;
    }
    let names: Vec<String> = lost.iter().filter_map(|line| Some(say::clip(&line.arg(0)?.text()))).collect();
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
    let message = format!(
        "the backend does not get {}{more} of the outer level: this level has headers of its own",
        shown.join(", ")
    );
    let label = match host {
        Some(_) => format!("the backend gets `Host: {sent}` for {}", say::passed_requests(*pass)),
        None => format!("holds alone for {}", say::passed_requests(*pass)),
    };
    let all: Vec<String> = lost
        .iter()
        .map(|line| String::from_utf8_lossy(stack.sources.text(line.span())).into_owned() + ";")
        .collect();
    let lines = all.get(..3.min(all.len())).unwrap_or_default();
    let mut finding = Finding::new(&RULE, by.span(), message)
        .label(label)
        .related(first.span(), "replaced, with the whole list that it belongs to")
        .suggest(
            format!("repeat here: {}", lines.join(" ").chars().take(300).collect::<String>()),
            edit::after(*by, &all.iter().map(String::as_str).collect::<Vec<_>>()),
        );
    if is_written_anew {
        finding = finding.level(Level::Info);
    } else if expects_its_own_name(*pass) || is_internal(*pass) {
        finding = finding.level(Level::Info).confidence(Confidence::Low);
    } else {
        finding = finding
            .note("a backend that serves several sites answers for another one, or with 404")
            .confidence(Confidence::Medium)
            .predict(Prediction::answers(404, ""));
    }
    Some(if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding })
}

/// The host that nginx sends by itself: that of the pass, with its port where that is not the scheme's own.
fn sent_host(pass: Pass<'_>) -> Option<String> {
    let urls = pass.urls();
    let Some((url, _)) = urls.known() else { return Some("$proxy_host".to_owned()) };
    if url.socket.is_some() {
        return Some("localhost".to_owned());
    }
    let port = url.port.filter(|_| url.has_port).map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", say::clip(&url.host)))
}

/// Whether the backend is a site of its own elsewhere, which answers to its own name.
fn expects_its_own_name(pass: Pass<'_>) -> bool {
    let is_foreign = |target: &gatelint_model::nginx::Target<'_>| {
        use gatelint_model::{Address, HostName};
        matches!(target.address, Address::Tcp(HostName::Name(name), _) if name.contains('.'))
            && target.upstream.is_none()
    };
    pass.targets().iter().any(is_foreign) || pass.is_variable()
}

/// Whether only nginx itself asks: a location for `auth_request` needs no site.
fn is_internal(pass: Pass<'_>) -> bool {
    let is_internal = |location: Scope<'_>| location.own("internal").next().is_some();
    pass.location().is_some_and(is_internal)
}
