//! Edits that rules propose, made of what they hold in their hands.
//!
//! A list of edits is empty where the edit cannot be written: then there is help and no fix.

use gatelint_lint::{Edit, Finding, Fix, Safety};
use gatelint_model::Stack;
use gatelint_model::fpm::{PhpOrigin, Pool};
use gatelint_model::nginx::{Directive, Scope, Target};
use gatelint_syntax::{Span, TextRange};

/// How a finding gets its fixes.
pub(crate) trait Mend: Sized {
    /// A fix without help of its own; none where there are no edits.
    fn mend(self, safety: Safety, title: impl Into<String>, edits: Vec<Edit>) -> Self;

    /// Help that is also a safe fix.
    fn cure(self, help: impl Into<String>, edits: Vec<Edit>) -> Self;

    /// Help that is also a fix to look at.
    fn suggest(self, help: impl Into<String>, edits: Vec<Edit>) -> Self;
}

impl Mend for Finding {
    fn mend(self, safety: Safety, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        if edits.is_empty() { self } else { self.fix(Fix { title: title.into(), safety, edits }) }
    }

    fn cure(self, help: impl Into<String>, edits: Vec<Edit>) -> Self {
        let help = help.into();
        self.mend(Safety::Safe, help.clone(), edits).help(help)
    }

    fn suggest(self, help: impl Into<String>, edits: Vec<Edit>) -> Self {
        let help = help.into();
        self.mend(Safety::Unsafe, help.clone(), edits).help(help)
    }
}

/// Other text for a place, as it is.
pub(crate) fn replace(span: Span, text: impl Into<String>) -> Vec<Edit> {
    vec![Edit { span, text: text.into() }]
}

/// Another value for a word of nginx's, in quotes where it needs them.
pub(crate) fn word(span: Span, value: &str) -> Vec<Edit> {
    quoted(value).map(|text| replace(span, text)).unwrap_or_default()
}

/// A value as nginx's reader takes it for one word; `None` where that takes more than quotes.
fn quoted(value: &str) -> Option<String> {
    let is_odd = |char: char| char.is_control() || "\"'\\".contains(char);
    if value.contains(|char: char| char.is_control()) {
        return None;
    }
    let needs_quotes = |char: char| char.is_whitespace() || ";{}".contains(char);
    match value {
        "" => Some("\"\"".to_owned()),
        _ if value.starts_with('#') || value.contains(needs_quotes) => {
            (!value.contains(is_odd)).then(|| format!("\"{value}\""))
        }
        // Outside of quotes a backslash stays, but for those that stand before these.
        _ => {
            let is_escape = |pair: &[u8]| matches!(pair, [b'\\', b'"' | b'\'' | b'\\' | b't' | b'r' | b'n']);
            let is_plain = !value.starts_with(['"', '\'']) && !value.as_bytes().windows(2).any(is_escape);
            is_plain.then(|| value.to_owned())
        }
    }
}

/// Other words for a directive, its `;` or block left as it is. Text that was cut for a reader is none.
pub(crate) fn statement(directive: Directive<'_>, text: impl AsRef<str>) -> Vec<Edit> {
    let text = text.as_ref().trim_end_matches(';');
    if text.contains("...") { Vec::new() } else { replace(directive.span(), text) }
}

/// Another text for a part of what stands at a place, where it is there once.
pub(crate) fn within(stack: &Stack, span: Span, old: &str, new: &str) -> Vec<Edit> {
    let Ok(text) = std::str::from_utf8(stack.sources.text(span)) else { return Vec::new() };
    let mut places = text.match_indices(old);
    match (places.next(), places.next()) {
        (Some((at, _)), None) if quoted(new).is_some_and(|quoted| quoted == new) => {
            let start = span.start + at as u32;
            replace(Span { start, end: start + old.len() as u32, ..span }, new)
        }
        _ => Vec::new(),
    }
}

/// Another value for an entry of an INI file: what stands behind its `=`.
pub(crate) fn value(stack: &Stack, entry: Span, value: &str) -> Vec<Edit> {
    let text = stack.sources.text(entry);
    match text.iter().position(|byte| *byte == b'=') {
        Some(at) if is_plain(value) => {
            let start = entry.start + at as u32 + 1;
            replace(Span { start, ..entry }, format!(" {value}"))
        }
        _ => Vec::new(),
    }
}

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

/// Other text for what stands at a place; without text the lines go too that would be left empty.
pub(crate) fn lines_of(stack: &Stack, span: Span, text: &str) -> Vec<Edit> {
    let bytes = stack.sources.bytes(span.file);
    let before = bytes.get(..span.start as usize).unwrap_or_default();
    let after = bytes.get(span.end as usize..).unwrap_or_default();
    let blanks = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count()
    };
    let (left, right) = (blanks(&mut before.iter().rev()), blanks(&mut after.iter()));
    let starts_line = matches!(before.iter().rev().nth(left), None | Some(b'\n'));
    let (start, end) = match after.get(right) {
        Some(b'\n') if starts_line => (span.start - left as u32, span.end + right as u32 + 1),
        None | Some(b'\n') => (span.start - left as u32, span.end + right as u32),
        Some(_) => (span.start, span.end + right as u32),
    };
    replace(TextRange::new(start, end).in_file(span.file), text)
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

/// Further lines behind what stands at a place, indented as it is; on its line where more follows there.
pub(crate) fn below(stack: &Stack, span: Span, lines: &[&str]) -> Vec<Edit> {
    let bytes = stack.sources.bytes(span.file);
    let rest = bytes.get(span.end as usize..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let line = rest.get(..end).unwrap_or_default().trim_ascii();
    if !(line.is_empty() || line.starts_with(b"#") || line.starts_with(b";")) {
        let at = TextRange::empty(span.end).in_file(span.file);
        return replace(at, lines.iter().map(|line| format!(" {line}")).collect::<String>());
    }
    let eol = eol(bytes);
    let is_crlf = rest.get(..end).is_some_and(|line| line.ends_with(b"\r"));
    let at = span.end + end as u32 - u32::from(is_crlf);
    let indent = indent(bytes, span.start);
    let text: String = lines.iter().map(|line| format!("{eol}{indent}{line}")).collect();
    replace(TextRange::empty(at).in_file(span.file), text)
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

/// `key = value` in a pool, as help shows it.
pub(crate) fn assign(stack: &Stack, pool: &Pool, help: &str) -> Vec<Edit> {
    help.split_once(" = ").map(|(key, value)| set(stack, pool, key, value)).unwrap_or_default()
}

/// `key = value` in a pool: in the place of the entry that counts, else behind its last entry.
pub(crate) fn set(stack: &Stack, pool: &Pool, key: &str, value: &str) -> Vec<Edit> {
    if !is_plain(value) {
        return Vec::new();
    }
    let array = key.split_once('[').map(|(key, index)| (key, index.trim_end_matches(']')));
    let entry = match array {
        None => pool.get(key),
        Some((key, index)) => pool.settings.array(key).find(|one| one.index.as_deref() == Some(index)),
    };
    if let Some(entry) = entry {
        return match entry.value_span.start < entry.value_span.end {
            true => replace(entry.value_span, value),
            false => self::value(stack, entry.span, value),
        };
    }
    let line = format!("{key} = {value}");
    if let Some(commented) = commented(stack, pool, key) {
        return replace(commented, line);
    }
    let last = pool.settings.all.last().map_or(pool.header, |entry| entry.span);
    below(stack, last, &[&line])
}

/// A pool and a pass that both go by the name that packages use: `/run/php/php-fpm.sock`.
pub(crate) fn move_socket(stack: &Stack, pool: &Pool, target: &Target<'_>) -> Vec<Edit> {
    let there = assign(stack, pool, "listen = /run/php/php-fpm.sock");
    let here = within(stack, target.span, target.written, "unix:/run/php/php-fpm.sock");
    if there.is_empty() || here.is_empty() { Vec::new() } else { [there, here].concat() }
}

/// Whether a pool's file holds a key as a comment.
pub(crate) fn is_commented(stack: &Stack, pool: &Pool, key: &str) -> bool {
    commented(stack, pool, key).is_some()
}

/// The line of a pool's file that holds a key as a comment, as the stock files have them: `;listen.mode = 0660`.
fn commented(stack: &Stack, pool: &Pool, key: &str) -> Option<Span> {
    let [header] = pool.headers[..] else { return None };
    let bytes = stack.sources.bytes(header.file);
    let mut at = header.end as usize;
    let mut found = None;
    for line in bytes.get(at..)?.split(|byte| *byte == b'\n') {
        if line.trim_ascii_start().starts_with(b"[") {
            break;
        }
        let text = line.trim_ascii_end();
        let rest = text.strip_prefix(b";").and_then(|rest| rest.strip_prefix(key.as_bytes()));
        if found.is_none() && rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"=")) {
            let range = TextRange::new(at as u32, (at + text.len()) as u32);
            found = Some(range.in_file(header.file));
        }
        at += line.len() + 1;
    }
    found
}

/// Another value for a setting of PHP, where an INI file sets it.
pub(crate) fn php(stack: &Stack, origin: PhpOrigin, new: &str) -> Vec<Edit> {
    match origin {
        PhpOrigin::Default | PhpOrigin::Pass(_) => Vec::new(),
        origin => origin.span().map(|entry| value(stack, entry, new)).unwrap_or_default(),
    }
}

/// Whether PHP's reader takes a value as it is written, without quotes.
fn is_plain(value: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:, @".contains(&byte);
    !value.is_empty() && value.trim() == value && value.bytes().all(is_fine)
}

/// The blanks at the start of the line of a place.
pub(crate) fn indent(bytes: &[u8], at: u32) -> String {
    let before = bytes.get(..at as usize).unwrap_or_default();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = bytes.get(start..).unwrap_or_default();
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
    blanks.map(|byte| char::from(*byte)).collect()
}

/// The line ending of a text.
fn eol(bytes: &[u8]) -> &'static str {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let before = end.and_then(|end| end.checked_sub(1)).and_then(|at| bytes.get(at));
    if before == Some(&b'\r') { "\r\n" } else { "\n" }
}
