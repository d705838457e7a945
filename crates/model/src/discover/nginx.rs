//! nginx's configuration, told by its directives.

use gatelint_catalog::nginx::Name;
use gatelint_syntax::nginx::{Ending, NodeId, Tree, parse};

use super::Class;
use crate::nginx::{ContextKind, misplaced};

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
        Sign::Evident(ContextKind::Main) => Class::Nginx(ContextKind::Main),
        Sign::Evident(context) => Class::Nginx(nearest(&tree, text, context)),
        Sign::Hint(context) => Class::NginxSnippet(nearest(&tree, text, context)),
    })
}

/// Where fewest directives are out of place: many may stand in `http`, `stream` and `mail` alike, or in a server
/// as in a location.
fn nearest(tree: &Tree, text: &[u8], likely: ContextKind) -> ContextKind {
    use ContextKind::{Http, Location, Mail, Server, Stream, StreamServer, Upstream};
    let misfits = |kind: &ContextKind| misplaced(tree, text, *kind);
    if misfits(&likely) == 0 {
        return likely;
    }
    let kinds = [likely, Http, Server, Location, Stream, StreamServer, Mail, Upstream];
    kinds.into_iter().min_by_key(misfits).unwrap_or(likely)
}

/// Whether a text holds nothing but nginx's own directives, and more than includes.
pub(super) fn is_nginx_alone(text: &[u8]) -> bool {
    let tree = parse(text);
    let name = |id| tree.words(id).first().map(|word| word.inner().of(text)).unwrap_or_default();
    tree.errors().is_empty()
        && tree.top().all(|id| is_known(name(id)))
        && tree.top().any(|id| name(id) != b"include")
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
            b"limit_req_zone"
            | b"limit_conn_zone"
            | b"log_format"
            | b"proxy_cache_path"
            | b"fastcgi_cache_path",
            _,
        ) => Sign::Evident(ContextKind::Http),
        (b"fastcgi_pass" | b"proxy_pass" | b"uwsgi_pass" | b"scgi_pass" | b"grpc_pass", 1) => {
            Sign::Evident(ContextKind::Location)
        }
        (_, 1..) => Sign::Hint(innermost(name)?),
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

/// Whether nginx or one of its modules has a directive of this name.
fn is_known(name: &[u8]) -> bool {
    Name::find(name).is_some()
}

/// The innermost context that a directive may stand in: whatever includes a text of it allows it there.
fn innermost(name: &[u8]) -> Option<ContextKind> {
    use ContextKind::{Http, Location, Mail, Main, Server, Stream, Upstream};
    let name = Name::find(name)?;
    let contexts = [Location, Server, Http, Main, Upstream, Stream, Mail];
    contexts.into_iter().find(|&context| name.in_context(context).is_some())
}
