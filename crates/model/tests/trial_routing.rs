//! What `nginx -t` says of locations, patterns, conditions, redirects, roots and passes: every row is what nginx
//! 1.22.1 (with PCRE2 10.42) prints first, or `None` where it takes the text.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use gatelint_model::files::Memory;
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::NginxRoot;
use gatelint_model::{Options, Roots, Stack};

/// The line of what nginx prints first, 0 where it names none, and the message.
fn first_refusal(text: &str, nginx_version: Option<(u16, u16, u16)>) -> Option<(usize, String)> {
    let root = NginxRoot { path: "/etc/nginx/nginx.conf".into(), context: ContextKind::Main };
    let roots = Roots { nginx: vec![root], fpm: vec![] };
    let tree = Memory::new([("/etc/nginx/nginx.conf".to_owned(), text)]);
    let stack = Stack::load(&tree, &roots, &Options { nginx_version, ..Options::default() });
    let emerg = stack.emergs().iter().min_by_key(|emerg| emerg.met)?;
    let line = |at: usize| text.get(..at).unwrap().matches('\n').count() + 1;
    Some((emerg.at.map_or(0, |at| line(at.start as usize)), emerg.message.clone()))
}

type Row = (&'static str, Option<(usize, &'static str)>);

/// Checks rows within `before` and `after`; lines count from the first of the row.
fn check(before: &str, after: &str, rows: &[Row]) {
    for (row, expected) in rows {
        let told = first_refusal(&format!("events {{}} {before} {row}\n{after}"), Some((1, 22, 1)));
        let told = told.as_ref().map(|(line, message)| (*line, message.as_str()));
        assert_eq!(told, *expected, "{row}");
    }
}

#[test]
fn in_a_server() {
    let rows: &[Row] = &[
        ("location ~~ /a {}", Some((1, "invalid location modifier \"~~\""))),
        ("location /a /b {}", Some((1, "invalid location modifier \"/a\""))),
        ("location =/a {} location ^~/b {} location ~*c$ {} location @d {} location '' {}", None),
        (
            "location = /a {\nlocation /a/b {} }",
            Some((2, "location \"/a/b\" cannot be inside the exact location \"/a\"")),
        ),
        (
            "location @n { location /a {} }",
            Some((1, "location \"/a\" cannot be inside the named location \"@n\"")),
        ),
        (
            "location /a { location @n {} }",
            Some((1, "named location \"@n\" can be on the server level only")),
        ),
        ("location /a {\nlocation /b\n{} }", Some((3, "location \"/b\" is outside location \"/a\""))),
        ("location ~ ^/a { location /a {} }", Some((1, "location \"/a\" is outside location \"^/a\""))),
        ("location ~ /a { location /a/b {} } location /c { location ~ d {} location ^~/cd {} }", None),
        // The list is sorted, inner levels come first, and only prefixes and exact ones are compared.
        (
            "location /b {}\nlocation /a {}\nlocation /b {}\nlocation /a {}",
            Some((4, "duplicate location \"/a\"")),
        ),
        (
            "location / {}\nlocation / {}\nlocation /z {\nlocation /z/a {}\nlocation /z/a {} }",
            Some((5, "duplicate location \"/z/a\"")),
        ),
        (
            "location /a- {}\nlocation /a/ {}\nlocation /a- {}\nlocation /a/ {}",
            Some((4, "duplicate location \"/a/\"")),
        ),
        ("location = /a {}\nlocation /a {}\nlocation =/a {}", Some((3, "duplicate location \"/a\""))),
        ("location /a {}\nlocation ^~ /a {}", Some((2, "duplicate location \"/a\""))),
        ("location ~ /a { location /a {} location /a {} } location @n {} location @n {}", None),
        ("server_name a .b *.c d.* ~^e$;", None),
        ("server_name a *;", Some((1, "server name \"*\" is invalid"))),
        ("server_name ~;", Some((1, "empty regex in server name \"~\""))),
        ("server_name ~(;", Some((1, "pcre2_compile() failed: missing closing parenthesis in \"(\""))),
    ];
    check("http { server {", "} }", rows);
}

#[test]
fn in_a_location() {
    let rows: &[Row] = &[
        // Conditions.
        ("if ($host) {} if ( $host = a ) {} if ($host !~* b) {} if (!-e $uri) {}", None),
        ("if $host {}", Some((1, "invalid condition \"$host\""))),
        ("if ($host {}", Some((1, "invalid condition \"$host\""))),
        ("if () {}", Some((1, "invalid condition \")\""))),
        ("if ( {}", Some((1, "invalid condition \"(\""))),
        ("if ( $ ) {}", Some((1, "invalid condition \"$\""))),
        ("if (!$host) {}", Some((1, "invalid condition \"!$host\""))),
        ("if ($host == a) {}", Some((1, "unexpected \"==\" in condition"))),
        ("if ($host = a b) {}", Some((1, "invalid condition \"$host\""))),
        ("if ($host ~ ) {}", Some((1, "invalid condition \"$host\""))),
        ("if (-f) {}", Some((1, "invalid condition \"-f\""))),
        ("if (-z $host) {}", Some((1, "invalid condition \"-z\""))),
        ("if ($host ~* 'a(') {}", Some((1, "pcre2_compile() failed: missing closing parenthesis in \"a(\""))),
        ("if ($host = '${a') {}", Some((1, "the closing bracket in \"a\" variable is missing"))),
        // Rewriting.
        ("rewrite a '' zz;", Some((1, "empty replacement"))),
        ("rewrite a** b zz;", Some((1, REPEATED))),
        ("rewrite a b LAST;", Some((1, "invalid parameter \"LAST\""))),
        ("return 999; return http://x; return $scheme://x; return 0 x;", None),
        ("return 1000;", Some((1, "invalid return code \"1000\""))),
        ("return /x;", Some((1, "invalid return code \"/x\""))),
        ("return http://x y;", Some((1, "invalid return code \"http://x\""))),
        ("set a b;", Some((1, "invalid variable name \"a\""))),
        ("set $ b;", Some((1, "invalid variable name \"$\""))),
        // Files.
        ("error_page 404 =200 /x; error_page 300 599 = @x;", None),
        ("error_page =404 /x;", Some((1, "invalid value \"=404\""))),
        ("error_page 404 =x /x;", Some((1, "invalid value \"=x\""))),
        ("error_page 499 /x;", Some((1, "invalid value \"499\""))),
        ("error_page 40 /x;", Some((1, "value \"40\" must be between 300 and 599"))),
        ("try_files $uri =1000;", Some((1, "invalid code \"=1000\""))),
        ("try_files $uri =$host;", Some((1, "invalid code \"=$hos\""))),
        ("try_files =x /y;", None),
        (
            "root a; alias b;",
            Some((1, "\"alias\" directive is duplicate, \"root\" directive was specified earlier")),
        ),
        (
            "alias ${realpath_root};",
            Some((1, "the $realpath_root variable cannot be used in the \"alias\" directive")),
        ),
        ("index a '';", Some((1, "index \"a\" in \"index\" directive is invalid"))),
        ("open_file_cache max=0;", Some((1, "invalid \"open_file_cache\" parameter \"max=0\""))),
        ("open_file_cache inactive=1m;", Some((1, "\"open_file_cache\" must have the \"max\" parameter"))),
        ("disable_symlinks off from=/x;", Some((1, "\"from=\" cannot be used with \"off\" parameter"))),
        ("disable_symlinks on off;", Some((1, "duplicate parameters \"on off\""))),
        ("limit_except get MKCOL {}", None),
        ("limit_except GETT {}", Some((1, "invalid method \"GETT\""))),
        ("limit_except GET {}\nlimit_except PUT {}", Some((2, "\"limit_except\" directive is duplicate"))),
        // Lists, and what stands alone in them.
        (
            "proxy_redirect a b; proxy_redirect c d; mirror /a; mirror /b; proxy_cookie_flags a secure; proxy_cookie_flags b secure;",
            None,
        ),
        ("proxy_redirect a b;\nproxy_redirect off;", Some((2, "\"proxy_redirect\" directive is duplicate"))),
        ("mirror off;\nmirror /a;", Some((2, "\"mirror\" directive is duplicate"))),
        ("proxy_cookie_path on;", Some((1, "invalid parameter \"on\""))),
        (
            "proxy_cookie_domain ~*a b;",
            Some((
                1,
                "pcre2_compile() failed: quantifier does not follow a repeatable item in \"*a\" at \"*a\"",
            )),
        ),
        ("proxy_pass http://127.0.0.1; proxy_redirect default;", None),
        (
            "proxy_redirect default; proxy_pass http://127.0.0.1;",
            Some((1, "\"proxy_redirect default\" should be placed after the \"proxy_pass\" directive")),
        ),
        (
            "proxy_pass http://$host; proxy_redirect default;",
            Some((
                1,
                "\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with variables",
            )),
        ),
        ("proxy_cache off; proxy_store on;", None),
        (
            "proxy_store on; proxy_cache z;",
            Some((1, "\"proxy_cache\" directive is incompatible with \"proxy_store\"")),
        ),
        // Referers.
        ("valid_referers none blocked server_names; valid_referers *.a.com a.com a.* ~a;", None),
        (
            "valid_referers none ~a;",
            Some((
                0,
                "the \"none\" or \"blocked\" referers are specified in the \"valid_referers\" directive without any valid referer",
            )),
        ),
        ("valid_referers A.com/x a.com/y;", Some((1, "conflicting parameter \"a.com\""))),
        ("valid_referers *.a.com .a.com;", Some((1, "conflicting parameter \".a.com\""))),
        ("valid_referers www.*.com;", Some((1, "invalid hostname or wildcard \"www.*.com\""))),
        ("valid_referers ~;", Some((1, "empty regex in \"~\""))),
        // Passes that the model does not follow.
        ("memcached_pass 127.0.0.1:99999;", Some((1, "invalid port in upstream \"127.0.0.1:99999\""))),
        ("memcached_pass nothing;", Some((1, "no port in upstream \"nothing\""))),
    ];
    check("http { server { location /x {", "} } }", rows);
    let named: &[Row] =
        &[("alias /x;", Some((1, "the \"alias\" directive cannot be used inside the named location")))];
    check("http { server { location @x {", "} } }", named);
}

const REPEATED: &str =
    "pcre2_compile() failed: quantifier does not follow a repeatable item in \"a**\" at \"*\"";

#[test]
fn patterns() {
    let rows: &[Row] = &[
        ("~a 1; ~*b 2; '~^(?<x>a)' $x; '\\~(' 3; ~é 4;", None),
        ("~a**\n1;", Some((2, REPEATED))),
        (
            "~[z-a] 1;",
            Some((1, "pcre2_compile() failed: range out of order in character class in \"[z-a]\" at \"a]\"")),
        ),
        (
            "~(?<a>x)(?<a>y) 1;",
            Some((
                1,
                "pcre2_compile() failed: two named subpatterns have the same name (PCRE2_DUPNAMES not set) in \"(?<a>x)(?<a>y)\" at \"y)\"",
            )),
        ),
        (
            "~(?<=a*)b 1;",
            Some((
                1,
                "pcre2_compile() failed: lookbehind assertion is not fixed length in \"(?<=a*)b\" at \"(?<=a*)b\"",
            )),
        ),
        (
            "~[\\w-.] 1;",
            Some((1, "pcre2_compile() failed: invalid range in character class in \"[\\w-.]\" at \"-.]\"")),
        ),
        (
            "~[[:foo:]] 1;",
            Some((1, "pcre2_compile() failed: unknown POSIX class name in \"[[:foo:]]\" at \"foo:]]\"")),
        ),
        (
            "~\\yes 1;",
            Some((1, "pcre2_compile() failed: unrecognized character follows \\ in \"\\yes\" at \"yes\"")),
        ),
    ];
    check("http { map $host $m {", "} }", rows);
    // PCRE took this, and the version is not known.
    for pattern in ["\\yes", "[\\w-.]"] {
        let text = format!("events {{}} http {{ server {{ location ~ {pattern} {{}} }} }}");
        assert_eq!(first_refusal(&text, None), None, "{pattern}");
    }
    let captures: &[Row] = &[
        ("fastcgi_split_path_info (a)(?<x>b);", None),
        ("fastcgi_split_path_info (a);", Some((1, "pattern \"(a)\" must have 2 captures"))),
    ];
    check("http {", "}", captures);
}

#[test]
fn beyond_one_server() {
    let rows: &[Row] = &[
        (
            "http { limit_req_zone $uri zone=a:1m rate=1r/s; limit_req_zone $uri zone=b:1m rate=1r/s;\nlimit_req zone=a; limit_req zone=b; limit_req zone=a burst=2; }",
            Some((2, "\"limit_req\" directive is duplicate")),
        ),
        (
            "stream { upstream u { server 127.0.0.1:1; }\nserver { listen 1; proxy_pass u:1; } }",
            Some((2, "upstream \"u\" may not have port 1")),
        ),
        (
            "stream { server { listen 1; proxy_pass http://127.0.0.1; } }",
            Some((1, "invalid host in upstream \"http://127.0.0.1\"")),
        ),
        ("stream { server { listen 1; proxy_pass u; } upstream u { server 127.0.0.1:1; } }", None),
        ("http { proxy_read_timeout 1w; } ", None),
        ("http { proxy_read_timeout 1M; } ", Some((1, "\"proxy_read_timeout\" directive invalid value"))),
    ];
    check("", "", rows);
}
