//! Names that the `resolver` is asked for and cannot know.

use std::net::IpAddr;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Pass};
use gatelint_model::{Address, HostName};
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use crate::edit::{self, Mend};
use crate::say::{clip, one_line, passed_requests};
use crate::words::is_template;

pub(crate) const RULE: Rule = Rule {
    name: "unresolvable-runtime-name",
    summary: "the `resolver` is asked for a name that it does not know",
    level: Level::Warning,
    covers: &["C5", "C6"],
    since: "0.1.0",
    page: include_str!("unresolvable_runtime_name.md"),
    check,
};

/// Resolvers that anybody may ask, and that know public names only.
const PUBLIC: &[&str] = &[
    "1.1.1.1",
    "1.0.0.1",
    "8.8.8.8",
    "8.8.4.4",
    "9.9.9.9",
    "149.112.112.112",
    "208.67.222.222",
    "208.67.220.220",
    "94.140.14.14",
    "94.140.15.15",
    "64.6.64.6",
    "2606:4700:4700::1111",
    "2606:4700:4700::1001",
    "2001:4860:4860::8888",
    "2001:4860:4860::8844",
    "2620:fe::fe",
];

/// Endings that public DNS never answers.
const PRIVATE: &[&str] = &[
    ".local",
    ".localhost",
    ".internal",
    ".svc",
    ".lan",
    ".home",
    ".corp",
    ".docker",
    ".localdomain",
    ".home.arpa",
    ".consul",
    ".intranet",
    ".private",
];

/// The DNS server inside Docker's networks.
const DOCKER: &str = "127.0.0.11";

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Public,
    /// 127.0.0.11, on a machine that by all evidence is no container.
    DockerOutside,
    /// A server on this machine: many of them read `/etc/hosts`.
    Loopback,
    /// A server in the network.
    Network,
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    let mut literal: Option<FxHashSet<(String, Option<u16>)>> = None;
    for pass in stack.passes().filter(|pass| pass.is_variable()) {
        let Some(resolver) = pass.scope().effective_last("resolver") else {
            continue;
        };
        let Some(asked) = asked(stack, resolver) else { continue };
        let literal = literal.get_or_insert_with(|| literals(stack));
        let urls = pass.urls();
        for (url, span) in urls.candidates().unwrap_or_default() {
            let Some(Address::Tcp(HostName::Name(name), _)) = url.address() else { continue };
            let is_group = !url.has_port && stack.upstream(&url.host, false).is_some();
            if is_group || literal.contains(&(name.clone(), url.port)) || is_template(&name) {
                continue;
            }
            let server = pass.server().map(gatelint_model::nginx::Scope::id);
            if let Some(finding) = finding(stack, (pass, *span), &name, (asked, resolver))
                && seen.insert((server, name))
            {
                out.push(finding);
            }
        }
    }
}

/// The hosts of literal passes: nginx knows their addresses from its start.
fn literals(stack: &Stack) -> FxHashSet<(String, Option<u16>)> {
    let passes = stack.written_passes().filter(|pass| !pass.is_variable());
    passes
        .filter_map(|pass| {
            let urls = pass.urls();
            urls.known().map(|(url, _)| (url.host.to_ascii_lowercase(), url.port))
        })
        .collect()
}

fn asked(stack: &Stack, resolver: Directive<'_>) -> Option<Asked> {
    let addresses: Vec<String> = resolver
        .args()
        .map(|arg| arg.text().into_owned())
        .filter(|word| !word.contains('=') || word.starts_with('['))
        .collect();
    let address = |text: &String| -> Option<IpAddr> {
        let bare = match text.strip_prefix('[') {
            Some(rest) => rest.split(']').next()?,
            None => text.split(':').next()?,
        };
        bare.parse().ok()
    };
    let addresses: Vec<IpAddr> = addresses.iter().map(address).collect::<Option<_>>()?;
    let first = addresses.first()?;
    let is_docker = |ip: &IpAddr| ip.to_string() == DOCKER;
    let is_public = |ip: &IpAddr| PUBLIC.contains(&ip.to_string().as_str());
    Some(match first {
        _ if addresses.iter().all(is_public) => Asked::Public,
        first if is_docker(first) => {
            // A container is likely wherever the tree does not show a whole machine.
            let is_machine = stack.world.is_one_machine()
                && resolver.scope().is_in_main()
                && stack.fpm.masters.iter().any(|master| master.is_whole);
            return (is_machine && addresses.len() == 1).then_some(Asked::DockerOutside);
        }
        _ if addresses.iter().any(is_docker) || addresses.iter().any(is_public) => return None,
        first if first.is_loopback() => Asked::Loopback,
        _ => Asked::Network,
    })
}

fn finding(
    stack: &Stack,
    (pass, span): (Pass<'_>, Span),
    name: &str,
    (asked, resolver): (Asked, Directive<'_>),
) -> Option<Finding> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    let shown = clip(bare);
    let hosts = stack.host.addresses(bare).first();
    let is_private = !bare.contains('.') || PRIVATE.iter().any(|ending| bare.ends_with(ending));
    let (message, level) = match asked {
        Asked::DockerOutside => {
            ("nobody answers at `127.0.0.11`, Docker's own DNS".to_owned(), Level::Warning)
        }
        Asked::Public if is_private => {
            (format!("a public `resolver` is asked for the private name `{shown}`"), Level::Warning)
        }
        // A server that nothing says more of may be the one that knows the name.
        Asked::Network if bare == "localhost" => {
            ("the `resolver` is asked for `localhost`".to_owned(), Level::Warning)
        }
        Asked::Network if hosts.is_some() && is_private => {
            (format!("the `resolver` is asked for `{shown}`, a name of `/etc/hosts`"), Level::Warning)
        }
        Asked::Loopback if bare == "localhost" => {
            ("the `resolver` is asked for `localhost`".to_owned(), Level::Info)
        }
        Asked::Loopback if hosts.is_some() && is_private => {
            (format!("the `resolver` is asked for `{shown}`, a name of `/etc/hosts`"), Level::Info)
        }
        _ => return None,
    };
    let (error, end) = match asked {
        Asked::DockerOutside => ("110: Operation timed out", "end as 502 when the resolver does not answer"),
        _ => ("3: Host not found", "end as 502"),
    };
    let docker = asked == Asked::DockerOutside;
    let at = if docker { resolver.value_span() } else { pass.span() };
    let log = format!("{name} could not be resolved ({error})");
    let mut finding = Finding::new(&RULE, at, message)
        .label(format!("{} {end}", passed_requests(pass)))
        .level(level)
        .confidence(Confidence::Medium)
        .predict(Prediction::answers(502, one_line(&log)));
    if docker {
        finding = finding.related(pass.span(), format!("asks for `{shown}`"));
    } else {
        finding = finding.related(resolver.span(), "this server is asked");
        if span != pass.span() && span != pass.directive().span() {
            finding = finding.related(span, "the name comes from here");
        }
        if hosts.is_some() || bare == "localhost" {
            finding = finding.note("nginx's resolver does not read `/etc/hosts`");
        }
    }
    Some(match (bare, hosts) {
        _ if docker => finding.help("resolver with a `nameserver` of `/etc/resolv.conf`"),
        ("localhost", _) => finding.suggest(
            "write `127.0.0.1`: an address needs no resolver",
            edit::within(stack, span, name, "127.0.0.1"),
        ),
        (_, Some(ip)) => finding.suggest(
            format!("write `{ip}`, as `/etc/hosts` has it"),
            edit::within(stack, span, name, &HostName::Ip(*ip).to_string()),
        ),
        _ if !stack.world.is_one_machine() => finding.suggest(
            "Docker's own DNS: `resolver 127.0.0.11;`",
            edit::statement(resolver, "resolver 127.0.0.11"),
        ),
        _ => finding.help("resolver with the DNS server of the private network"),
    })
}
