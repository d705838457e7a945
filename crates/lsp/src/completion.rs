//! What may be written here.

use gatelint_catalog::nginx::{Directive as Known, Kind, Name, Opens, names};
use gatelint_catalog::{fpm, variable};
use gatelint_model::nginx::{ContextKind, Scope};
use gatelint_report::clean;
use gatelint_syntax::TextRange;
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent,
    MarkupKind, TextEdit,
};

use crate::here::Here;
use crate::symbol::{self, Symbol};
use crate::{hover, hover_fpm};

/// The most proposals.
const MAX_ITEMS: usize = 2000;

/// How far back the beginning of a directive is looked for, in bytes.
const MAX_BACK: usize = 64 << 10;

pub(crate) fn complete(here: &Here<'_>) -> Vec<CompletionItem> {
    let items = if here.is_ini() { keys(here) } else { nginx(here) };
    items.into_iter().take(MAX_ITEMS).collect()
}

/// Proposals that replace the word before the cursor.
struct Proposals<'a> {
    here: &'a Here<'a>,
    replaced: lsp_types::Range,
    items: Vec<CompletionItem>,
}

impl<'a> Proposals<'a> {
    fn new(here: &'a Here<'a>, word: u32) -> Self {
        let replaced = here.lines().range(TextRange::new(word, here.offset));
        Self { here, replaced, items: Vec::new() }
    }

    fn add(&mut self, label: &str, kind: CompletionItemKind, detail: &str) -> Option<&mut CompletionItem> {
        // What a configuration calls something is inserted as it is, or not at all.
        if clean(label) != label || self.items.len() >= MAX_ITEMS {
            return None;
        }
        self.items.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail: (!detail.is_empty()).then(|| clean(detail).into_owned()),
            text_edit: Some(CompletionTextEdit::Edit(TextEdit::new(self.replaced, label.to_owned()))),
            ..CompletionItem::default()
        });
        self.items.last_mut()
    }

    fn words(&mut self, words: &[&str]) {
        for word in words {
            self.add(word, CompletionItemKind::ENUM_MEMBER, "");
        }
    }

    fn snippet(&mut self, label: &str, snippet: &str, plain: &str, detail: &str, manual: String) {
        let (snippets, markdown) = (self.here.client.snippets, self.here.client.markdown);
        let replaced = self.replaced;
        let Some(item) = self.add(label, CompletionItemKind::KEYWORD, detail) else { return };
        let text = if snippets { snippet } else { plain };
        item.insert_text_format =
            Some(if snippets { InsertTextFormat::SNIPPET } else { InsertTextFormat::PLAIN_TEXT });
        item.text_edit = Some(CompletionTextEdit::Edit(TextEdit::new(replaced, text.to_owned())));
        let kind = if markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
        item.documentation = Some(Documentation::MarkupContent(MarkupContent { kind, value: manual }));
    }
}

/// The beginning of the statement that the cursor stands in: behind the last `;`, `{` or `}` outside comments.
fn statement<'a>(here: &Here<'a>) -> &'a [u8] {
    let offset = here.offset as usize;
    let before = here.text.get(offset.saturating_sub(MAX_BACK)..offset).unwrap_or_default();
    let mut start = 0;
    let (mut quote, mut is_comment, mut is_escaped) = (None, false, false);
    let mut is_word = false;
    for (at, &byte) in before.iter().enumerate() {
        match (byte, quote) {
            _ if is_comment => {
                is_comment = byte != b'\n';
                start = at + 1;
            }
            _ if std::mem::take(&mut is_escaped) => {}
            (b'\\', _) => is_escaped = true,
            (byte, Some(open)) => quote = (byte != open).then_some(open),
            (b'"' | b'\'', None) if !is_word => quote = Some(byte),
            (b'#', None) if !is_word => is_comment = true,
            (b'{', None) if before.get(..at).is_some_and(|text| text.ends_with(b"$")) => {}
            (b';' | b'{' | b'}', None) => start = at + 1,
            _ => {}
        }
        is_word = !byte.is_ascii_whitespace() && !b";{}".contains(&byte) && !is_comment;
    }
    before.get(start..).unwrap_or_default()
}

fn nginx(here: &Here<'_>) -> Vec<CompletionItem> {
    let statement = statement(here);
    let word = statement.iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    let typed = statement.get(word..).unwrap_or_default();
    let scope = here.stack.at(here.file, here.offset).next().map(|at| at.scope);
    let words: Vec<&[u8]> = statement
        .get(..word)
        .unwrap_or_default()
        .split(u8::is_ascii_whitespace)
        .filter(|one| !one.is_empty())
        .collect();
    let start = here.offset - typed.len() as u32;
    if let Some(dollar) = typed.iter().rposition(|byte| *byte == b'$') {
        let name = typed.get(dollar + 1..).unwrap_or_default();
        let is_braced = name.first() == Some(&b'{');
        if name.iter().skip(usize::from(is_braced)).all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        {
            return variables(here, start + (dollar + 1 + usize::from(is_braced)) as u32);
        }
    }
    match words.split_first() {
        None => directives(here, scope, start),
        Some((name, rest)) => arguments(here, scope, name, rest, start),
    }
}

fn directives(here: &Here<'_>, scope: Option<Scope<'_>>, start: u32) -> Vec<CompletionItem> {
    let kind = scope.map(Scope::kind);
    let mut out = Proposals::new(here, start);
    if kind == Some(ContextKind::Body) {
        return Vec::new();
    }
    for name in names() {
        let Some(found) = Name::find(name.as_bytes()) else { continue };
        let known = match kind {
            Some(kind) if kind != ContextKind::Other => found.in_context(kind),
            _ => found.directives().first(),
        };
        let Some(known) = known else { continue };
        let manual = hover::described(name, kind.unwrap_or(ContextKind::Main)).unwrap_or_default();
        let (snippet, plain) = written(known);
        out.snippet(name, &snippet, &plain, known.module, manual);
    }
    out.items
}

/// A directive to fill in.
fn written(known: &Known) -> (String, String) {
    let name = known.name;
    let has_block = known.block || !matches!(known.opens, Opens::Nothing);
    let wants = if known.min > 0 { " ${1}" } else { "" };
    match has_block {
        true => (format!("{name}{wants} {{\n\t$0\n}}"), format!("{name} ")),
        false if known.max == 0 => (format!("{name};"), format!("{name};")),
        false if matches!(known.kind, Kind::Flag) => (format!("{name} ${{1|on,off|}};"), format!("{name} ")),
        false => (format!("{name} $1;"), format!("{name} ")),
    }
}

fn variables(here: &Here<'_>, start: u32) -> Vec<CompletionItem> {
    let mut own: Vec<String> = Vec::new();
    for file in here.stack.nginx.files() {
        for found in symbol::of_file(here.stack, file).into_iter().filter(|one| one.defines) {
            if let Symbol::Variable(name) = found.symbol {
                own.push(name);
            }
        }
    }
    own.sort_unstable();
    own.dedup();
    let mut out = Proposals::new(here, start);
    for name in &own {
        out.add(name, CompletionItemKind::VARIABLE, "of this configuration");
    }
    for known in variable::all() {
        if !own.iter().any(|own| own == known.name) {
            out.add(known.name, CompletionItemKind::VARIABLE, known.module);
        }
    }
    out.items.dedup_by(|a, b| a.label == b.label);
    out.items
}

fn arguments(
    here: &Here<'_>,
    scope: Option<Scope<'_>>,
    name: &[u8],
    before: &[&[u8]],
    start: u32,
) -> Vec<CompletionItem> {
    let mut out = Proposals::new(here, start);
    let known = Name::find(name).and_then(|name| match scope {
        Some(scope) => name.in_context(scope.kind()),
        None => name.directives().first(),
    });
    if let Some(known) = known {
        out.words(known.values);
        if matches!(known.kind, Kind::Flag) {
            out.words(&["on", "off"]);
        }
    }
    let is_first = before.is_empty();
    match name {
        b"fastcgi_pass" | b"uwsgi_pass" | b"scgi_pass" | b"memcached_pass" if is_first => {
            groups(&mut out, "");
            if name == b"fastcgi_pass" {
                pools(&mut out);
            }
        }
        b"proxy_pass" if is_first => groups(&mut out, "http://"),
        b"grpc_pass" if is_first => groups(&mut out, "grpc://"),
        b"access_log" if before.len() == 1 => defined(&mut out, "", |symbol| match symbol {
            Symbol::Format(name) => Some(name),
            _ => None,
        }),
        b"limit_req" => defined(&mut out, "zone=", zone),
        b"limit_conn" if is_first => defined(&mut out, "", zone),
        b"proxy_cache" | b"fastcgi_cache" | b"uwsgi_cache" | b"scgi_cache" if is_first => {
            defined(&mut out, "", |symbol| match symbol {
                Symbol::Cache(name) => Some(name),
                _ => None,
            });
        }
        b"try_files" | b"error_page" => defined(&mut out, "", |symbol| match symbol {
            Symbol::Named(name, _) => Some(name),
            _ => None,
        }),
        _ => {}
    }
    out.items
}

fn zone(symbol: &Symbol) -> Option<&String> {
    match symbol {
        Symbol::Zone(name) => Some(name),
        _ => None,
    }
}

fn groups(out: &mut Proposals<'_>, scheme: &str) {
    let mut names: Vec<String> = out.here.stack.upstreams().map(|group| group.name().into_owned()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        out.add(&format!("{scheme}{name}"), CompletionItemKind::REFERENCE, "upstream");
    }
}

/// The sockets and ports of the pools.
fn pools(out: &mut Proposals<'_>) {
    let here = out.here;
    for (_, pool) in here.stack.fpm.pools() {
        let Some(listener) = &pool.listener else { continue };
        let address = match listener.address.starts_with('/') {
            true => format!("unix:{}", listener.address),
            false if listener.address.contains(':') => listener.address.clone(),
            false => format!("127.0.0.1:{}", listener.address),
        };
        out.add(&address, CompletionItemKind::REFERENCE, &format!("pool {}", pool.name));
    }
}

fn defined(out: &mut Proposals<'_>, before: &str, name: impl Fn(&Symbol) -> Option<&String>) {
    let stack = out.here.stack;
    let mut names: Vec<String> = Vec::new();
    for file in stack.nginx.files() {
        let found = symbol::of_file(stack, file);
        names.extend(found.iter().filter(|one| one.defines).filter_map(|one| name(&one.symbol).cloned()));
    }
    names.sort_unstable();
    names.dedup();
    for name in names {
        out.add(&format!("{before}{name}"), CompletionItemKind::REFERENCE, "");
    }
}

/// Keys of PHP-FPM at the beginning of a line, values behind the `=`.
fn keys(here: &Here<'_>) -> Vec<CompletionItem> {
    let before = here.text.get(..here.offset as usize).unwrap_or_default();
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.get(line_start..).unwrap_or_default();
    let section = |line: &[u8]| Some(line.trim_ascii().strip_prefix(b"[")?.strip_suffix(b"]")?.to_vec());
    let header = before.get(..line_start).unwrap_or_default().rsplit(|byte| *byte == b'\n').find_map(section);
    let in_pool = header.is_some_and(|name| !name.eq_ignore_ascii_case(b"global"));
    if line.trim_ascii_start().starts_with(b";") {
        return Vec::new();
    }
    if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
        let name = line.get(..equals).unwrap_or_default().trim_ascii();
        let typed = line.get(equals + 1..).unwrap_or_default().trim_ascii_start();
        let mut out = Proposals::new(here, here.offset - typed.len() as u32);
        let key = if in_pool { fpm::pool(name) } else { fpm::global(name) };
        let Some(key) = key else { return Vec::new() };
        out.words(key.values);
        if key.kind == fpm::Kind::Boolean {
            out.words(&["yes", "no"]);
        }
        return out.items;
    }
    let typed = line.trim_ascii_start();
    let mut out = Proposals::new(here, here.offset - typed.len() as u32);
    for key in if in_pool { fpm::pools() } else { fpm::globals() } {
        let text = format!("{} = ", key.name);
        out.snippet(key.name, &format!("{text}$0"), &text, "", hover_fpm::described(key));
    }
    for key in fpm::arrays().iter().filter(|_| in_pool) {
        let text = format!("{}[", key.name);
        out.snippet(key.name, &format!("{text}$1] = $0"), &text, "", hover_fpm::described(key));
    }
    out.items
}
