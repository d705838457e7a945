//! Variables: what a configuration evaluates and what defines it. nginx numbers variables as it comes to them and
//! looks for each at the end of `http` and `stream` (`ngx_http_variables_init_vars()` of
//! `src/http/ngx_http_variables.c`, and the same of stream).

use std::sync::LazyLock;

use gatelint_catalog::nginx::{Name, Origin, names};

use self::known::Section;
use super::{Check, Log};
use crate::nginx::trial::script::{Piece, Script};
use crate::nginx::trial::setter::variable::{Text, is_evaluated, merge_rank, text_of};
use crate::nginx::trial::{Fault, script};
use crate::nginx::{ContextKind, Directive, Scope};

mod definition;
mod known;

/// Every directive that evaluates or may define variables.
static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let concerns = |text: &&str| {
        let name = Name::find(text.as_bytes());
        let is_foreign = |name: Name| name.directives().iter().all(|one| one.origin != Origin::Oss);
        name.is_some_and(|name| {
            is_evaluated(name)
                || is_foreign(name)
                || definition::PATTERNS.contains(text)
                || OTHERS.contains(text)
        })
    };
    names().filter(concerns).collect()
});

/// Directives that read or define variables in ways of their own.
const OTHERS: &[&str] = &["if", "log_format", "perl_set", "memcached_pass", "load_module"];

#[derive(Default)]
pub(super) struct Variables<'a> {
    http: Section<'a>,
    stream: Section<'a>,
    /// Whether a module is loaded of which nothing is known.
    has_foreign_module: bool,
}

impl<'a> Check<'a> for Variables<'a> {
    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        if !log.is_new() {
            return;
        }
        if name.text() == "load_module" {
            self.has_foreign_module |= !known::is_known_module(directive);
            return;
        }
        let Some(is_http) = is_http(directive.scope().kind()) else { return };
        let section = if is_http { &mut self.http } else { &mut self.stream };
        section.is_stream = !is_http;
        definition::define(name, directive, section, log);
        if log.is_refused() {
            return;
        }
        match name.text() {
            "if" => condition(directive, section),
            "log_format" => format(directive, section),
            _ if merge_rank(name).is_some() => {
                if directive.args().any(|arg| arg.value.contains(&b'$')) {
                    section.merged.push((name, directive));
                }
            }
            _ => evaluate(name, directive, section),
        }
    }

    fn refused(&mut self, directive: Directive<'a>) {
        let Some(is_http) = is_http(directive.scope().kind()) else { return };
        let section = if is_http { &mut self.http } else { &mut self.stream };
        // Whether it would define or use them cannot be told.
        for arg in directive.written().into_iter().chain(directive.args()) {
            let names = arg.value.split(|byte| *byte == b'$').skip(1);
            for name in names {
                let name = name.strip_prefix(b"{").unwrap_or(name);
                let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
                let length = name.iter().take_while(is_name).count();
                section.define(name.get(..length).unwrap_or_default());
            }
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        let kind = scope.kind();
        if kind == ContextKind::Main {
            return;
        }
        let in_http = scope.ancestors().any(|scope| scope.kind() == ContextKind::Http);
        let section = if in_http { &mut self.http } else { &mut self.stream };
        section.is_cut |= !scope.is_whole();
        match kind {
            ContextKind::Body => body(scope, section, log),
            ContextKind::Other => definition::lines(scope, section),
            ContextKind::Http | ContextKind::Stream => {
                section.is_cut |= self.has_foreign_module || !scope.is_in_main();
                merge(scope, section, log);
                section.report(scope.stack, log);
            }
            _ => {}
        }
    }
}

/// Whether directives of this context are http's or stream's.
fn is_http(kind: ContextKind) -> Option<bool> {
    Some(match kind {
        ContextKind::Http
        | ContextKind::Server
        | ContextKind::Location
        | ContextKind::Upstream
        | ContextKind::IfInServer
        | ContextKind::IfInLocation
        | ContextKind::LimitExcept => true,
        ContextKind::Stream | ContextKind::StreamServer | ContextKind::StreamUpstream => false,
        _ => return None,
    })
}

/// Takes note of the variables of a text.
fn read<'a>(text: &[u8], word: usize, directive: Directive<'a>, section: &mut Section<'a>) {
    for piece in Script::new(text) {
        if let Piece::Variable(name) = piece {
            section.need(name, directive, word);
        }
    }
}

fn evaluate<'a>(name: Name, directive: Directive<'a>, section: &mut Section<'a>) {
    let count = directive.args().len();
    for (index, arg) in directive.args().enumerate() {
        if !arg.value.contains(&b'$') {
            continue;
        }
        match text_of(name, index + 1, count, &arg.value) {
            Some(Text::Script(text)) => read(text, index + 1, directive, section),
            Some(Text::Name(variable)) => section.need(variable, directive, index + 1),
            None => {}
        }
    }
    if name.text() == "memcached_pass" {
        section.need(b"memcached_key", directive, 0);
    }
}

/// `ngx_http_rewrite_if_condition()`: a variable is the whole of its word.
fn condition<'a>(directive: Directive<'a>, section: &mut Section<'a>) {
    let count = directive.args().len();
    let mut words = directive.args().enumerate().filter_map(|(index, arg)| {
        let mut text = arg.value.into_owned();
        if index == 0 && text.first() == Some(&b'(') {
            text.remove(0);
        }
        if index + 1 == count && text.last() == Some(&b')') {
            text.pop();
        }
        (!text.is_empty()).then_some((index + 1, text))
    });
    let Some((index, first)) = words.next() else { return };
    let second = words.next();
    if let Some(name) = first.strip_prefix(b"$") {
        section.need(name, directive, index);
        let compares = second.is_some_and(|(_, operator)| matches!(&*operator, b"=" | b"!="));
        if let Some((index, value)) = words.next().filter(|_| compares) {
            read(&value, index, directive, section);
        }
    } else if let Some((index, value)) = second {
        read(&value, index, directive, section);
    }
}

fn format<'a>(directive: Directive<'a>, section: &mut Section<'a>) {
    for (index, arg) in directive.args().enumerate().skip(1) {
        for piece in Script::log(&arg.value) {
            match piece {
                Piece::Variable(name) if section.is_stream || !known::LOG.contains(&name) => {
                    section.need(name, directive, index + 1);
                }
                _ => {}
            }
        }
    }
}

/// The values of a map.
fn body<'a>(scope: Scope<'a>, section: &mut Section<'a>, log: &mut Log) {
    let Some(opener) = scope.opener() else { return };
    if opener.name() == "map" {
        for line in scope.lines() {
            definition::key(line, section, log);
            if let Some(value) = line.arg(0).filter(|value| value.value.contains(&b'$')) {
                read(&value.value, 1, line, section);
            }
        }
    } else if !matches!(opener.name().as_ref(), "geo" | "split_clients" | "types" | "charset_map") {
        definition::lines(scope, section);
    }
}

/// What is evaluated where the blocks are merged: at the end of `http` or `stream`, module by module.
fn merge<'a>(outer: Scope<'a>, section: &mut Section<'a>, log: &mut Log) {
    let mut merged = std::mem::take(&mut section.merged);
    merged.sort_by_key(|(name, _)| merge_rank(*name));
    for (name, directive) in merged {
        // What stands outside of all servers is evaluated for a server that has none of its own.
        let mut servers = outer
            .blocks()
            .filter(|block| matches!(block.kind(), ContextKind::Server | ContextKind::StreamServer));
        if directive.scope() == outer && !servers.any(|server| server.own(name.text()).next().is_none()) {
            continue;
        }
        let count = directive.args().len();
        for (index, arg) in directive.args().enumerate() {
            let Some(Text::Script(text)) = text_of(name, index + 1, count, &arg.value) else { continue };
            if let Some(fault) = script::judge(index + 1, text) {
                let at = outer.opener().map(Directive::close_span);
                let fault = Fault { word: index + 1, ..fault };
                log.refuse_at(directive, at, fault);
            }
            read(text, index + 1, directive, section);
        }
    }
}
