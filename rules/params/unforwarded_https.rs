//! Backends that are told `http` for requests that came by TLS.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::Value;
use gatelint_model::nginx::{Arg, ContextId, Family, Listen, Pass, Scope};

use super::list::lists;
use crate::by_place::ByPlace;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "unforwarded-https",
    summary: "an application behind TLS is not told of it: its links and redirects lead to `http`",
    level: Level::Warning,
    covers: &["H19"],
    since: "0.1.0",
    page: include_str!("unforwarded_https.md"),
    check,
};

/// Headers by which a proxied application knows the visitor's scheme.
const HEADERS: [&str; 3] = ["x-forwarded-proto", "x-forwarded-scheme", "x-scheme"];

fn check(stack: &Stack, out: &mut Findings) {
    php(stack, out);
    proxied(stack, out);
}

/// Whether every request of a server comes by TLS; passes of one server come one after the other.
#[derive(Default)]
struct TlsOnly(Option<(ContextId, bool)>);

impl TlsOnly {
    fn of(&mut self, pass: Pass<'_>) -> bool {
        let Some(server) = pass.server() else { return false };
        match self.0 {
            Some((known, is_tls)) if known == server.id() => is_tls,
            _ => {
                let listens = server.listens();
                let is_tls = !listens.is_empty() && listens.iter().all(Listen::is_tls) && server.is_whole();
                self.0 = Some((server.id(), is_tls));
                is_tls
            }
        }
    }
}

/// The one value that an argument has here.
fn value(scope: Scope<'_>, arg: &Arg<'_>) -> Option<String> {
    match scope.fold(&arg.value) {
        Value::Known(folded) => Some(String::from_utf8_lossy(&folded.value).to_ascii_lowercase()),
        _ => None,
    }
}

fn php(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    let mut tls = TlsOnly::default();
    // A list that was dropped whole is another defect.
    for list in lists(stack).filter(|list| list.get("REQUEST_METHOD").is_some() && tls.of(list.pass)) {
        let line = list.get("HTTPS");
        let text = line.and_then(|line| line.arg(1)).map(|arg| value(list.pass.scope(), &arg));
        let finding = match (line, text) {
            (Some(line), Some(Some(text))) if matches!(text.as_str(), "" | "off") => {
                Finding::new(&RULE, line.span(), "PHP is told that the request came without TLS")
                    .help("fastcgi_param HTTPS $https if_not_empty;")
            }
            (None, _) => Finding::new(&RULE, list.pass.span(), "PHP gets no `HTTPS` for requests by TLS")
                .level(Level::Info)
                .help("fastcgi_param HTTPS on;"),
            _ => continue,
        };
        let finding = list
            .assumed(stack, finding.level(if line.is_some() { Level::Warning } else { Level::Info }))
            .label(format!("{} come by TLS alone", passed_requests(list.pass)));
        found.add(finding.primary.span, (finding, list.pass));
    }
    out.extend(found.into_values().map(|(finding, pass)| close(finding, pass)));
}

fn proxied(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    let mut tls = TlsOnly::default();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Proxy && tls.of(*pass)) {
        let Some(list) = pass.scope().effective("proxy_set_header") else { continue };
        let is_scheme =
            |name: &Arg<'_>| HEADERS.iter().any(|header| name.text().eq_ignore_ascii_case(header));
        let lines = list.directives.iter().filter(|line| line.arg(0).is_some_and(|name| is_scheme(&name)));
        for line in lines {
            let text = line.arg(1).and_then(|arg| value(pass.scope(), &arg));
            if text.as_deref() == Some("http") {
                found.add(line.span(), (*line, pass));
            }
        }
    }
    out.extend(found.iter().map(|((line, pass), _)| {
        let name = line.arg(0).map(|arg| clip(&arg.text())).unwrap_or_default();
        let finding = Finding::new(&RULE, line.span(), format!("`{name}` is `http` for requests by TLS"))
            .label(format!("{} come by TLS alone", passed_requests(*pass)))
            .help(format!("proxy_set_header {name} $scheme;"));
        close(finding, *pass)
    }));
}

fn close(finding: Finding, pass: Pass<'_>) -> Finding {
    let listen = pass.server().and_then(|server| server.listens().into_iter().find_map(|one| one.directive));
    let finding = match listen {
        Some(listen) => finding.related(listen.span(), "TLS ends here"),
        None => finding,
    };
    finding
        .confidence(Confidence::Medium)
        .note("an application that sends visitors from `http` to `https` does so for ever")
}
