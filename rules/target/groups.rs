//! Hosts that are looked up once all is read: among the groups, then by name.

use std::collections::{HashMap, HashSet};

use gatelint_lint::{Confidence, Finding, Level, Stack};
use gatelint_model::Address;
use gatelint_model::nginx::url::Url;
use gatelint_model::nginx::{ContextKind, Family, Pass};

use super::invalid_pass_address::{at_load, text};
use super::slip;
use crate::edit::{self, Mend};
use crate::say::clip;
use crate::words::nearest;

/// What nginx looks up when all is read: ports and names.
pub(super) struct Groups<'a> {
    stack: &'a Stack,
    /// Names that stand as a host elsewhere: with a port, or as a `server` of a group.
    known: HashSet<String>,
    /// The first pass to each host decides for all, and whether that one brings a port.
    first: HashMap<String, bool>,
    /// How many more names may be compared: a bound where thousands of names meet thousands of groups.
    budget: usize,
    /// How many groups there are.
    count: usize,
}

impl<'a> Groups<'a> {
    pub(super) fn new(stack: &'a Stack) -> Self {
        let peers = stack.upstreams().flat_map(|upstream| upstream.peers().collect::<Vec<_>>());
        let mut known: HashSet<String> = peers
            .filter_map(|peer| match peer.address? {
                Address::Tcp(host, _) => Some(host.to_string()),
                Address::Unix(_) => None,
            })
            .collect();
        let urls = stack.written_passes().flat_map(|pass| {
            pass.urls().candidates().unwrap_or_default().iter().map(|(url, _)| *url).collect::<Vec<_>>()
        });
        known.extend(urls.filter(|url| url.has_port).map(|url| url.host.to_ascii_lowercase()));
        Self { stack, known, first: HashMap::new(), budget: 100_000, count: stack.upstreams().count() }
    }

    /// The refusal of a pass whose line alone is fine.
    pub(super) fn refused(&mut self, pass: Pass<'a>) -> Option<Finding> {
        let urls = pass.urls();
        let (url, _) = *urls.known()?;
        if url.socket.is_some() || pass.upstream().is_some() {
            return None;
        }
        let has_port = url.port.is_some();
        let mut is_first = false;
        let brings_port = *self.first.entry(url.host.to_ascii_lowercase()).or_insert_with(|| {
            is_first = true;
            has_port
        });
        if !brings_port {
            return is_first.then(|| self.without_port(pass, url));
        }
        if let Some(why) = slip::unresolvable(&url.host, url.uri.as_deref()) {
            let host = clip(&url.host);
            let log = format!("host not found in upstream \"{}\"", url.host);
            return Some(at_load(pass, format!("`{host}` {why}"), &log));
        }
        self.mistyped(pass, url)
    }

    fn group_like(&mut self, host: &str) -> Option<&'a str> {
        let stack = self.stack;
        self.budget = self.budget.checked_sub(self.count)?;
        let names = stack.upstreams().filter_map(|upstream| upstream.name_span());
        nearest(host, names.filter_map(|span| std::str::from_utf8(stack.sources.text(span)).ok()))
    }

    /// A host without a port where the protocol has no default one: only a group could be meant.
    fn without_port(&mut self, pass: Pass<'_>, url: &Url) -> Finding {
        let (name, host) = (pass.family().directive(), clip(&url.host));
        let is_address = url.host.parse::<std::net::IpAddr>().is_ok() || url.host.starts_with('[');
        let http = pass.scope().enclosing(ContextKind::Http);
        let is_whole = http.is_some_and(|http| http.is_whole());
        let like = if is_address { None } else { self.group_like(&url.host) };
        let log = format!("no port in upstream \"{}\"", url.host);
        if is_address {
            let port = if pass.family() == Family::Fastcgi { "9000" } else { "PORT" };
            let help = format!("write `{name} {}:{port};`", text(pass));
            return at_load(pass, format!("`{name} {host}` names no port"), &log).help(help);
        }
        let finding =
            at_load(pass, format!("no `upstream` is called `{host}`, and as a host it names no port"), &log);
        let finding = match like {
            Some(like) => finding.suggest(
                format!("the group is called `{like}`: `{name} {like};`"),
                edit::word(pass.span(), like),
            ),
            None => finding.help(format!("name the port, as in `{name} {}:9000;`", text(pass))),
        };
        if is_whole {
            return finding;
        }
        let mut finding = finding
            .label("nginx loads this only where a group of this name is defined")
            .note("a file that was not read may define the group");
        finding.prediction = None;
        match like {
            Some(_) => finding.level(Level::Warning).confidence(Confidence::Medium),
            None => finding.level(Level::Info).confidence(Confidence::Low),
        }
    }

    /// A single word that is nearly a group's name. It may still be a host: DNS, Docker, `/etc/hosts`.
    fn mistyped(&mut self, pass: Pass<'_>, url: &Url) -> Option<Finding> {
        let host = url.host.to_ascii_lowercase();
        let is_a_host = url.has_port
            || host.contains(['.', ':', '['])
            || host == "localhost"
            || self.known.contains(&host)
            || !self.stack.host.addresses(&host).is_empty()
            || !self.stack.world.is_one_machine();
        if is_a_host {
            return None;
        }
        let like = self.group_like(&host)?;
        let name = pass.family().directive();
        let message = format!("no `upstream` is called `{}`, and one is called `{like}`", clip(&url.host));
        let log = format!("host not found in upstream \"{}\"", url.host);
        let finding = at_load(pass, message, &log).level(Level::Warning).confidence(Confidence::Medium);
        let finding = finding.label("nginx loads this only where a host of this name is found");
        let meant = text(pass).replacen(&url.host, like, 1);
        Some(finding.suggest(format!("write `{name} {meant};`"), edit::word(pass.span(), &meant)))
    }
}
