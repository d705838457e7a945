//! Names that are resolved once, when nginx starts, although their addresses change.

use std::collections::HashMap;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::compose::Resolved;
use gatelint_model::nginx::{Directive, Pass};
use gatelint_model::{Address, HostName};
use gatelint_syntax::Span;

use crate::container::home::of_directive;
use crate::say::clip;
use crate::words::is_template;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "static-upstream-hostname",
    summary: "a host name in a pass or an upstream is resolved only when nginx starts, and its address may change",
    level: Level::Warning,
    covers: &["C1"],
    since: "0.1.0",
    page: include_str!("static_upstream_hostname.md"),
    check,
};

/// Endings of names whose addresses are handed out by a cloud, an orchestrator or a registry of services.
const MOVING: &[&str] = &[
    ".internal",
    ".svc",
    ".svc.cluster.local",
    ".consul",
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".cloudapp.azure.com",
    ".trafficmanager.net",
    ".azurewebsites.net",
    ".azurecontainerapps.io",
    ".azurefd.net",
    ".cloudfront.net",
    ".run.app",
    ".appspot.com",
    ".herokuapp.com",
    ".herokudns.com",
    ".fly.dev",
    ".flycast",
    ".onrender.com",
    ".vercel.app",
    ".netlify.app",
    ".nomad",
    ".mesos",
    ".rancher.internal",
    ".dns.podman",
    ".lxd",
    ".duckdns.org",
    ".dyndns.org",
    ".ddns.net",
    ".no-ip.org",
    ".no-ip.com",
    ".ngrok.io",
    ".ngrok.app",
];

/// Names of the machine itself that container engines give out; they stay.
const STAYING: &[&str] = &[
    "host.docker.internal",
    "gateway.docker.internal",
    "kubernetes.docker.internal",
    "host.containers.internal",
    "host.lima.internal",
    "host.orb.internal",
    "metadata.google.internal",
    "host-gateway",
];

const LOG: &str = "connect() failed (111: Connection refused) while connecting to upstream";

/// A name and where it is written.
pub(crate) struct Use<'a> {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) span: Span,
    pub(crate) pass: Option<Pass<'a>>,
    pub(crate) directive: Directive<'a>,
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<(Use<'_>, usize)> = Vec::new();
    let policy = out.policy();
    let is_asked = |one: &Use<'_>| is_name(stack, &one.name) && !is_given(stack, one);
    for one in uses(stack).filter(|one| is_asked(one) && !policy.is_stable(&one.name)) {
        let at = *first.entry(one.name.clone()).or_insert(found.len());
        match found.get_mut(at) {
            Some((_, count)) => *count += 1,
            None => found.push((one, 1)),
        }
    }
    for (one, count) in &found {
        let is_moving = is_moving(&one.name) || policy.is_dynamic(&one.name);
        out.push(finding(stack, one, *count, is_moving));
    }
}

/// Every name that nginx resolves when it starts.
pub(crate) fn uses(stack: &Stack) -> impl Iterator<Item = Use<'_>> {
    let passes = stack.written_passes().filter(|pass| !pass.is_variable() && pass.upstream().is_none());
    let passes = passes.filter_map(|pass| {
        let urls = pass.urls();
        let (name, port) = name_of(urls.known()?.0.address()?)?;
        Some(Use { name, port, span: pass.span(), pass: Some(pass), directive: pass.directive() })
    });
    let peers = stack.upstreams().flat_map(|upstream| upstream.peers().collect::<Vec<_>>());
    let peers = peers.filter(|peer| !peer.has("resolve") && !peer.has("down")).filter_map(|peer| {
        let (name, port) = name_of(peer.address?)?;
        let span = peer.directive.value_span();
        Some(Use { name, port, span, pass: None, directive: peer.directive })
    });
    passes.chain(peers)
}

fn name_of(address: Address) -> Option<(String, u16)> {
    match address {
        Address::Tcp(HostName::Name(name), port) => Some((name, port)),
        _ => None,
    }
}

/// Whether DNS is asked for it: no spelling of an address, not this machine, not in `/etc/hosts`.
pub(crate) fn is_name(stack: &Stack, name: &str) -> bool {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let is_number = bare.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || bare.starts_with("0x");
    let is_plain = bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let is_local = bare == "localhost" || bare.ends_with(".localhost") || STAYING.contains(&bare);
    let is_socket = bare == "unix" || bare.ends_with(".sock") || bare.ends_with(".socket");
    is_plain
        && !is_number
        && !is_local
        && !is_socket
        && !is_template(bare)
        && stack.host.addresses(bare).is_empty()
        && stack.upstream(bare, false).is_none()
}

/// Whether the name itself says that its addresses change.
fn is_moving(name: &str) -> bool {
    let bare = name.strip_suffix('.').unwrap_or(name);
    // A machine's own name in a cloud carries its address and keeps it.
    let is_machine = bare.starts_with("ip-") && bare.contains(".internal");
    !is_machine && (MOVING.iter().any(|ending| bare.ends_with(ending)) || bare.contains(".elb."))
}

/// Whether nginx's container has the name in its hosts file.
fn is_given(stack: &Stack, one: &Use<'_>) -> bool {
    let homes = of_directive(stack, one.directive);
    !homes.is_empty() && homes.iter().all(|home| home.service.own_names.contains(&one.name))
}

/// Whether it is the name of another container.
fn is_service(stack: &Stack, one: &Use<'_>) -> bool {
    let homes = of_directive(stack, one.directive);
    homes.iter().any(|home| matches!(home.project.resolve(home.service, &one.name), Resolved::Services(_)))
}

fn finding(stack: &Stack, one: &Use<'_>, count: usize, is_moving: bool) -> Finding {
    let name = clip(&one.name);
    let mut finding = Finding::new(&RULE, one.span, format!("`{name}` is resolved only when nginx starts"))
        .label("when its address changes, requests go to the old one until a reload: 502 or 504")
        .confidence(Confidence::Medium)
        .predict(Prediction::answers(502, LOG));
    if !is_moving {
        finding = finding.level(Level::Info).confidence(Confidence::Low);
    }
    let resolver = one.directive.scope().effective_last("resolver");
    if let Some(resolver) = resolver {
        let text = "does not help: it is asked only for names in variables and for servers with `resolve`";
        finding = finding.related(resolver.span(), text);
    }
    if count > 1 {
        finding = finding.note(format!("the name stands in {count} places"));
    }
    let address = if is_service(stack, one) { "127.0.0.11" } else { "ADDRESS" };
    finding.help(help(one, resolver.is_some(), address))
}

fn help(one: &Use<'_>, has_resolver: bool, address: &str) -> String {
    let Use { name, port, .. } = one;
    let resolver = if has_resolver { String::new() } else { format!("`resolver {address};` and ") };
    match one.pass {
        None => {
            format!("since nginx 1.27.3: {resolver}`zone NAME 64k; server {}:{port} resolve;`", clip(name))
        }
        // With a variable, a URI would replace the whole path.
        Some(pass) if pass.urls().known().is_some_and(|(url, _)| url.uri.is_some()) => format!(
            "since nginx 1.27.3: {resolver}`upstream NAME {{ zone NAME 64k; server {}:{port} resolve; }}`",
            clip(name)
        ),
        Some(pass) => {
            let argument = pass.directive().arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default();
            let argument = argument.replacen(name.as_str(), "$backend", 1);
            let directive = pass.family().directive();
            let name = clip(name);
            format!("resolve it with each request: {resolver}`set $backend {name}; {directive} {argument};`")
        }
    }
}
