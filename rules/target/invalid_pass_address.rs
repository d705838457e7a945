//! Addresses that nginx refuses, at load or when a request comes.

use std::collections::{HashMap, HashSet};

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::Address;
use gatelint_model::nginx::url::Url;
use gatelint_model::nginx::{ContextKind, Family, Match, Pass, Peer, has_variables};

use super::slip;
use crate::say::{clip, passed_requests};
use crate::words::{is_template, nearest};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "invalid-pass-address",
    summary: "the address of a pass or of an upstream's `server` is one that nginx refuses or cannot use",
    level: Level::Error,
    covers: &["A9"],
    since: "0.1.0",
    page: include_str!("invalid_pass_address.md"),
    check,
};

/// What nginx prints for a URI where it has no prefix to replace.
const URI_PART: &str = "\"proxy_pass\" cannot have URI part in location given by regular expression, or inside \
                        named location, or inside \"if\" statement, or inside \"limit_except\" block";

fn check(stack: &Stack, out: &mut Findings) {
    let mut hosts = Hosts::new(stack);
    for pass in stack.passes() {
        if is_template(&text(pass)) && !pass.is_variable() {
            continue;
        }
        if pass.is_variable() {
            at_run_time(pass, out);
        } else if let Some(finding) = refused(stack, pass).or_else(|| hosts.refused(pass)) {
            out.push(finding);
            continue;
        }
        not_a_socket(pass, out);
    }
    for peer in stack.upstreams().flat_map(|upstream| upstream.peers().collect::<Vec<_>>()) {
        out_of_group(&peer, out);
    }
}

fn text(pass: Pass<'_>) -> String {
    pass.directive().arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default()
}

/// A finding at a pass that nginx does not load.
fn at_load(pass: Pass<'_>, message: String, log: impl Into<String>) -> Finding {
    Finding::new(&RULE, pass.span(), message)
        .label("nginx does not load this configuration")
        .predict(Prediction::nginx_refuses(Some(pass.directive().end_span()), log))
}

/// What nginx refuses when it reads the line.
fn refused(stack: &Stack, pass: Pass<'_>) -> Option<Finding> {
    let name = pass.family().directive();
    if let Some(error) = pass.error() {
        let (message, meant) = slip::explain(Some(pass.family()), &clip(&text(pass)), &error.log);
        let finding = at_load(pass, message, clip_log(&error.log));
        return Some(match meant {
            Some(meant) => finding.help(format!("write `{name} {meant};`")),
            None => finding,
        });
    }
    let urls = pass.urls();
    let (url, _) = urls.known()?;
    if let (Some(port), true) = (url.port, url.has_port)
        && let Some(upstream) = stack.upstream(&url.host, false)
    {
        // Whichever stands later is noticed, and named as it is written there.
        let is_later = upstream.scope.opener().is_some_and(|opener| opener.id() > pass.directive().id());
        let shown = if is_later { upstream.name().into_owned() } else { url.host.clone() };
        let log = format!("upstream \"{shown}\" may not have port {port}");
        let message = format!("`{}` is a group of servers and takes no port", clip(&url.host));
        let mut finding = at_load(pass, message, clip_log(&log));
        if let Some(span) = upstream.name_span() {
            finding = finding.related(span, "the group: each of its servers has a port of its own");
        }
        let plain = text(pass).replacen(&format!(":{port}"), "", 1);
        return Some(finding.help(format!("write `{name} {plain};`")));
    }
    let uri = url.uri.as_deref().filter(|uri| !uri.is_empty() && pass.family() == Family::Proxy)?;
    let place = without_prefix(pass)?;
    let text = text(pass);
    let plain = text.strip_suffix(uri).unwrap_or(&text).trim_end_matches(':').to_owned();
    let message = format!("`{name}` carries the URI `{}` {place}", clip(uri));
    let finding = at_load(pass, message, URI_PART).help(format!("write `{name} {plain};`"));
    Some(match uri {
        "/" => finding,
        uri => finding.help(format!("to change the path, put a `rewrite ... {}... break;` before it", clip(uri))),
    })
}

/// Where a URI part has no prefix that it could replace, as `ngx_http_proxy_pass()` checks.
fn without_prefix(pass: Pass<'_>) -> Option<&'static str> {
    match (pass.scope().kind(), pass.location()?.location_match()?) {
        (ContextKind::IfInLocation, _) => Some("inside `if`"),
        (ContextKind::LimitExcept, _) => Some("inside `limit_except`"),
        (_, Match::Named(_)) => Some("in a named location"),
        (_, Match::Regex(_) | Match::RegexNoCase(_)) => Some("in a location given by a regular expression"),
        _ => None,
    }
}

/// What nginx looks up when all is read: ports and names.
struct Hosts<'a> {
    stack: &'a Stack,
    /// Names that stand as a host elsewhere: with a port, or as a `server` of a group.
    known: HashSet<String>,
    /// The first pass to each host decides for all, and whether that one brings a port.
    first: HashMap<String, bool>,
}

impl<'a> Hosts<'a> {
    fn new(stack: &'a Stack) -> Self {
        let peers = stack.upstreams().flat_map(|upstream| upstream.peers().collect::<Vec<_>>());
        let mut known: HashSet<String> = peers
            .filter_map(|peer| match peer.address? {
                Address::Tcp(host, _) => Some(host.to_string()),
                Address::Unix(_) => None,
            })
            .collect();
        let urls = stack.passes().flat_map(|pass| {
            pass.urls().candidates().unwrap_or_default().iter().map(|(url, _)| *url).collect::<Vec<_>>()
        });
        known.extend(urls.filter(|url| url.has_port).map(|url| url.host.to_ascii_lowercase()));
        Self { stack, known, first: HashMap::new() }
    }

    fn refused(&mut self, pass: Pass<'a>) -> Option<Finding> {
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
            let log = format!("host not found in upstream \"{}\"", clip_log(&url.host));
            return Some(at_load(pass, format!("`{host}` {why}"), log));
        }
        self.mistyped(pass, url)
    }

    fn group_like(&self, host: &str) -> Option<&'a str> {
        let stack = self.stack;
        let names = stack.upstreams().filter_map(|upstream| upstream.name_span());
        nearest(host, names.filter_map(|span| std::str::from_utf8(stack.sources.text(span)).ok()))
    }

    /// A host without a port where the protocol has no default one: only a group could be meant.
    fn without_port(&self, pass: Pass<'_>, url: &Url) -> Finding {
        let (name, host) = (pass.family().directive(), clip(&url.host));
        let is_address = url.host.parse::<std::net::IpAddr>().is_ok() || url.host.starts_with('[');
        let http = pass.scope().enclosing(ContextKind::Http);
        let is_whole = pass.scope().is_in_main() && http.is_some_and(|http| http.is_whole());
        let like = if is_address { None } else { self.group_like(&url.host) };
        let log = clip_log(&format!("no port in upstream \"{}\"", url.host));
        if is_address {
            let port = if pass.family() == Family::Fastcgi { "9000" } else { "PORT" };
            let help = format!("write `{name} {}:{port};`", text(pass));
            return at_load(pass, format!("`{name} {host}` names no port"), log).help(help);
        }
        let finding =
            at_load(pass, format!("no `upstream` is called `{host}`, and as a host it names no port"), log);
        let finding = match like {
            Some(like) => finding.help(format!("the group is called `{like}`: `{name} {like};`")),
            None => finding.help(format!("name the port, as in `{name} {}:9000;`", text(pass))),
        };
        match (is_whole, like) {
            (true, _) => finding,
            (false, Some(_)) => finding.level(Level::Warning).confidence(Confidence::Medium),
            (false, None) => finding.level(Level::Info).confidence(Confidence::Low),
        }
        .note_unless(is_whole, "a file that was not read may define the group")
    }

    /// A single word that is nearly a group's name. It may still be a host: DNS, Docker, `/etc/hosts`.
    fn mistyped(&self, pass: Pass<'_>, url: &Url) -> Option<Finding> {
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
        let log = clip_log(&format!("host not found in upstream \"{}\"", url.host));
        let finding = at_load(pass, message, log).level(Level::Warning).confidence(Confidence::Medium);
        let finding = finding.note("nginx loads this only where the name can be resolved");
        Some(finding.help(format!("write `{name} {};`", text(pass).replacen(&url.host, like, 1))))
    }
}

trait Unless {
    fn note_unless(self, known: bool, note: &str) -> Self;
}

impl Unless for Finding {
    fn note_unless(self, known: bool, note: &str) -> Self {
        if known { self } else { self.note(note) }
    }
}

/// At most what fits into a log line.
fn clip_log(log: &str) -> String {
    log.chars().take(400).filter(|letter| *letter != '\n').collect()
}

/// Values of a variable that nginx refuses when a request brings them.
fn at_run_time(pass: Pass<'_>, out: &mut Findings) {
    let is_sure = pass.scope().fold(text(pass).as_bytes()).known().is_some();
    for (log, by) in pass.refused_values() {
        if is_template(&log) {
            continue;
        }
        let value = log.split('"').nth(1).unwrap_or_default();
        // A bare word in a table may be a mark that an `if` asks for: `none`, `off`.
        if !is_sure && !value.contains(['.', ':', '/']) {
            continue;
        }
        let what = log.split(" in ").next().unwrap_or_default();
        let at = by.map_or(pass.span(), |by| by.span());
        let finding = Finding::new(&RULE, at, format!("nginx refuses the address `{}`: {what}", clip(value)))
            .label(format!("{} end as 500", passed_requests(pass)))
            .related(pass.span(), "used here")
            .predict(Prediction::answers(500, clip_log(&log)));
        out.push(if is_sure { finding } else { finding.level(Level::Warning) });
    }
}

/// Socket paths with something glued to them.
fn not_a_socket(pass: Pass<'_>, out: &mut Findings) {
    for target in pass.targets() {
        let Some(path) = target.written.strip_prefix("unix:") else { continue };
        let (why, errno, meant) = if path.ends_with(':') && !path.contains(".sock/") {
            // A FastCGI pass is matched against the pools, and said there.
            if pass.family() == Family::Fastcgi && target.server.is_none() {
                continue;
            }
            ("the colon belongs to the path", "2: No such file or directory", path.trim_end_matches(':').to_owned())
        } else if let Some(at) = path.find(".sock/") {
            let (socket, uri) = path.split_at(at + 5);
            let is_proxy = pass.family() == Family::Proxy && target.server.is_none();
            let meant = if is_proxy { format!("{socket}:{uri}") } else { socket.to_owned() };
            ("what follows `.sock` belongs to the path", "20: Not a directory", meant)
        } else {
            continue;
        };
        let log = format!("connect() to unix:{path} failed ({errno}) while connecting to upstream");
        let finding = Finding::new(&RULE, target.span, format!("`unix:{}` names no socket: {why}", clip(path)))
            .label(format!("{} end as 502", passed_requests(pass)))
            .help(format!("write `unix:{meant}`"))
            .predict(Prediction::answers(502, clip_log(&log)));
        out.push(finding);
    }
}

/// A `server` of a group whose address nginx refuses.
fn out_of_group(peer: &Peer<'_>, out: &mut Findings) {
    let Some(arg) = peer.directive.arg(0) else { return };
    let text = arg.text();
    if is_template(&text) {
        return;
    }
    let at = Some(peer.directive.end_span());
    let (message, log, meant) = match (peer.error, &peer.address) {
        (Some(error), _) => {
            let (message, meant) = slip::explain(None, &clip(&text), error);
            (message, format!("{error} in upstream \"{text}\""), meant)
        }
        (None, Some(Address::Tcp(host, _))) => {
            let why = match slip::unresolvable(&host.to_string(), None) {
                Some(why) => why,
                // Capitals are left to whatever fills in the environment.
                None if has_variables(&arg.value) && !text.contains(char::is_uppercase) => {
                    "is looked up as a name: a `server` takes no variables"
                }
                None => return,
            };
            (format!("`{}` {why}", clip(&text)), format!("host not found in upstream \"{text}\""), None)
        }
        _ => return,
    };
    let finding = Finding::new(&RULE, arg.span, message)
        .label("nginx does not load this configuration")
        .predict(Prediction::nginx_refuses(at, clip_log(&log)));
    out.push(match meant {
        Some(meant) => finding.help(format!("write `server {meant};`")),
        None => finding,
    });
}
