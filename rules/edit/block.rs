//! Edits of nginx's blocks: directives that come and go.

use gatelint_lint::Edit;
use gatelint_model::Stack;
use gatelint_model::nginx::{Directive, Scope};
use gatelint_syntax::{Span, TextRange};

use super::{below, eol, indent, lines_of, replace, statement};

/// The directive gone, with its line where it stands alone there.
pub(crate) fn remove(directive: Directive<'_>) -> Vec<Edit> {
    let end = directive.close_span().end.max(directive.end_span().end);
    remove_at(directive.stack(), directive.span(), Span { end, ..directive.end_span() })
}

/// As [`remove`], of the directive that starts at `span` and whose `;` or `}` is the last byte of `end`.
pub(crate) fn remove_at(stack: &Stack, span: Span, end: Span) -> Vec<Edit> {
    let end = if end.file == span.file { end.end } else { return Vec::new() };
    if stack.sources.bytes(span.file).get(end.saturating_sub(1) as usize).is_none_or(|b| !b";}".contains(b))
        || end < span.end
    {
        return Vec::new();
    }
    lines_of(stack, Span { end, ..span }, "")
}

/// Further directives behind one, each with its `;`, one line each.
pub(crate) fn after(directive: Directive<'_>, lines: &[&str]) -> Vec<Edit> {
    let span = directive.span();
    let end = directive.close_span().end.max(directive.end_span().end);
    below(directive.stack(), Span { end, ..span }, lines)
}

/// Further directives before one, each with its `;`, one line each.
pub(crate) fn before(directive: Directive<'_>, lines: &[&str]) -> Vec<Edit> {
    let (bytes, span) = (directive.stack().sources.bytes(directive.span().file), directive.span());
    let own = indent(bytes, span.start);
    let line = bytes.get(..span.start as usize).unwrap_or_default();
    let is_first = line.rsplit(|byte| *byte == b'\n').next().is_some_and(|line| line.trim_ascii().is_empty());
    let end = if is_first { eol(bytes).to_owned() + &own } else { " ".to_owned() };
    let text: String = lines.iter().map(|line| format!("{line}{end}")).collect();
    replace(TextRange::empty(span.start).in_file(span.file), text)
}

/// Directives in a block, as help shows them: each in the place of the one of its name, else at the end.
pub(crate) fn put(scope: Scope<'_>, help: &str) -> Vec<Edit> {
    let statements: Vec<&str> =
        help.split_inclusive(';').map(str::trim).filter(|one| !one.is_empty()).collect();
    if help.contains("...") || !help.ends_with(';') {
        return Vec::new();
    }
    let mut edits = Vec::new();
    let mut new = Vec::new();
    for text in statements {
        let name = text.split([' ', ';']).next().unwrap_or_default();
        // Of a list every line has a name of its own.
        let is_list = matches!(name, "proxy_set_header" | "fastcgi_param" | "add_header");
        let first = text.trim_end_matches(';').split(' ').nth(1).unwrap_or_default();
        let is_it = |own: &Directive<'_>| {
            !is_list || own.arg(0).is_some_and(|arg| arg.text().eq_ignore_ascii_case(first))
        };
        match scope.own(name).rev().find(is_it) {
            Some(own) => edits.extend(statement(own, text.trim_end_matches(';'))),
            None => new.push(text),
        }
    }
    if new.is_empty() {
        return edits;
    }
    let added = append(scope, &new);
    if added.is_empty() {
        return added;
    }
    edits.extend(added);
    edits
}

/// Further directives in a block, each with its `;`: behind the last of its own, else at its end.
pub(crate) fn append(scope: Scope<'_>, lines: &[&str]) -> Vec<Edit> {
    let Some(opener) = scope.opener() else { return Vec::new() };
    let stack = scope.stack();
    let (open, close) = (opener.end_span(), opener.close_span());
    let bytes = stack.sources.bytes(open.file);
    let is_block =
        bytes.get(open.start as usize) == Some(&b'{') && bytes.get(close.start as usize) == Some(&b'}');
    if !is_block || close.start < open.end {
        return Vec::new();
    }
    let is_inside = |one: &Directive<'_>| {
        let span = one.span();
        span.file == open.file && open.end <= span.start && span.start < close.start
    };
    if let Some(last) = scope.directives().filter(is_inside).max_by_key(|one| one.span().start) {
        return after(last, lines);
    }
    let inside = TextRange::new(open.end, close.start).of(bytes);
    let (eol, own) = (eol(bytes), indent(bytes, opener.span().start));
    if !inside.contains(&b'\n') {
        let gap = if inside.ends_with(b" ") { "" } else { " " };
        let text = lines.iter().fold(gap.to_owned(), |text, line| text + line + " ");
        return replace(TextRange::empty(close.start).in_file(open.file), text);
    }
    // Behind the brace, or what is said of it.
    let text: String = lines.iter().map(|line| format!("{eol}{own}    {line}")).collect();
    let end = inside.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let is_crlf = inside.get(..end).is_some_and(|line| line.ends_with(b"\r"));
    let is_bare = inside.get(..end).is_some_and(|line| {
        let line = line.trim_ascii();
        line.is_empty() || line.starts_with(b"#")
    });
    if !is_bare {
        return Vec::new();
    }
    let at = open.end + end as u32 - u32::from(is_crlf);
    replace(TextRange::empty(at).in_file(open.file), text)
}
