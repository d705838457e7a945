//! Names that nginx must resolve with each request, and nobody to ask.

use std::collections::{HashMap, HashSet};

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::url::{self, Url, UrlRules};
use gatelint_model::nginx::{ContextId, Part, Pass, Scope};
use gatelint_model::{Address, HostName, Value};
use gatelint_syntax::Span;

use super::host::{host_parts, is_dns_name, written};
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests, site};
use crate::words::is_template;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "missing-resolver",
    summary: "a pass with a variable leads to a host name, and no `resolver` is set to look it up",
    level: Level::Error,
    covers: &["C2"],
    since: "0.1.0",
    page: include_str!("missing_resolver.md"),
    check,
};

/// A pass whose name nobody resolves.
struct Unresolved<'a> {
    pass: Pass<'a>,
    /// The name as the log has it.
    name: String,
    /// Who says the name, where that is not the pass.
    by: Option<Span>,
    level: Level,
}

fn check(stack: &Stack, out: &mut Findings) {
    let known = Known::new(stack);
    let mut of_server: HashMap<Option<ContextId>, usize> = HashMap::new();
    let mut found: Vec<(Unresolved<'_>, usize)> = Vec::new();
    for pass in stack.passes().filter(|pass| pass.is_variable()) {
        if pass.scope().effective("resolver").is_some() {
            continue;
        }
        let Some(one) = known.fixed(pass).or_else(|| known.dynamic(pass)) else { continue };
        // One line in the server cures all of its passes.
        let at = *of_server.entry(pass.server().map(Scope::id)).or_insert(found.len());
        match found.get_mut(at) {
            Some((first, count)) => {
                *count += 1;
                if one.level > first.level {
                    *first = one;
                }
            }
            None => found.push((one, 1)),
        }
    }
    for (one, count) in found {
        out.push(finding(stack, one, count));
    }
}

/// What nginx knows without asking: it compares the value with all groups, and with the hosts of literal passes
/// (ngx_http_upstream_init_request() of src/http/ngx_http_upstream.c).
struct Known<'a> {
    stack: &'a Stack,
    literal: HashSet<(String, Option<u16>)>,
}

impl<'a> Known<'a> {
    fn new(stack: &'a Stack) -> Self {
        let literal = stack.written_passes().filter(|pass| !pass.is_variable()).filter_map(|pass| {
            let urls = pass.urls();
            urls.known().map(|(url, _)| (url.host.to_ascii_lowercase(), url.port))
        });
        Self { stack, literal: literal.collect() }
    }

    fn has(&self, url: &Url) -> bool {
        !url.has_port && self.stack.upstream(&url.host, false).is_some()
            || self.literal.contains(&(url.host.to_ascii_lowercase(), url.port))
    }

    /// Whether a resolver has to be asked.
    fn is_name(&self, url: &Url) -> bool {
        matches!(url.address(), Some(Address::Tcp(HostName::Name(_), _)))
            && !self.has(url)
            && !is_template(&url.host)
    }

    /// A value that the text fixes.
    fn fixed(&self, pass: Pass<'a>) -> Option<Unresolved<'a>> {
        let urls = pass.urls();
        let all = urls.candidates()?;
        let are_all = all.iter().all(|(url, _)| self.is_name(url));
        // Beside groups and addresses a bare word may be a mark that an `if` asks for: `none`, `off`.
        let (url, span) =
            all.iter().find(|(url, _)| self.is_name(url) && (are_all || url.host.contains('.')))?;
        let by = (*span != pass.span() && *span != pass.directive().span()).then_some(*span);
        Some(Unresolved { pass, name: url.host.clone(), by, level: Level::Error })
    }

    /// A value that only a request completes, where it surely is a name.
    fn dynamic(&self, pass: Pass<'a>) -> Option<Unresolved<'a>> {
        if !matches!(pass.urls(), Value::Unknown) || pass.refused_values().next().is_some() {
            return None;
        }
        let argument = pass.directive().arg(0)?;
        let host = host_parts(pass.family(), &argument.value)?;
        // Behind `$scheme` the host may be known.
        if let Value::Known(folded) =
            pass.scope().fold(host.iter().map(written).collect::<String>().as_bytes())
        {
            let rules = UrlRules { default_port: Some(80), uri_part: false };
            let url = url::parse(&String::from_utf8_lossy(&folded.value), rules).ok()?;
            let by = folded.by.map(|by| by.span());
            return self.is_name(&url).then_some(Unresolved {
                pass,
                name: url.host,
                by,
                level: Level::Error,
            });
        }
        let name = match host.as_slice() {
            [Part::Variable(b"host" | b"http_host")] => {
                let name = site(pass.scope()).filter(|name| name.contains('.') && is_dns_name(name))?;
                let names_a_site = |name: &str| name.contains('.');
                if self.names().any(names_a_site) { return None } else { name }
            }
            [.., Part::Variable(_), Part::Literal(tail)] => {
                let tail = String::from_utf8_lossy(tail).to_ascii_lowercase();
                if !is_dns_name(tail.strip_prefix('.')?) || self.names().any(|name| name.ends_with(&tail)) {
                    return None;
                }
                host.iter().map(written).collect::<String>().replace(['{', '}'], "")
            }
            _ => return None,
        };
        (!is_template(&name)).then_some(Unresolved { pass, name, by: None, level: Level::Warning })
    }

    /// Every name that a request's value may equal.
    fn names(&self) -> impl Iterator<Item = &str> {
        let groups = self.stack.upstreams().filter_map(|group| group.name_span());
        let groups = groups.filter_map(|span| std::str::from_utf8(self.stack.sources.text(span)).ok());
        let is_name = |host: &&str| !host.starts_with("unix:") && host.parse::<std::net::IpAddr>().is_err();
        groups.chain(self.literal.iter().map(|(host, _)| host.as_str()).filter(is_name))
    }
}

fn finding(stack: &Stack, one: Unresolved<'_>, count: usize) -> Finding {
    let Unresolved { pass, name, by, level } = one;
    let shown = clip(&name);
    let log: String = format!("no resolver defined to resolve {name}").chars().take(400).collect();
    let mut finding = Finding::new(&RULE, pass.span(), format!("no `resolver` is set to look up `{shown}`"))
        .label(format!("{} end as 502", passed_requests(pass)))
        .level(level)
        .predict(Prediction::answers(502, log));
    if let Some(by) = by {
        finding = finding.related(by, "the name comes from here");
    }
    let is_literal = pass.directive().arg(0).is_some_and(|arg| arg.text().contains(&name));
    if level < Level::Error {
        finding = finding.confidence(Confidence::Medium);
    } else if is_literal {
        finding = finding
            .note("a variable anywhere in the argument leaves the name to be resolved with each request");
    }
    if !pass.scope().ancestors().all(Scope::is_whole) {
        let note = "a file that was not read may set `resolver`";
        finding = finding.level(Level::Info).confidence(Confidence::Low).note(note);
    }
    if count > 1 {
        finding = finding.note(format!("{count} passes of this server lack it"));
    }
    let address = stack.host.addresses(&name).first();
    let at = by.unwrap_or(pass.span());
    match (name.as_str(), address) {
        ("localhost", _) => finding.suggest(
            "write `127.0.0.1`: an address needs no resolver",
            edit::within(stack, at, "localhost", "127.0.0.1"),
        ),
        (_, Some(ip)) => finding.suggest(
            format!("write `{ip}`, as `/etc/hosts` has it: nginx's resolver does not read that file"),
            edit::within(stack, at, &name, &HostName::Ip(*ip).to_string()),
        ),
        _ if !stack.world.is_one_machine() => finding.suggest(
            "Docker's own DNS: `resolver 127.0.0.11;` in the server",
            pass.server().map(|server| edit::put(server, "resolver 127.0.0.11;")).unwrap_or_default(),
        ),
        _ if !stack.host.nameservers.is_empty() => {
            let server =
                stack.host.nameservers.iter().find_map(|server| server.parse::<std::net::IpAddr>().ok());
            let shown = server.map_or_else(|| "ADDRESS".to_owned(), bracketed);
            let line = server.map(|_| format!("resolver {shown};"));
            finding.suggest(
                format!("as `/etc/resolv.conf` has it, in the server: resolver {shown};"),
                line.zip(pass.server()).map(|(line, server)| edit::put(server, &line)).unwrap_or_default(),
            )
        }
        _ => finding.help("add `resolver ADDRESS;` to the server, with a `nameserver` of `/etc/resolv.conf`"),
    }
}

/// An address as `resolver` takes it.
fn bracketed(ip: std::net::IpAddr) -> String {
    if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() }
}
