//! Addresses that nginx refuses, at load or when a request comes.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::Address;
use gatelint_model::nginx::url::Url;
use gatelint_model::nginx::{ContextKind, Family, Match, Pass, Peer, has_variables};

use super::{groups::Groups, slip, unusable};
use crate::edit::{self, Mend};
use crate::say::clip;
use crate::words::is_template;

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
    let mut groups = Groups::new(stack);
    for pass in stack.written_passes() {
        if pass.is_variable() {
            unusable::values(stack, pass, out);
        } else if is_template(&text(pass)) || is_second(pass) {
            continue;
        } else if let Some(finding) = refused(stack, pass).or_else(|| groups.refused(pass)) {
            out.push(finding);
            continue;
        }
        unusable::sockets(stack, pass, out);
    }
    for upstream in stack.upstreams() {
        upstream.peers().filter_map(|peer| refused_server(&peer)).for_each(|finding| out.push(finding));
    }
}

pub(super) fn text(pass: Pass<'_>) -> String {
    pass.directive().arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default()
}

/// Whether nginx refuses the line for being a duplicate before it looks at the address.
fn is_second(pass: Pass<'_>) -> bool {
    pass.scope().own(pass.family().directive()).next() != Some(pass.directive())
}

/// A finding at a pass that nginx does not load.
pub(super) fn at_load(pass: Pass<'_>, message: String, log: &str) -> Finding {
    let at = pass.directive().end_span();
    Finding::new(&RULE, pass.span(), message)
        .label("nginx does not load this configuration")
        .predict(Prediction::nginx_refuses(Some(at), clip_log(log)))
}

/// At most what fits into a log line.
pub(super) fn clip_log(log: &str) -> String {
    log.chars().filter(|letter| *letter != '\n').take(400).collect()
}

/// What nginx refuses when it reads the line.
fn refused(stack: &Stack, pass: Pass<'_>) -> Option<Finding> {
    let name = pass.family().directive();
    if let Some(error) = pass.error() {
        let (message, meant) = slip::explain(Some(pass.family()), &clip(&text(pass)), &error.log);
        let finding = at_load(pass, message, &error.log);
        return Some(match meant {
            Some(meant) => {
                let edits = edit::statement(pass.directive(), format!("{name} {meant}"));
                let help = format!("write `{name} {meant};`");
                match is_a_pool(stack, pass.family(), &meant) {
                    true => finding.cure(help, edits),
                    false => finding.suggest(help, edits),
                }
            }
            None => finding,
        });
    }
    let urls = pass.urls();
    let (url, _) = urls.known()?;
    let later = group_with_port(stack, pass, url);
    match uri_without_prefix(pass, url) {
        // A group that stands later is noticed later.
        Some(finding) if later.as_ref().is_none_or(|(is_later, _)| *is_later) => Some(finding),
        _ => later.map(|(_, finding)| finding),
    }
}

/// Whether a FastCGI pass to `address` surely leads to a pool's socket: nothing else can have been meant.
fn is_a_pool(stack: &Stack, family: Family, address: &str) -> bool {
    let Some(path) = address.strip_prefix("unix:").filter(|_| family == Family::Fastcgi) else {
        return false;
    };
    !stack.pools_behind(&Address::Unix(path.to_owned())).pools().is_empty()
}

/// A port behind the name of a group, and whether nginx notices it only at the group.
fn group_with_port(stack: &Stack, pass: Pass<'_>, url: &Url) -> Option<(bool, Finding)> {
    let port = url.port.filter(|_| url.has_port)?;
    let upstream = stack.upstream(&url.host, false)?;
    // Whichever stands later is named, as it is written there.
    let is_later = upstream.scope.opener().is_some_and(|opener| opener.id() > pass.directive().id());
    let shown = if is_later { upstream.name().into_owned() } else { url.host.clone() };
    let log = format!("upstream \"{shown}\" may not have port {port}");
    let message = format!("`{}` is a group of servers and takes no port", clip(&url.host));
    let mut finding = at_load(pass, message, &log);
    if let Some(span) = upstream.name_span() {
        finding = finding.related(span, "the group: each of its servers has a port of its own");
    }
    let plain = text(pass).replacen(&format!(":{port}"), "", 1);
    let help = format!("write `{} {plain};`", pass.family().directive());
    Some((is_later, finding.suggest(help, edit::word(pass.span(), &plain))))
}

/// A URI part where nginx has no prefix to put it in the place of.
fn uri_without_prefix(pass: Pass<'_>, url: &Url) -> Option<Finding> {
    let name = pass.family().directive();
    let uri = url.uri.as_deref().filter(|uri| !uri.is_empty() && pass.family() == Family::Proxy)?;
    let place = without_prefix(pass)?;
    let text = text(pass);
    let plain = text.strip_suffix(uri).unwrap_or(&text).trim_end_matches(':').to_owned();
    let message = format!("`{name}` carries the URI `{}` {place}", clip(uri));
    let finding = at_load(pass, message, URI_PART)
        .suggest(format!("write `{name} {plain};`"), edit::word(pass.span(), &plain));
    Some(match uri {
        "/" => finding,
        uri => {
            finding.help(format!("to change the path, put a `rewrite ... {}... break;` before it", clip(uri)))
        }
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

/// A `server` of a group whose address nginx refuses.
fn refused_server(peer: &Peer<'_>) -> Option<Finding> {
    let arg = peer.directive.arg(0)?;
    let text = arg.text();
    if is_template(&text) {
        return None;
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
                None => return None,
            };
            (format!("`{}` {why}", clip(&text)), format!("host not found in upstream \"{text}\""), None)
        }
        _ => return None,
    };
    let finding = Finding::new(&RULE, arg.span, message)
        .label("nginx does not load this configuration")
        .predict(Prediction::nginx_refuses(at, clip_log(&log)));
    Some(match meant {
        Some(meant) => finding.suggest(format!("write `server {meant};`"), edit::word(arg.span, &meant)),
        None => finding,
    })
}
