//! Which words of a directive are evaluated: what the modules of `src/http` and `src/stream` give to
//! `ngx_http_compile_complex_value()`, `ngx_http_script_compile()` and `ngx_http_get_variable_index()`.

use std::sync::LazyLock;

use gatelint_catalog::nginx::{Directive, Kind, Name, Origin};

use super::super::line::Line;
use super::super::{Fault, script};

/// Words that are evaluated.
#[derive(Clone, Copy, Debug)]
enum Words {
    /// This word; 0 is the name.
    Only(usize),
    /// This one and all that follow.
    From(usize),
    Last,
    /// What follows this beginning of a word.
    After(&'static str),
    /// The word, unless it is a pattern.
    NoPattern(usize),
    /// Words from this one on, unless they are patterns.
    NoPatterns(usize),
    /// The file of a log, unless a server takes it.
    LogFile,
    /// The word where it is a variable and nothing else.
    Whole(usize),
    /// The first of two words, a variable and nothing else.
    Source,
}

use Words::{After, From, Last, LogFile, NoPattern, NoPatterns, Only, Source, Whole};

/// Beside those whose [`Kind`] says it.
const EVALUATED: &[(&[&str], &[Words])] = &[
    (&["return", "error_page", "expires"], &[Last]),
    (
        &["rewrite", "set", "auth_request_set", "add_header", "add_trailer", "js_var", "xslt_param"],
        &[Only(2)],
    ),
    (&["map", "split_clients", "root", "alias", "auth_basic_user_file", "pass", "hash"], &[Only(1)]),
    (&["limit_conn_zone", "limit_req_zone"], &[Only(1)]),
    (&["try_files", "index"], &[From(1)]),
    (&["sub_filter"], &[From(1)]),
    (&["image_filter", "xslt_stylesheet", "xslt_string_param"], &[From(2)]),
    (&["image_filter_jpeg_quality", "image_filter_webp_quality", "image_filter_sharpen"], &[Only(1)]),
    (&["access_log"], &[LogFile, After("if=")]),
    (&["disable_symlinks"], &[After("from=")]),
    (&["aio"], &[After("threads=")]),
    (&["proxy_redirect", "proxy_cookie_domain", "proxy_cookie_path"], &[NoPattern(1), Only(2)]),
    (&["proxy_cookie_flags"], &[NoPatterns(1)]),
    (&["geo"], &[Source]),
    (&["charset", "source_charset"], &[Whole(1)]),
    (&["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"], &[Only(1)]),
    (&["proxy_cache", "fastcgi_cache", "uwsgi_cache", "scgi_cache"], &[Only(1)]),
    (&["proxy_cache_key", "fastcgi_cache_key", "uwsgi_cache_key", "scgi_cache_key"], &[Only(1)]),
    (&["proxy_store", "fastcgi_store", "uwsgi_store", "scgi_store"], &[Only(1)]),
    (&["proxy_bind", "fastcgi_bind", "uwsgi_bind", "scgi_bind", "grpc_bind", "memcached_bind"], &[Only(1)]),
    (&["proxy_set_header", "grpc_set_header"], &[Only(2)]),
    (&["fastcgi_param", "uwsgi_param", "scgi_param"], &[Only(2)]),
    (&["proxy_set_body", "ssl_certificate", "ssl_certificate_key"], &[Only(1)]),
];

/// By number of a name.
static BY_NAME: LazyLock<Vec<&'static [Words]>> = LazyLock::new(|| {
    let mut table: Vec<&'static [Words]> = vec![&[]; Name::count()];
    for name in gatelint_catalog::nginx::names() {
        let by_kind: &[Words] = match Name::find(name.as_bytes()).and_then(|name| name.directives().first()) {
            Some(Directive { origin: Origin::Oss, kind, .. }) => match kind {
                Kind::Complex | Kind::Predicate => &[From(1)],
                Kind::ComplexSize => &[Only(1)],
                _ => &[],
            },
            _ => &[],
        };
        put(&mut table, name, by_kind);
    }
    for (names, words) in EVALUATED {
        for name in *names {
            put(&mut table, name, words);
        }
    }
    table
});

fn put(table: &mut [&'static [Words]], name: &str, words: &'static [Words]) {
    let slot = Name::find(name.as_bytes()).and_then(|name| table.get_mut(name.index()));
    if let Some(slot) = slot {
        *slot = words;
    }
}

/// Directives whose words are evaluated only where a block is merged with the one around it, in the order of the
/// modules.
const MERGED: &[&str] = &[
    "ssl_certificate",
    "ssl_certificate_key",
    "proxy_set_body",
    "proxy_set_header",
    "fastcgi_param",
    "uwsgi_param",
    "scgi_param",
    "grpc_set_header",
];

/// When the words of a directive are evaluated, where that is at the end of `http` or `stream`.
pub(crate) fn merge_rank(name: Name) -> Option<usize> {
    MERGED.iter().position(|merged| *merged == name.text())
}

/// A text that is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text<'w> {
    /// Literals and variables.
    Script(&'w [u8]),
    /// The name of one variable.
    Name(&'w [u8]),
}

/// Whether any word of such a directive is evaluated.
pub(crate) fn is_evaluated(name: Name) -> bool {
    BY_NAME.get(name.index()).is_some_and(|words| !words.is_empty())
}

/// What of a word is evaluated; the first word behind the name is 1, the last is `count`.
pub(crate) fn text_of(name: Name, index: usize, count: usize, word: &[u8]) -> Option<Text<'_>> {
    let is_pattern = word.first() == Some(&b'~');
    BY_NAME.get(name.index())?.iter().find_map(|words| {
        let is_text = match *words {
            Only(at) => index == at,
            From(first) => index >= first,
            Last => index == count,
            NoPattern(at) => index == at && !is_pattern,
            NoPatterns(first) => index >= first && !is_pattern,
            LogFile => index == 1 && !word.starts_with(b"syslog:"),
            After(beginning) => return word.strip_prefix(beginning.as_bytes()).map(Text::Script),
            Whole(at) if index == at => return word.strip_prefix(b"$").map(Text::Name),
            Source if index == 1 && count == 2 => return word.strip_prefix(b"$").map(Text::Name),
            Whole(_) | Source => false,
        };
        is_text.then_some(Text::Script(word))
    })
}

/// What nginx refuses in the variables of the words that it evaluates.
pub(in super::super) fn judge(line: &Line<'_>, name: Name) -> Option<Fault> {
    if !is_evaluated(name) || merge_rank(name).is_some() {
        return None;
    }
    let count = line.count();
    line.words_from(1).filter(|(_, word)| word.contains(&b'$')).find_map(|(index, word)| {
        match text_of(name, index, count, &word)? {
            Text::Script(text) => script::judge(index, text),
            Text::Name(_) => None,
        }
    })
}
