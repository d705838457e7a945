//! nginx's configuration, told by its directives.

use gatelint_syntax::nginx::{Ending, NodeId, Tree, parse};

use super::Class;
use crate::nginx::ContextKind;

/// What a directive at the top of a text says about the text, from strong to weak.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Evident(ContextKind),
    Hint(ContextKind),
}

/// Tells nginx's configuration from other text by the directives at its top.
pub(super) fn classify(text: &[u8]) -> Option<Class> {
    let tree = parse(text);
    let (mut named, mut all) = (0, 0);
    let mut best: Option<Sign> = None;
    for id in tree.top() {
        let Some(name) = tree.words(id).first().map(|word| word.inner().of(text)) else { continue };
        all += 1;
        named += usize::from(is_name(name));
        // The first of a kind decides, main before http before location.
        if let Some(sign) = sign(&tree, text, id, name)
            && best.is_none_or(|best| sign < best)
        {
            best = Some(sign);
        }
    }
    // Another language has few words that look like a directive.
    if named * 2 < all {
        return None;
    }
    Some(match best? {
        Sign::Evident(context) => Class::Nginx(context),
        Sign::Hint(context) => Class::NginxSnippet(context),
    })
}

fn is_name(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_lowercase)
        && word.iter().all(|&byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn sign(tree: &Tree, text: &[u8], id: NodeId, name: &[u8]) -> Option<Sign> {
    let node = tree.node(id)?;
    let arguments = tree.words(id).len().saturating_sub(1);
    if node.has_block() {
        return block_sign(tree, text, id, name, arguments);
    }
    // `name = value` belongs to another language.
    let second = tree.words(id).get(1).map(|word| word.inner().of(text));
    if node.ending() != Ending::Semicolon || second == Some(b"=") {
        return None;
    }
    Some(match (name, arguments) {
        (
            b"worker_processes" | b"worker_rlimit_nofile" | b"load_module" | b"daemon" | b"master_process",
            1,
        ) => Sign::Hint(ContextKind::Main),
        (
            b"limit_req_zone"
            | b"limit_conn_zone"
            | b"log_format"
            | b"proxy_cache_path"
            | b"fastcgi_cache_path",
            _,
        ) => Sign::Evident(ContextKind::Http),
        (b"server_name" | b"listen", 1..) => Sign::Hint(ContextKind::Server),
        (b"fastcgi_pass" | b"proxy_pass" | b"uwsgi_pass" | b"scgi_pass" | b"grpc_pass", 1) => {
            Sign::Evident(ContextKind::Location)
        }
        (_, 1..) if is_known(name) => Sign::Hint(ContextKind::Location),
        _ => return None,
    })
}

fn block_sign(tree: &Tree, text: &[u8], id: NodeId, name: &[u8], arguments: usize) -> Option<Sign> {
    let children = || {
        let finished =
            |&child: &NodeId| tree.node(child).is_some_and(|node| node.ending() != Ending::Missing);
        tree.children(id)
            .filter(finished)
            .filter_map(|child| Some(tree.words(child).first()?.inner().of(text)))
    };
    let any = |names: &[&[u8]]| children().any(|child| names.contains(&child));
    let context = match (name, arguments) {
        (b"events", 0) if children().all(is_name) => ContextKind::Main,
        (b"http" | b"stream" | b"mail", 0) if children().any(is_known) => ContextKind::Main,
        (b"server", 0) if any(HTTP_SERVER) => ContextKind::Http,
        (b"server", 0) if any(MAIL_SERVER) => ContextKind::Mail,
        (b"server", 0) if any(&[b"proxy_pass"]) => ContextKind::Stream,
        (b"server", 0) if any(&[b"listen", b"include"]) => ContextKind::Http,
        (b"upstream", 1) if any(&[b"server"]) => ContextKind::Http,
        (b"map" | b"split_clients", 2) | (b"geo", 1 | 2) if has_variable(tree, text, id) => ContextKind::Http,
        (b"location", 1 | 2) if children().any(is_known) => ContextKind::Server,
        _ => return None,
    };
    Some(Sign::Evident(context))
}

fn has_variable(tree: &Tree, text: &[u8], id: NodeId) -> bool {
    tree.words(id).iter().any(|word| word.inner().of(text).starts_with(b"$"))
}

/// What a `server` holds in http alone.
const HTTP_SERVER: &[&[u8]] = &[
    b"server_name",
    b"location",
    b"root",
    b"return",
    b"rewrite",
    b"index",
    b"try_files",
    b"error_page",
    b"charset",
    b"client_max_body_size",
    b"add_header",
    b"if",
];

/// What a `server` holds in mail alone.
const MAIL_SERVER: &[&[u8]] =
    &[b"protocol", b"smtp_auth", b"imap_auth", b"pop3_auth", b"starttls", b"auth_http"];

/// Directives that no other language is likely to have at the start of a statement.
fn is_known(name: &[u8]) -> bool {
    const PREFIXES: &[&[u8]] = &[
        b"access_",
        b"add_",
        b"auth_",
        b"client_",
        b"fastcgi_",
        b"grpc_",
        b"gzip",
        b"keepalive_",
        b"large_client_",
        b"limit_",
        b"log_",
        b"open_file_cache",
        b"proxy_",
        b"real_ip_",
        b"scgi_",
        b"send_",
        b"server_",
        b"set_real_ip_",
        b"ssl_",
        b"types_hash_",
        b"uwsgi_",
        b"variables_hash_",
        b"worker_",
    ];
    const NAMES: &[&[u8]] = &[
        b"alias",
        b"allow",
        b"default_type",
        b"deny",
        b"error_log",
        b"error_page",
        b"expires",
        b"geo",
        b"if",
        b"include",
        b"index",
        b"internal",
        b"listen",
        b"location",
        b"map",
        b"resolver",
        b"return",
        b"rewrite",
        b"root",
        b"sendfile",
        b"server",
        b"set",
        b"tcp_nopush",
        b"try_files",
        b"types",
        b"upstream",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
