//! What defines variables.

use gatelint_catalog::nginx::{Name, Origin};
use pcre2::bytes::Regex;

use super::known::{Section, builtin};
use crate::Stack;
use crate::nginx::trial::walk::Log;
use crate::nginx::trial::{Defect, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope};

/// Directives with patterns, whose named groups are variables.
pub(super) const PATTERNS: &[&str] = &[
    "location",
    "server_name",
    "if",
    "rewrite",
    "proxy_redirect",
    "proxy_cookie_domain",
    "proxy_cookie_path",
    "proxy_cookie_flags",
];

/// Modules that every nginx has.
const BUILT_IN: &[&str] = &[
    "ngx_http_core_module",
    "ngx_http_upstream_module",
    "ngx_http_proxy_module",
    "ngx_http_fastcgi_module",
    "ngx_http_gzip_filter_module",
    "ngx_http_limit_conn_module",
    "ngx_http_limit_req_module",
    "ngx_http_ssi_filter_module",
    "ngx_http_userid_filter_module",
    "ngx_stream_limit_conn_module",
    "ngx_stream_core_module",
    "ngx_stream_upstream_module",
];

/// Takes note of the variables that a directive defines.
pub(super) fn define<'a>(name: Name, directive: Directive<'a>, section: &mut Section<'a>, log: &mut Log) {
    let word = match name.text() {
        "set" | "auth_request_set" | "perl_set" => 1,
        "map" | "split_clients" => 2,
        "geo" => directive.args().len(),
        text if PATTERNS.contains(&text) => {
            patterns(text, directive, section, log);
            return;
        }
        text => {
            foreign(name, text, directive, section);
            return;
        }
    };
    let Some(arg) = word.checked_sub(1).and_then(|index| directive.arg(index)) else { return };
    if let Some(variable) = arg.value.strip_prefix(b"$") {
        add(variable, directive, word, section, log);
    }
}

/// `ngx_http_add_variable()`.
fn add<'a>(variable: &[u8], directive: Directive<'a>, word: usize, section: &mut Section<'a>, log: &mut Log) {
    section.define(variable);
    if is_taken(variable, section, log) && !log.is_refused() {
        let message = format!("the duplicate \"{}\" variable", String::from_utf8_lossy(variable));
        log.refuse(directive, Fault::new(Defect::Redefined(Thing::Variable), word, message));
    }
}

/// Whether nginx itself has the variable and keeps it.
fn is_taken(variable: &[u8], section: &Section<'_>, log: &Log) -> bool {
    let variable = variable.to_ascii_lowercase();
    builtin(&variable, section.is_stream).any(|one| {
        let is_old = one.since.is_none_or(|since| log.target.is_at_least(since) == Some(true));
        !one.prefix
            && !one.changeable
            && is_old
            && one.origin == Origin::Oss
            && BUILT_IN.contains(&one.module)
    })
}

/// The named groups of a directive's patterns.
fn patterns<'a>(name: &str, directive: Directive<'a>, section: &mut Section<'a>, log: &mut Log) {
    let args = directive.args().enumerate();
    for (index, arg) in args.filter(|(_, arg)| arg.value.windows(2).any(|pair| pair == b"(?")) {
        let may_be_pattern = match name {
            "rewrite" => index == 0,
            "if" | "location" => true,
            _ => arg.value.first() == Some(&b'~'),
        };
        if may_be_pattern {
            groups(&arg.value, directive, index + 1, section, log);
        }
    }
}

/// The named groups of the pattern that is a map's key.
pub(super) fn key<'a>(line: Directive<'a>, section: &mut Section<'a>, log: &mut Log) {
    if let Some(key) = line.written().filter(|key| key.value.first() == Some(&b'~')) {
        groups(&key.value, line, 0, section, log);
    }
}

fn groups<'a>(
    pattern: &[u8],
    directive: Directive<'a>,
    word: usize,
    section: &mut Section<'a>,
    log: &mut Log,
) {
    for group in names_of_groups(pattern) {
        section.define(group);
        if is_taken(group, section, log) && !log.is_refused() && has_group(pattern, group) {
            let message = format!("the duplicate \"{}\" variable", String::from_utf8_lossy(group));
            log.refuse(directive, Fault::new(Defect::Redefined(Thing::Variable), word, message));
        }
    }
}

/// The names of a pattern's groups, and what looks alike.
fn names_of_groups(pattern: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(pattern, b"(?").filter_map(move |at| {
        let rest = pattern.get(at + 2..)?;
        let rest = rest.strip_prefix(b"P").unwrap_or(rest);
        let (b'<' | b'\'', rest) = rest.split_first()? else { return None };
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        rest.get(..length).filter(|group| !group.is_empty())
    })
}

/// What directives of unknown names may define: slips of ones that define variables.
pub(super) fn of_strangers<'a>(stack: &'a Stack, section: &mut Section<'a>) {
    for directive in stack.unknown_directives().filter(|one| one.scope().kind() != ContextKind::Body) {
        for word in directive.written().into_iter().chain(directive.args()) {
            names_of_groups(&word.value).for_each(|group| section.define(group));
        }
        if let Some(first) = directive.arg(0).as_ref().and_then(|arg| arg.value.strip_prefix(b"$")) {
            section.define(first);
        }
    }
}

/// Whether it is a group indeed: the same letters may be escaped.
fn has_group(pattern: &[u8], group: &[u8]) -> bool {
    let pattern = std::str::from_utf8(pattern).ok().map(|text| text.trim_start_matches(['~', '*', '!']));
    let regex = pattern.and_then(|pattern| Regex::new(pattern).ok());
    regex.is_some_and(|regex| regex.capture_names().iter().flatten().any(|name| name.as_bytes() == group))
}

/// A directive of another author's module: a variable as its first word is one that it sets, unless it prints.
fn foreign<'a>(name: Name, text: &'static str, directive: Directive<'a>, section: &mut Section<'a>) {
    if name.directives().iter().any(|one| one.origin == Origin::Oss) {
        return;
    }
    section.foreign.extend(text.split('_').next().filter(|beginning| beginning.len() > 2));
    if text.starts_with("echo") || text.starts_with("more_") {
        return;
    }
    for arg in directive.args() {
        if let Some(variable) = arg.value.strip_prefix(b"$") {
            section.define(variable);
        }
    }
}

/// The lines of a block that only another author's module can read.
pub(super) fn lines<'a>(scope: Scope<'a>, section: &mut Section<'a>) {
    for line in scope.lines() {
        for word in line.written().into_iter().chain(line.args()) {
            if let Some(variable) = word.value.strip_prefix(b"$") {
                section.define(variable);
            }
        }
    }
}
