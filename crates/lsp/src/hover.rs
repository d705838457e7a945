//! What a directive is, and which value holds where it stands.

use gatelint_catalog::nginx::{Directive as Known, Name, Origin};
use gatelint_model::nginx::{At, AtWord, ContextKind, Directive, Scope};
use gatelint_syntax::{Span, TextRange};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use crate::here::Here;
use crate::symbol::{self, Symbol};
use crate::{goto, hover_fpm};

/// How many places of one line are told apart.
const MAX_PLACES: usize = 3;

/// How many lines of a list are shown.
const MAX_LINES: usize = 8;

/// What is shown of a block: what decides how it answers.
const OF_BLOCK: [&str; 12] = [
    "root",
    "index",
    "try_files",
    "fastcgi_pass",
    "proxy_pass",
    "return",
    "client_max_body_size",
    "fastcgi_read_timeout",
    "proxy_read_timeout",
    "access_log",
    "error_log",
    "auth_basic",
];

pub(crate) fn hover(here: &Here<'_>) -> Option<Hover> {
    let (mut text, range) = match here.is_ini() {
        true => hover_fpm::hover(here)?,
        false => directive(here)?,
    };
    if !here.client.markdown {
        text = text.replace(['`', '*'], "");
    }
    let kind = if here.client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let contents = HoverContents::Markup(MarkupContent { kind, value: text });
    Some(Hover { contents, range: Some(here.lines().range(range)) })
}

fn directive(here: &Here<'_>) -> Option<(String, TextRange)> {
    let all: Vec<At<'_>> = here.stack.at(here.file, here.offset).collect();
    let first = all.first()?;
    let by = first.directive?;
    if let Some(AtWord::Argument(index)) = first.word
        && let Some(found) = named(here, by, index)
    {
        return Some(found);
    }
    first.word?;
    let kind = first.scope.kind();
    if kind == ContextKind::Body {
        return None;
    }
    let mut out = described(&by.name(), kind)?;
    let (values, places) = match by.block().is_some() && is_answering(by) {
        true => of_blocks(here, &all),
        false => in_force(here, &all, &by.name()),
    };
    out.push_str(&values);
    if let Some(places) = places.filter(|places| *places > 1) {
        out.push_str(&format!("\n\nread in {places} places"));
    }
    let pools = pools(here);
    out.push_str(&pools);
    Some((out, by.name_span().range()))
}

fn is_answering(directive: Directive<'_>) -> bool {
    matches!(directive.block().map(Scope::kind), Some(ContextKind::Server | ContextKind::Location))
}

/// What the catalogue says of a name.
pub(crate) fn described(name: &str, kind: ContextKind) -> Option<String> {
    let found = Name::find(name.as_bytes())?;
    let known: &Known = found.in_context(kind).or_else(|| found.directives().first())?;
    let contexts: Vec<&str> = known.contexts.iter().map(|context| context.text()).collect();
    let mut out = format!("**{name}** in {}", contexts.join(", "));
    if !known.allows(kind) {
        out.push_str(&format!(" (not in {})", kind.text()));
    }
    out.push_str(&format!("\n\nmodule `{}`", known.module));
    match (known.origin, known.package) {
        (Origin::Plus, _) => out.push_str(", NGINX Plus"),
        (Origin::ThirdParty, Some(package)) => out.push_str(&format!(", package `{package}`")),
        (Origin::ThirdParty, None) => out.push_str(", of a third party"),
        (Origin::Oss, _) => {}
    }
    if let Some((major, minor, patch)) = known.since {
        out.push_str(&format!(", since {major}.{minor}.{patch}"));
    }
    if let Some((major, minor, patch)) = known.removed {
        out.push_str(&format!(", removed in {major}.{minor}.{patch}"));
    }
    if !known.values.is_empty() {
        out.push_str(&format!("\n\nvalues: `{}`", known.values.join("`, `")));
    }
    out.push_str(&match known.default {
        Some(default) => format!("\n\ndefault: `{default}`"),
        None => "\n\nno default".to_owned(),
    });
    Some(out)
}

/// What holds in the block of each place, and in how many places the line is read.
fn in_force(here: &Here<'_>, all: &[At<'_>], name: &str) -> (String, Option<usize>) {
    let mut seen: Vec<String> = Vec::new();
    for at in all.iter().take(1000) {
        let text = effective(here, at.scope, name);
        if !seen.contains(&text) && seen.len() < MAX_PLACES {
            seen.push(text);
        }
    }
    let text: String = seen.iter().map(|text| format!("\n\n**in effect here**: {text}")).collect();
    (text, Some(all.len()))
}

/// The value of `name` in a block, and where it comes from.
fn effective(here: &Here<'_>, scope: Scope<'_>, name: &str) -> String {
    let Some(found) = scope.effective(name) else {
        let default = Name::find(name.as_bytes()).and_then(|name| name.in_context(scope.kind())?.default);
        return default
            .map_or("nothing, it is not set".to_owned(), |default| format!("the default, `{default}`"));
    };
    let is_list = found.directives.len() > 1;
    let shown = found.directives.iter().rev().take(MAX_LINES).rev();
    let lines: Vec<String> = shown.map(|by| line(here, by.span())).collect();
    let mut out = if is_list { format!("\n- {}", lines.join("\n- ")) } else { lines.concat() };
    if found.directives.len() > MAX_LINES {
        out.push_str(&format!("\n- and {} more above them", found.directives.len() - MAX_LINES));
    }
    let from = found
        .scope
        .opener()
        .map_or("outside all blocks".to_owned(), |by| format!("`{}`", here.said(by.span())));
    if !found.is_own() {
        out.push_str(&format!("\n\ninherited from {from}"));
    } else if let Some(outer) = scope.parent().and_then(|outer| outer.effective(name))
        && let Some(last) = outer.last()
    {
        out.push_str(&format!("\n\nreplaces {}", line(here, last.span())));
    }
    out
}

fn line(here: &Here<'_>, span: Span) -> String {
    format!("`{};` at {}", here.said(span), here.shown(span))
}

/// What holds inside a server or a location.
fn of_blocks(here: &Here<'_>, all: &[At<'_>]) -> (String, Option<usize>) {
    let blocks = all.iter().filter_map(|at| at.directive?.block());
    let Some(block) = blocks.clone().next() else { return (String::new(), None) };
    let mut out = String::from("\n\n**in effect inside**:");
    for name in OF_BLOCK {
        if let Some(last) = block.effective_last(name) {
            out.push_str(&format!("\n- {}", line(here, last.span())));
        }
    }
    (out, Some(blocks.count()))
}

/// The pools that are reached from here.
fn pools(here: &Here<'_>) -> String {
    let pools = goto::pools(here);
    let line = |pool: &gatelint_model::links::PoolRef<'_>| {
        let at = pool.pool.listener.as_ref().map_or(pool.pool.header, |listener| listener.span);
        let name = gatelint_report::clean(&pool.pool.name).replace('`', "'");
        let children = pool.pool.max_children().map(|(count, _)| format!(", {count} workers at most"));
        format!("\n\nanswered by pool `{name}`, {}{}", here.shown(at), children.unwrap_or_default())
    };
    pools.iter().take(MAX_PLACES).map(line).collect()
}

/// A name that is used or defined in an argument.
fn named(here: &Here<'_>, by: Directive<'_>, argument: usize) -> Option<(String, TextRange)> {
    let found = symbol::at(here.stack, here.file, here.offset)?;
    by.arg(argument)?;
    let all = symbol::everywhere(here.stack, &found.symbol);
    let defined: Vec<&symbol::Occurrence> = all.iter().filter(|one| one.defines).collect();
    let uses = all.len() - defined.len();
    let what = match &found.symbol {
        Symbol::Upstream(name) => (!defined.is_empty()).then(|| format!("upstream `{name}`"))?,
        Symbol::Variable(name) => format!("variable `${name}`"),
        Symbol::Format(name) => format!("log format `{name}`"),
        Symbol::Zone(name) => format!("zone `{name}`"),
        Symbol::Cache(name) => format!("cache `{name}`"),
        Symbol::Named(name, _) => format!("named location `{name}`"),
    };
    let mut out = format!("**{}**", gatelint_report::clean(&what));
    for one in defined.iter().take(MAX_LINES) {
        let by = here.stack.at(one.span.file, one.span.start).find_map(|at| at.directive);
        let text = by.map_or_else(|| format!("`{}`", here.said(one.span)), |by| line(here, by.span()));
        out.push_str(&format!("\n\ndefined by {}", text.replace(";`", "`")));
    }
    if let (Symbol::Variable(name), true) = (&found.symbol, defined.is_empty()) {
        let mut known = gatelint_catalog::variable::find(name);
        match known.next() {
            Some(known) => out.push_str(&format!("\n\nof module `{}`", known.module)),
            None => out.push_str("\n\nnothing defines it"),
        }
    }
    if let Symbol::Upstream(name) = &found.symbol
        && let Some(group) = here.stack.upstream(name, false)
    {
        for peer in group.peers().take(MAX_LINES) {
            out.push_str(&format!("\n- {}", line(here, peer.directive.span())));
        }
    }
    out.push_str(&format!("\n\nused in {uses} {}", if uses == 1 { "place" } else { "places" }));
    Some((out, found.span.range()))
}
