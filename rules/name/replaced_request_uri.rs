//! Passes with a variable whose URI takes the place of the whole request URI.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::url::Url;
use gatelint_model::nginx::{Family, Match, Part, Pass, Scope, parts};
use gatelint_syntax::Span;

use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "replaced-request-uri",
    summary: "the URI of a `proxy_pass` with a variable replaces the path of every request",
    level: Level::Warning,
    covers: &["C4"],
    since: "0.1.0",
    page: include_str!("replaced_request_uri.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for pass in stack.passes().filter(|pass| pass.family() == Family::Proxy && pass.is_variable()) {
        if !stack.sources.is_filled_in(pass.span()) {
            out.extend(finding(stack, pass));
        }
    }
}

/// What the URI comes to, and who says it.
struct Replacement {
    uri: String,
    by: Option<Span>,
}

fn finding(stack: &Stack, pass: Pass<'_>) -> Option<Finding> {
    let location = pass.location()?;
    let replacement = replacement(pass)?;
    // `/sitemap.xml` may be all that is wanted; a directory never is one request's path.
    if !replacement.uri.ends_with('/') || is_for_one_path(stack, location) {
        return None;
    }
    let uri = clip(&replacement.uri);
    let finding = Finding::new(&RULE, pass.span(), format!("every request is passed on as `{uri}`"))
        .label(format!("{} lose their path and arguments", passed_requests(pass)))
        .confidence(Confidence::Medium)
        .note("with a variable in the argument nginx replaces the whole URI, not the location's prefix");
    let finding = match replacement.by {
        Some(by) => finding.related(by, "the URI comes from here"),
        None => finding,
    };
    let edits = match (replacement.by, location.location_match()) {
        (None, Some(Match::Prefix(prefix) | Match::PrefixOnly(prefix)))
            if prefix == replacement.uri.as_bytes() =>
        {
            let argument = pass.directive().arg(0)?;
            let text = argument.text();
            text.strip_suffix(&replacement.uri)
                .map(|host| edit::word(argument.span, host))
                .unwrap_or_default()
        }
        _ => Vec::new(),
    };
    Some(finding.suggest(help(pass, location, &replacement), edits))
}

/// The URI of the argument, where no request has a part in it.
fn replacement(pass: Pass<'_>) -> Option<Replacement> {
    let argument = pass.directive().arg(0)?;
    let all = parts(&argument.value);
    let is_arguments =
        |part: &Part<'_>| matches!(part, Part::Variable(b"is_args" | b"args" | b"query_string"));
    // Where the host ends: the first `/` behind the scheme. What follows has to be literal but for arguments.
    let mut has_host = false;
    for (index, part) in all.iter().enumerate() {
        let Part::Literal(text) = part else {
            has_host |= !is_arguments(part);
            continue;
        };
        let text = match text.windows(3).position(|window| window == b"://") {
            Some(at) if index <= 1 => text.get(at + 3..)?,
            _ => text,
        };
        if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"unix:")) {
            return None;
        }
        has_host |= !text.is_empty() && !text.starts_with(b"/");
        let Some(slash) = text.iter().position(|&byte| byte == b'/').filter(|_| has_host) else { continue };
        // Behind a path `$args` alone is a part of it; `$is_args` or a `?` starts the arguments.
        let rest = all.get(index + 1..)?;
        let has_mark = text.contains(&b'?') || rest.first() == Some(&Part::Variable(b"is_args"));
        let has_own_path = rest.is_empty() || has_mark && rest.iter().all(is_arguments);
        if !has_own_path {
            return None;
        }
        let path = String::from_utf8_lossy(text.get(slash..)?).into_owned();
        let path = path.split('?').next().unwrap_or_default().to_owned();
        return (!path.is_empty()).then_some(Replacement { uri: path, by: None });
    }
    // No URI is written: a variable may bring it.
    let urls = pass.urls();
    let path = |url: &Url| url.uri.as_deref()?.split('?').next().map(str::to_owned);
    let candidates = urls.candidates()?;
    // Of a table every value has to bring one: its lines may serve requests of their own.
    let are_all = candidates.iter().all(|(url, _)| path(url).is_some_and(|path| path.ends_with('/')));
    let (url, span) = *candidates.first().filter(|_| are_all || candidates.len() == 1)?;
    let uri = path(url)?;
    let is_fixed = all.iter().all(|part| match part {
        Part::Literal(_) => true,
        Part::Variable(name) => !matches!(*name, b"request_uri" | b"uri" | b"document_uri"),
    });
    (is_fixed && !uri.is_empty() && span != pass.span()).then_some(Replacement { uri, by: Some(span) })
}

/// Whether a location takes one path only, or serves nginx's own subrequests.
fn is_for_one_path(stack: &Stack, location: Scope<'_>) -> bool {
    let words: Vec<String> = location
        .opener()
        .into_iter()
        .flat_map(|opener| opener.args())
        .map(|arg| arg.text().into_owned())
        .collect();
    let is_exact = match words.as_slice() {
        [modifier, _] if modifier == "=" => true,
        [modifier, pattern] if modifier.starts_with('~') => {
            pattern.ends_with('$') && !pattern.contains(['*', '+', '[', '|', '{'])
        }
        [path] => path.starts_with('=') || names(stack, "auth_request").any(|asked| asked == *path),
        _ => false,
    };
    is_exact || location.own("internal").len() > 0
}

fn names(stack: &Stack, directive: &str) -> impl Iterator<Item = String> {
    let first = stack.directives(directive).filter_map(|directive| directive.arg(0));
    first.map(|arg| arg.text().into_owned()).collect::<Vec<_>>().into_iter()
}

fn help(pass: Pass<'_>, location: Scope<'_>, replacement: &Replacement) -> String {
    let argument = pass.directive().arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default();
    let written = argument.rfind(&replacement.uri).filter(|_| replacement.by.is_none());
    let host = written.and_then(|at| argument.get(..at)).unwrap_or(&argument);
    let words: Vec<String> = location
        .opener()
        .into_iter()
        .flat_map(|opener| opener.args())
        .map(|arg| arg.text().into_owned())
        .collect();
    let prefix = match words.as_slice() {
        [path] if path.starts_with('/') => Some(path.as_str()),
        [modifier, path] if modifier == "^~" => Some(path.as_str()),
        _ => None,
    };
    match (prefix, replacement.by) {
        (_, Some(_)) => "leave the URI out of the value: nginx then passes the request's own".to_owned(),
        (Some(prefix), None) if prefix != replacement.uri => {
            let (prefix, uri) = (clip(prefix), clip(&replacement.uri));
            format!("`rewrite ^{prefix}(.*)$ {uri}$1 break; proxy_pass {};`", clip(host))
        }
        (_, None) => format!("without the URI nginx passes the request's own: `proxy_pass {};`", clip(host)),
    }
}
