//! Buffers that a response's header outgrows.

use std::collections::HashSet;

use gatelint_lint::settings::Thresholds;
use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Family, Pass, Scope, number};

use crate::edit::{self, Mend};
use crate::setting::{Setting, settings};
use crate::{log, say};

pub(crate) const RULE: Rule = Rule {
    name: "small-header-buffer",
    summary: "the buffer for a response's header is smaller than headers can be",
    level: Level::Info,
    covers: &["E2"],
    since: "0.1.0",
    page: include_str!("small_header_buffer.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let limits = out.thresholds();
    for setting in settings(stack, "buffer_size") {
        if let Some(finding) = set(&setting, &limits) {
            out.push(finding);
        }
    }
    let mut said = HashSet::new();
    for pass in stack.passes() {
        let size = format!("{}_buffer_size", pass.family().prefix());
        if pass.scope().effective(&size).is_some() {
            continue;
        }
        let finding = unset(pass, &size, limits.page());
        // One line cures all passes of a server, as it does all passes that share raised buffers.
        let at = (finding.level == Level::Info).then(|| pass.server().map(Scope::id)).flatten();
        let is_new = match at {
            Some(server) => said.insert((server, pass.family(), finding.message.clone())),
            None => true,
        };
        if is_new {
            out.push(finding);
        }
    }
}

/// A size that somebody set.
fn set(setting: &Setting<'_>, limits: &Thresholds) -> Option<Finding> {
    let directive = setting.directive()?;
    let bytes = setting.value(number::size).filter(|bytes| *bytes < limits.header_buffer_min.bytes)?;
    let default = limits.page();
    let name = directive.name();
    let evidence = setting.uses.iter().find_map(|(_, pass)| application(*pass));
    let size = say::size(bytes);
    let (level, message) = match evidence {
        _ if bytes < default => {
            (Level::Warning, format!("`{name}` of {size} is below the default of {}", say::size(default)))
        }
        Some(application) => {
            let level = if bytes == default { Level::Warning } else { Level::Info };
            (level, format!("`{name}` of {size} is small for the headers of {application}"))
        }
        None if bytes == default => (Level::Info, format!("`{name}` of {size} holds small headers only")),
        None => return None,
    };
    let finding = Finding::new(&RULE, directive.value_span(), message)
        .level(level)
        .label(label(&setting.requests()))
        .predict(Prediction::answers(502, log::HEADER));
    Some(with_help(finding, setting.family, Some(directive.scope())))
}

/// A size that nobody set for this pass.
fn unset(pass: Pass<'_>, size: &str, default: u64) -> Finding {
    let page = say::size(default);
    let family = pass.family();
    let application = application(pass);
    let raised = pass.scope().effective(&format!("{}_buffers", family.prefix()));
    let raised = raised.and_then(|effective| effective.last()).filter(|buffers| {
        let one = buffers.arg(1).and_then(|one| number::size(&one.value)).unwrap_or_default();
        let count = buffers.arg(0).and_then(|count| number::integer(&count.value)).unwrap_or_default();
        count.saturating_mul(one) > default.saturating_mul(8)
    });
    let label = label(&say::passed_requests(pass));
    let finding = match (&raised, &application) {
        (Some(buffers), _) => {
            let message = format!("`{}` is raised while `{size}` stays at {page}", buffers.name());
            Finding::new(&RULE, buffers.span(), message)
                .related(pass.span(), label)
                .label("takes bodies; the header has to fit into the one buffer that is not raised")
        }
        (None, Some(application)) => {
            let message =
                format!("`{size}` is at its default of {page}, small for the headers of {application}");
            Finding::new(&RULE, pass.span(), message).label(label)
        }
        (None, None) => {
            Finding::new(&RULE, pass.span(), format!("`{size}` is at its default of {page}")).label(label)
        }
    };
    let is_touched = raised.is_some() && application.is_some();
    let finding = finding.level(if is_touched { Level::Warning } else { Level::Info });
    let finding = finding.predict(Prediction::answers(502, log::HEADER));
    match raised {
        // nginx wants twice the larger of both kinds of buffers in all of `*_buffers` but one: these do as they are.
        Some(buffers) if all_but_one(buffers) >= 32 << 10 => {
            let help = format!("{size} 16k;");
            let edits = edit::put(buffers.scope(), &help);
            finding.suggest(help, edits)
        }
        _ => with_help(finding, family, raised.map(Directive::scope).or(pass.server())),
    }
}

/// The bytes of all buffers of a `*_buffers` line but one.
fn all_but_one(buffers: Directive<'_>) -> u64 {
    let one = buffers.arg(1).and_then(|one| number::size(&one.value)).unwrap_or_default();
    let count = buffers.arg(0).and_then(|count| number::integer(&count.value)).unwrap_or_default();
    count.saturating_sub(1).saturating_mul(one)
}

fn label(requests: &str) -> String {
    format!("{requests} end as 502 when cookies and headers of the answer are larger")
}

fn with_help(finding: Finding, family: Family, scope: Option<Scope<'_>>) -> Finding {
    let prefix = family.prefix();
    let help = match family {
        Family::Grpc => "grpc_buffer_size 16k;".to_owned(),
        _ => format!("{prefix}_buffer_size 16k; {prefix}_buffers 8 16k;"),
    };
    let edits = scope.map(|scope| edit::put(scope, &help)).unwrap_or_default();
    finding.suggest(help, edits)
}

/// The application behind a pass, where the text names one that is known for large headers.
fn application(pass: Pass<'_>) -> Option<&'static str> {
    const PROXIED: [(&str, &str); 5] = [
        ("keycloak", "Keycloak"),
        ("oidc", "OpenID Connect"),
        ("openid", "OpenID Connect"),
        ("oauth2", "OAuth 2"),
        ("debugbar", "Laravel Debugbar"),
    ];
    const PHP: [(&str, &str); 3] =
        [("magento", "Magento"), ("mage", "Magento"), ("debugbar", "Laravel Debugbar")];
    let known: &[(&str, &str)] = match pass.family() {
        Family::Fastcgi => &PHP,
        Family::Proxy => &PROXIED,
        _ => return None,
    };
    let find = |text: &str| {
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        words.find_map(|word| known.iter().find(|(name, _)| is_named(word, name)).map(|(_, said)| *said))
    };
    let around = pass.scope().ancestors().filter_map(Scope::opener).flat_map(|opener| opener.args());
    let lines = pass.server().into_iter().flat_map(|server| {
        ["server_name", "root", "set", "include"].into_iter().flat_map(move |name| server.own(name))
    });
    let upstream = pass.upstream().map(|upstream| upstream.name().into_owned());
    let mut texts = around.chain(lines.flat_map(|line| line.args())).chain(pass.directive().arg(0));
    texts.find_map(|arg| find(&arg.text())).or_else(|| find(&upstream?))
}

/// Whether a word is a name, or the name with a version or a role behind it (`magento2`).
fn is_named(word: &str, name: &str) -> bool {
    let start = word.get(..name.len()).filter(|_| name.len() > 4).unwrap_or(word);
    start.eq_ignore_ascii_case(name)
}
