//! Whole configurations around a few lines: what each context needs so that nginx complains of the lines only.

use gatelint_catalog::nginx::Context;

/// The contexts of nginx's own modules.
pub(crate) const CONTEXTS: &[Context] = &[
    Context::Main,
    Context::Events,
    Context::Http,
    Context::Server,
    Context::Location,
    Context::Upstream,
    Context::IfInServer,
    Context::IfInLocation,
    Context::LimitExcept,
    Context::Stream,
    Context::StreamServer,
    Context::StreamUpstream,
    Context::Mail,
    Context::MailServer,
];

/// What stands around the lines, outermost first.
struct Frame {
    /// The blocks around; what several frames of a kind share.
    outer: &'static [&'static str],
    /// The blocks that belong to these lines alone.
    inner: &'static [&'static str],
}

/// Lines that keep nginx from what needs rights or is taken; each is left out where its directive is judged.
const MAIN: &[&str] = &["pid @/nginx.pid", "error_log stderr"];
const HTTP: &[&str] = &[
    "access_log off",
    "client_body_temp_path @/body",
    "proxy_temp_path @/proxy",
    "fastcgi_temp_path @/fastcgi",
    "uwsgi_temp_path @/uwsgi",
    "scgi_temp_path @/scgi",
    "limit_req_zone $remote_addr zone=z:1m rate=1r/s",
    "limit_req_zone $remote_addr zone=y:1m rate=1r/s",
    "limit_conn_zone $remote_addr zone=x:1m",
    "limit_conn_zone $remote_addr zone=w:1m",
];
const STREAM: &[&str] = &["limit_conn_zone $remote_addr zone=x:1m", "limit_conn_zone $remote_addr zone=w:1m"];
const SERVER: &[&str] = &["listen 127.0.0.1:18080"];
const STREAM_SERVER: &[&str] = &["listen 127.0.0.1:18081", "proxy_pass 127.0.0.1:9"];
const MAIL: &[&str] = &["auth_http 127.0.0.1:9/"];
const MAIL_SERVER: &[&str] = &["listen 127.0.0.1:18082", "protocol imap"];
const UPSTREAM: &[&str] = &["server 127.0.0.1:9"];

fn frame(context: Context) -> Frame {
    let (outer, inner): (&[&str], &[&str]) = match context {
        Context::Main => (&[], &[]),
        Context::Events => (&["events"], &[]),
        Context::Http => (&["http"], &[]),
        Context::Server => (&["http"], &["server"]),
        Context::Location => (&["http"], &["server", "location /"]),
        Context::Upstream => (&["http"], &["upstream u#"]),
        Context::IfInServer => (&["http"], &["server", "if ($request_method = GET)"]),
        Context::IfInLocation => (&["http"], &["server", "location /", "if ($request_method = GET)"]),
        Context::LimitExcept => (&["http"], &["server", "location /", "limit_except GET"]),
        Context::Stream => (&["stream"], &[]),
        Context::StreamServer => (&["stream"], &["server"]),
        Context::StreamUpstream => (&["stream"], &["upstream u#"]),
        Context::Mail => (&["mail"], &[]),
        Context::MailServer => (&["mail"], &["server"]),
        other => panic!("no frame for {other:?}"),
    };
    Frame { outer, inner }
}

/// What a block begins with, without the lines of the directive `name`.
fn lead(block: &str, outer: &str, name: &str) -> String {
    let lines = match (block, outer) {
        ("http", _) => HTTP,
        ("stream", _) => STREAM,
        ("mail", _) => MAIL,
        ("server", "http") => SERVER,
        ("server", "stream") => STREAM_SERVER,
        ("server", "mail") => MAIL_SERVER,
        ("upstream u#", _) => UPSTREAM,
        _ => &[],
    };
    without(lines, name)
}

fn without(lines: &[&str], name: &str) -> String {
    let kept = lines.iter().filter(|line| line.split(' ').next() != Some(name));
    kept.map(|line| format!(" {line};")).collect()
}

/// One configuration for lines that all concern `name` and stand in `context`, each in a block of its own where
/// the context has one; `modules` are loaded first, `dir` takes the place of `@`.
pub(crate) fn configuration(
    dir: &str,
    modules: &[String],
    context: Context,
    lines: &[(&str, &str)],
) -> String {
    let Frame { outer, inner } = frame(context);
    // What several directives share lacks nothing: only lines that leave it alone are judged together.
    let name = match lines {
        [(name, _)] => *name,
        _ => "",
    };
    let mut text: String = modules.iter().map(|module| format!("load_module {module}; ")).collect();
    text += &without(MAIN, name);
    if context != Context::Events && !(context == Context::Main && name == "events") {
        text += " events {}";
    }
    text += "\n";
    for block in outer {
        text += &format!("{block} {{{}\n", lead(block, "", name));
    }
    for (number, (name, line)) in lines.iter().enumerate() {
        for block in inner {
            let lead = lead(block, outer.first().copied().unwrap_or_default(), name);
            text += &format!("{} {{{lead}\n", block.replace('#', &number.to_string()));
        }
        text += &format!("{line}\n{}\n", "} ".repeat(inner.len()));
    }
    text += &"}\n".repeat(outer.len());
    text.replace('@', dir)
}

/// Whether lines of `name` in this context can be judged beside others.
pub(crate) fn is_separate(context: Context, name: &str) -> bool {
    let takes_from = |lines: &[&str]| lines.iter().any(|line| line.split(' ').next() == Some(name));
    !frame(context).inner.is_empty()
        && !["listen", "server_name"].contains(&name)
        && ![MAIN, HTTP, STREAM, MAIL].into_iter().any(takes_from)
}
