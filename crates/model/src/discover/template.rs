//! Configuration that is not written out yet: Jinja, ERB and Go templates.

use std::borrow::Cow;

use gatelint_syntax::nginx::parse;
use memchr::memmem;

/// The marks that template engines put around what they fill in, and whether text between them is a value.
const MARKS: [(&[u8], &[u8], bool); 4] =
    [(b"<%", b"%>", true), (b"{%", b"%}", false), (b"{#", b"#}", false), (b"{{", b"}}", true)];

/// Longer texts are told by their beginning, in bytes.
const LOOKED_AT: usize = 256 << 10;

/// Whether a text is a template: no program reads it as it stands. Marks in comments and in what nginx takes as
/// it stands (quoted words, Lua) make none.
pub fn is_template(text: &[u8]) -> bool {
    let text = text.get(..LOOKED_AT).unwrap_or(text);
    match without_marks(text) {
        Cow::Borrowed(_) => false,
        Cow::Owned(_) => memmem::find(text, b"<%").is_some() || !parse(text).errors().is_empty(),
    }
}

/// The text with a word in place of every value that is filled in, and nothing in place of the rest.
pub(super) fn without_marks(text: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let is_comment = matches!(line.trim_ascii_start().first(), Some(b'#' | b';'));
        let mut rest = line;
        while let Some((before, value, after)) = if is_comment { None } else { first(rest) } {
            out.extend_from_slice(before);
            out.extend_from_slice(if value { b"x" } else { b"" });
            rest = after;
        }
        out.extend_from_slice(rest);
    }
    if out.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// The first mark of a line: what stands before it, whether it is a value, what follows.
fn first(line: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let marks = MARKS.iter().filter_map(|&(open, close, is_value)| {
        let start = memmem::find(line, open)?;
        let inner = line.get(start + open.len()..)?;
        let end = memmem::find(inner, close)?;
        let is_mark = open != b"{{" || is_expression(inner.get(..end)?);
        is_mark.then_some((start, line.get(..start)?, is_value, inner.get(end + close.len()..)?))
    });
    marks.min_by_key(|(start, ..)| *start).map(|(_, before, is_value, after)| (before, is_value, after))
}

/// Whether this is a name, a field or a filter of a template, and no table of Lua.
fn is_expression(inner: &[u8]) -> bool {
    let start = inner.trim_ascii_start();
    let start = start.strip_prefix(b"-").unwrap_or(start).trim_ascii_start();
    start.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || b"_.$#/^".contains(&byte))
        && !inner.iter().any(|byte| b"{};=".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::is_template;

    #[test]
    fn templates_are_told_from_configuration() {
        for text in [
            "server { server_name {{ name }}; }",
            "{% for site in sites %}\nserver { listen 80; }\n{% endfor %}\n",
            "server { listen <%= @port %>; }",
            "worker_processes {{ .Env.WORKERS | default \"4\" }};",
            "[www]\nlisten = {{ php_fpm_listen }}\n",
        ] {
            assert!(is_template(text.as_bytes()), "{text}");
        }
        for text in [
            "# {{ ansible_managed }}\nserver { listen 80; }",
            "server { listen ${PORT}; }",
            "location / { return 200 \"{{ name }}\"; }",
            "content_by_lua_block { local all = {{name}} }",
            "content_by_lua_block { local all = {{ name = 1 }} } }",
            "location ~ ^/a{2}$ { return 404; }",
            "; {% if x %}\n[www]\nlisten = 9000\n",
        ] {
            assert!(!is_template(text.as_bytes()), "{text}");
        }
    }
}
