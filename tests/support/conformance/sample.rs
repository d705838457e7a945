//! Arguments to try of each directive: by how they are read, or by name where a directive reads them itself. The
//! first is right; `@` is a directory of the test's own.

use gatelint_catalog::nginx::{Context, Directive, Kind, Opens};

/// Directives whose arguments are of the machine (a file, a name of its database): nginx refuses what it does
/// not find there.
const MACHINES: &[&str] = &[
    "geoip_city",
    "geoip_country",
    "geoip_org",
    "load_module",
    "perl",
    "perl_modules",
    "perl_require",
    "perl_set",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_client_certificate",
    "ssl_crl",
    "ssl_dhparam",
    "ssl_engine",
    "ssl_session_ticket_key",
    "ssl_stapling_file",
    "ssl_trusted_certificate",
    "user",
    "xml_entities",
    "xslt_stylesheet",
];

/// Whether only place, count and block of a directive can be judged.
pub(crate) fn is_machines(directive: &Directive) -> bool {
    let name = directive.name;
    MACHINES.contains(&name)
        || name.ends_with("_password_file")
        || ["_ssl_crl", "_ssl_trusted_certificate", "_ssl_certificate", "_ssl_certificate_key"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// What stands in the block of a directive.
pub(crate) fn body(directive: &Directive) -> &'static str {
    match (directive.name, directive.opens) {
        (_, Opens::Context(Context::Upstream | Context::StreamUpstream)) => "server 127.0.0.1:9;",
        (_, Opens::Context(Context::Server)) => "listen 127.0.0.1:18080;",
        (_, Opens::Context(Context::StreamServer)) => "listen 127.0.0.1:18081; proxy_pass 127.0.0.1:9;",
        (_, Opens::Context(Context::MailServer)) => {
            "listen 127.0.0.1:18082; protocol imap; auth_http 127.0.0.1:9;"
        }
        _ => "",
    }
}

/// The arguments to try, the right ones first.
pub(crate) fn values(directive: &Directive) -> Vec<String> {
    let name = directive.name;
    // One table for several directives that read the same.
    let alike = match name {
        "deny" => "allow",
        "add_trailer" => "add_header",
        "image_filter_webp_quality" => "image_filter_jpeg_quality",
        "xslt_string_param" => "xslt_param",
        _ => match name.split_once('_') {
            Some(("fastcgi" | "uwsgi" | "scgi" | "grpc" | "memcached", rest))
                if NAMED.iter().any(|(known, _)| known.strip_prefix("proxy_") == Some(rest))
                    && rest != "pass" =>
            {
                &format!("proxy_{rest}")
            }
            _ => name,
        },
    };
    if let Some((_, values)) = NAMED.iter().find(|(known, _)| *known == alike) {
        return values.iter().map(|&value| value.to_owned()).collect();
    }
    let mut values: Vec<String> = by_kind(directive.kind).iter().map(|&value| value.to_owned()).collect();
    match directive.kind {
        Kind::Enum | Kind::Bitmask => {
            values = directive.values.iter().map(|&value| value.to_owned()).collect();
            values.extend(directive.values.first().map(|first| first.to_uppercase()));
            if directive.kind == Kind::Bitmask {
                values.push(format!("{0} {0}", values[0]));
                values.push(format!("{} nosuch", values[0]));
            }
            values.extend(["nosuch", "\"\"", "$remote_addr"].map(str::to_owned));
        }
        Kind::Num => {
            values.extend(directive.range.into_iter().flat_map(|(low, high)| {
                [low.to_string(), high.to_string(), low.wrapping_sub(1).to_string(), (high + 1).to_string()]
            }));
        }
        _ => {}
    }
    if let Some((low, _)) = directive.range {
        values.insert(0, low.to_string());
    }
    if values.is_empty() {
        values.push(vec!["a"; directive.min.into()].join(" "));
    }
    values
}

/// Values that tell a setter of nginx's own from the others.
fn by_kind(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Flag => &["on", "off", "ON", "oFf", "yes", "1", "\"\""],
        Kind::Num => &["1", "64", "0", "-1", "1x", "\"\"", "99999999999999999999", "070"],
        Kind::Size => {
            &["8k", "4096", "1M", "1g", "-1", "1kk", "k", "\"\"", "1.5k", "0", "9999999999999999999k"]
        }
        Kind::Off => &["8k", "1G", "1m", "0", "1x", "-1", "\"\"", "9999999999g"],
        Kind::Msec => &[
            "1s",
            "500ms",
            "\"1h 30m\"",
            "1h30m",
            "1m1h",
            "1x",
            "-1",
            "\"\"",
            "0",
            "1.5s",
            "2M",
            "1y",
            "1w2d",
            "1s5",
            "1hs",
            "\"60 s\"",
            "\"1 2\"",
            "1d1d",
        ],
        Kind::Sec => &["1d", "60", "5ms", "1x", "\"\"", "\"1d 5m\"", "5m1d", "1y2M", "1M1y", "1s5"],
        Kind::Bufs => &["4 8k", "0 8k", "4 0", "x 8k", "4 x", "\"\" 8k", "8 4k"],
        Kind::Keyval => &["A b", "\"\" b", "A \"\""],
        Kind::Path => &["@/p", "@/p 1 2", "@/p 1 2 3", "@/p 0", "@/p 1 x", "@/p 9"],
        Kind::Access => &["user:rw", "user:rw group:r all:r", "user:x", "other:r", "user:", "rw", "USER:rw"],
        Kind::String => &["a", "\"\"", "$a"],
        Kind::Complex => {
            &["a$remote_addr", "a", "${remote_addr}x", "\"\"", "$", "a${remote_addr", "${}", "a$1", "a$-"]
        }
        Kind::ComplexSize => &["1k", "$remote_addr", "0", "1x", "\"\"", "${remote_addr"],
        Kind::Predicate => &["$remote_addr", "$remote_addr 1", "a ${remote_addr", "\"\"", "$"],
        Kind::MimeTypes => &["text/css", "*", "text/css text/css", "text/html", "\"\"", "text/css *"],
        Kind::FastcgiParam => {
            &["A b", "A $remote_addr", "A b if_not_empty", "A b x", "HTTP_A b", "A $", "\"\" b", "A \"\""]
        }
        Kind::BindAddress => &[
            "127.0.0.1",
            "off",
            "$remote_addr",
            "\"$remote_addr transparent\"",
            "127.0.0.1 transparent",
            "127.0.0.1 x",
            "off transparent",
            "off x",
            "bogus",
            "127.0.0.1:80",
            "127.0.0.1:x",
            "[::1]",
            "[::1]:0",
            "unix:/a",
            "$remote_addr x",
            "${remote_addr",
            "\"\"",
        ],
        Kind::CachePath => &["@/c keys_zone=z:1m", "@/c levels=1:2 keys_zone=z:1m", "@/c x=1"],
        Kind::CacheValid => &["1h", "any 1h", "200 302 1h", "1x", "200 x", "99 1h", "600 1h", "x 1h", "5ms"],
        Kind::Charset => &["utf-8", "off", "$remote_addr", "$", "\"\""],
        Kind::Aio => {
            &["off", "threads", "threads=default", "threads=$remote_addr", "x", "threads=$", "threadsx"]
        }
        Kind::Ignored => &["1", "x"],
        _ => &[],
    }
}

/// Directives with a parser of their own.
const NAMED: &[(&str, &[&str])] = &include!("named.rs");
