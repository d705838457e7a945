//! Listens, names of servers, TLS, groups, and the servers of stream and mail: what is refused first, in the words
//! of nginx 1.22.1 and at its line. Every row is what that nginx says.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use gatelint_model::files::Memory;
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::NginxRoot;
use gatelint_model::{Options, Roots, Stack};

fn load(text: &str, version: Option<(u16, u16, u16)>) -> Stack {
    let text = text
        .replace("CERT", "ssl_certificate c.pem")
        .replace("KEY", "ssl_certificate_key k.pem")
        .replace(" | ", "\n");
    let tree = Memory::new([("/etc/nginx/nginx.conf", format!("events {{}}\n{text}\n"))]);
    let root = NginxRoot { path: "/etc/nginx/nginx.conf".into(), context: ContextKind::Main };
    let options = Options { nginx_version: version, ..Options::default() };
    Stack::load(&tree, &Roots { nginx: vec![root], fpm: vec![] }, &options)
}

/// `LINE MESSAGE`, `- MESSAGE` where nginx names no place, or `ok`.
fn first(text: &str, version: Option<(u16, u16, u16)>) -> String {
    let stack = load(text, version);
    let Some(emerg) = stack.emergs().first() else { return "ok".to_owned() };
    let line = |at: u32| stack.sources.iter().next().unwrap().1.lines().line(at);
    let place = emerg.at.map_or("-".to_owned(), |at| line(at.start).to_string());
    format!("{place} {}", emerg.message)
}

/// A line break is written ` | `; the first line follows `events {}`.
const REFUSALS: &[(&str, &str)] = &[
    // Addresses.
    ("http { server { listen 127.0.0.1:; } }", r#"2 invalid port in "127.0.0.1:" of the "listen" directive"#),
    ("http { server { listen 0; } }", r#"2 invalid port in "0" of the "listen" directive"#),
    (
        "http { server { listen 8002-8000; } }",
        r#"2 invalid port range in "8002-8000" of the "listen" directive"#,
    ),
    ("http { server { listen http://a; } }", r#"2 invalid host in "http://a" of the "listen" directive"#),
    (
        "http { server { listen [::g]:80; } }",
        r#"2 invalid IPv6 address in "[::g]:80" of the "listen" directive"#,
    ),
    (
        "http { server { listen unix:; } }",
        r#"2 no path in the unix domain socket in "unix:" of the "listen" directive"#,
    ),
    ("http { server { listen 8000-8001; listen 127.0.0.1:8002; } }", "ok"),
    // Parameters.
    ("http { server { listen 8095 backlog=0; } }", r#"2 invalid backlog "backlog=0""#),
    ("http { server { listen 8095 so_keepalive=1:2:x; } }", r#"2 invalid so_keepalive value: "1:2:x""#),
    ("http { server { listen 8095 so_keepalive=30m::10; } }", "ok"),
    ("http { server { listen 8095 ipv6only=onn; } }", r#"2 invalid ipv6only flags "onn""#),
    ("http { server { listen 8095 udp; } }", r#"2 invalid parameter "udp""#),
    ("http { server { listen 8095 quic; } }", r#"2 invalid parameter "quic""#),
    ("stream { server { listen 8095 http2; return x; } }", r#"2 the invalid "http2" parameter"#),
    (
        "stream { server { listen 8095 udp so_keepalive=off; return x; } }",
        r#"2 "listen" directive "so_keepalive" parameter is incompatible with "udp""#,
    ),
    (
        "mail { auth_http 127.0.0.1; server { protocol imap; listen 8095 reuseport; } }",
        r#"2 the invalid "reuseport" parameter"#,
    ),
    // Shared addresses.
    ("http { server { listen 8081; | listen 0.0.0.0:8081; } }", "3 a duplicate listen 0.0.0.0:8081"),
    ("http { server { listen 8081-8083; | listen 8082; } }", "3 a duplicate listen 0.0.0.0:8082"),
    ("http { server { listen [::]:8081; listen [0:0::0]:8081; } }", "2 a duplicate listen [::]:8081"),
    ("http { server { listen 8081; listen 127.0.0.1:8081; listen [::]:8081; } }", "ok"),
    (
        "http { server { listen 8081 default_server; } | server { listen 8081 default; } }",
        "3 a duplicate default server for 0.0.0.0:8081",
    ),
    (
        "http { server { listen 8081 backlog=5; } | server { listen 8081 reuseport; } }",
        "3 duplicate listen options for 0.0.0.0:8081",
    ),
    (
        "http { server { listen 8081 backlog=5; } | server { listen 8081 ssl; CERT; KEY; } }",
        r#"2 no "ssl_certificate" is defined for the "listen ... ssl" directive"#,
    ),
    (
        "stream { server { listen 8081; return x; } | server { listen 8081; return x; } }",
        r#"3 duplicate "0.0.0.0:8081" address and port pair"#,
    ),
    ("stream { server { listen 8081; listen 8081 udp; return x; } }", "ok"),
    (
        "mail { auth_http 127.0.0.1; server { listen 110; } | server { listen *:110; } }",
        r#"3 duplicate "0.0.0.0:110" address and port pair"#,
    ),
    // Names.
    ("http { server { server_name *a; } }", r#"2 server name "*a" is invalid"#),
    ("http { server { server_name a*b; } }", "ok"),
    (
        "http { server { server_name a; } | server { server_name A*b; } }",
        r#"- invalid server name or wildcard "a*b" on 0.0.0.0:80"#,
    ),
    (
        "http { server { server_name a; } | server { server_name xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; } }",
        "- could not build server_names_hash, you should increase server_names_hash_bucket_size: 64",
    ),
    (
        "http { server { server_name a; } | server { server_name xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; } }",
        "ok",
    ),
    (
        "http { server { server_name a; } | server { server_name *.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; } }",
        "- could not build server_names_hash, you should increase server_names_hash_bucket_size: 64",
    ),
    // TLS.
    (
        "http { server { | listen 8443 ssl; } }",
        r#"2 no "ssl_certificate" is defined for the "listen ... ssl" directive"#,
    ),
    (
        "http { server { server_name a; listen 8443; } | server { listen 8443 ssl; CERT; KEY; } }",
        r#"2 no "ssl_certificate" is defined for the "listen ... ssl" directive"#,
    ),
    ("http { server { listen 8443 ssl; CERT; KEY; } | server { listen 8443 ssl; server_name b; } }", "ok"),
    (
        "http { server { listen 8443 ssl; ssl_reject_handshake on; } | server { listen 8443 ssl; server_name b; } }",
        r#"3 no "ssl_certificate" is defined for the "listen ... ssl" directive"#,
    ),
    ("http { CERT; KEY; server { listen 8443 ssl; } }", "ok"),
    ("http { server { CERT; } }", r#"- no "ssl_certificate_key" is defined for certificate "c.pem""#),
    (
        "http { server { | ssl on; CERT; } }",
        r#"3 no "ssl_certificate_key" is defined for the "ssl" directive"#,
    ),
    (
        "http { server { listen 8443 ssl; CERT; KEY; ssl_verify_client on; } }",
        "- no ssl_client_certificate for ssl_verify_client",
    ),
    (
        "http { server { listen 8443 ssl; CERT; KEY; ssl_verify_client optional_no_ca; ssl_ocsp on; } }",
        r#"- "ssl_ocsp" is incompatible with "ssl_verify_client optional_no_ca""#,
    ),
    ("http { ssl_session_cache shared:a:31k; }", r#"2 session cache "shared:a:31k" is too small"#),
    ("http { ssl_session_cache shared:a; }", r#"2 invalid session cache "shared:a""#),
    (
        "stream { server { | listen 8443 ssl; return x; } }",
        r#"3 no "ssl_certificate" is defined for the "listen ... ssl" directive"#,
    ),
    (
        "mail { auth_http 127.0.0.1; server { listen 110; | starttls only; } }",
        r#"3 no "ssl_certificate" is defined for the "starttls" directive"#,
    ),
    (
        "mail { auth_http 127.0.0.1; server { listen 110; ssl on; | starttls on; } }",
        r#"3 "ssl" directive conflicts with "starttls""#,
    ),
    (
        "http { server { location / { proxy_pass https://127.0.0.1:5; proxy_ssl_verify on; } } }",
        "- no proxy_ssl_trusted_certificate for proxy_ssl_verify",
    ),
    (
        "stream { server { listen 8081; proxy_pass 127.0.0.1:5; proxy_ssl on; proxy_ssl_certificate c.pem; } }",
        r#"- no "proxy_ssl_certificate_key" is defined for certificate "c.pem""#,
    ),
    // Groups.
    ("http { upstream u { | } }", "3 no servers are inside upstream"),
    (
        "http { upstream u { server 127.0.0.1; } | upstream U { server 127.0.0.2; } }",
        r#"3 duplicate upstream "U""#,
    ),
    ("http { upstream u { zone z 64k; | server 127.0.0.1 backup; } }", r#"2 no servers in upstream "u""#),
    (
        "http { upstream u { ip_hash; server 127.0.0.1; server 127.0.0.2 backup; } }",
        r#"2 balancing method does not support parameter "backup""#,
    ),
    ("http { upstream u { server 127.0.0.1; server 127.0.0.2 backup; ip_hash; } }", "ok"),
    ("http { upstream u { server 127.0.0.1 weight=0; } }", r#"2 invalid parameter "weight=0""#),
    ("http { upstream u { server 127.0.0.1 resolve; } }", r#"2 invalid parameter "resolve""#),
    ("http { upstream u { server 127.0.0.1; random two least; } }", r#"2 invalid parameter "least""#),
    ("http { upstream u { server 127.0.0.1; zone z 1k; } }", r#"2 zone "z" is too small"#),
    ("stream { upstream u { server 127.0.0.1; } }", r#"2 no port in upstream "127.0.0.1""#),
    // Servers of stream and mail.
    ("stream { server { return x; } }", r#"2 no "listen" is defined for server"#),
    ("stream { server { | listen 8081; } }", "2 no handler for server"),
    (
        "stream { server { listen 8081; proxy_pass http://127.0.0.1:80; } }",
        r#"2 invalid host in upstream "http://127.0.0.1:80""#,
    ),
    ("stream { server { listen 8081; proxy_pass nope; } }", r#"2 no port in upstream "nope""#),
    (
        "stream { server { listen 8081; proxy_pass u:80; } | upstream u { server 127.0.0.1:5; } }",
        r#"2 upstream "u" may not have port 80"#,
    ),
    ("mail { server { protocol imap; listen 8081; } }", r#"2 no "auth_http" is defined for server"#),
    ("mail { auth_http 127.0.0.1; server { listen 8081; } }", "2 unknown mail protocol for server"),
    (
        "mail { auth_http http://127.0.0.1:99999/; server { listen 110; } }",
        r#"2 invalid port in auth_http "127.0.0.1:99999/""#,
    ),
    ("mail { auth_http 127.0.0.1; server { listen 110; protocol ftp; } }", r#"2 unknown protocol "ftp""#),
    // Other addresses.
    ("http { allow 10.0.0.0/33; }", r#"2 invalid parameter "10.0.0.0/33""#),
    ("http { allow unix:; deny 2001:db8::/32; deny all; }", "ok"),
    ("http { set_real_ip_from 10.0.0.0/33; }", r#"2 host not found in set_real_ip_from "10.0.0.0/33""#),
    ("http { resolver 127.0.0.1:0; }", r#"2 invalid port in resolver "127.0.0.1:0""#),
    ("http { resolver 127.0.0.1 valid=x; }", "2 invalid parameter: valid=x"),
    ("http { resolver valid=30s; }", "2 no name servers defined"),
    ("http { proxy_bind [::1]; }", r#"2 invalid address "[::1]""#),
    ("http { proxy_bind 127.0.0.1:8080 transparent; }", "ok"),
];

#[test]
fn as_nginx_says() {
    for (text, expected) in REFUSALS {
        assert_eq!(first(text, Some((1, 22, 1))), *expected, "{text}");
    }
}

#[test]
fn what_some_release_takes_is_taken_where_none_is_named() {
    for text in [
        "http { server { listen 443 quic reuseport; listen 443 ssl; CERT; KEY; } }",
        "http { server { listen 443 ssl multipath; CERT; KEY; ssl_verify_client on; ssl_trusted_certificate t; } }",
        "http { resolver 127.0.0.1 ipv4=off status_zone=dns; upstream u { zone z 64k; server a.example resolve; } }",
        "http { upstream u { zone z 64k; state /var/lib/nginx/u; } }",
        "http { upstream u { random two least_time=header; server 127.0.0.1 slow_start=30s route=a drain; } }",
        "stream { server { listen 53 default_server; return a; } server { listen 53; server_name b; return b; } }",
        "stream { server { listen 53; } }",
        "http { server { listen $port ${options}; } }",
        "http { server { listen 443 ssl; } server { listen 443; include default.conf; } }",
        "http { server { listen 443 ssl; include certificates/*.conf; include missing.conf; } }",
    ] {
        assert_eq!(first(text, None), "ok", "{text}");
    }
}
