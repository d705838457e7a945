//! What the model answers about nginx, asked of trees in memory.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use gatelint_model::files::Memory;
use gatelint_model::nginx::{ContextKind, IncludeProblemKind, Scope};
use gatelint_model::stack::NginxRoot;
use gatelint_model::{Options, Roots, Stack, Value};

fn load(files: &[(&str, &str)]) -> Stack {
    let context = ContextKind::Main;
    let roots =
        Roots { nginx: vec![NginxRoot { path: "/etc/nginx/nginx.conf".into(), context }], fpm: vec![] };
    let tree = Memory::new(files.iter().map(|(path, text)| (format!("/etc/nginx/{path}"), *text)));
    Stack::load(&tree, &roots, &Options::default())
}

/// One server with these lines.
fn server(lines: &str) -> Stack {
    load(&[("nginx.conf", &format!("http {{ server {{ {lines} }} }}"))])
}

fn first_server(stack: &Stack) -> Scope<'_> {
    stack.servers().next().unwrap()
}

/// The location's words, or `-`.
fn words(scope: Scope<'_>) -> String {
    let args =
        scope.opener().map(|opener| opener.args().map(|arg| arg.text().into_owned()).collect::<Vec<_>>());
    args.map_or("-".into(), |args| args.join(" "))
}

#[test]
fn includes_are_textual_and_sorted() {
    let stack = load(&[
        ("nginx.conf", "http { include conf.d/*.conf; include sub/a; }"),
        ("conf.d/b.conf", "server { listen 2; include part; }"),
        ("conf.d/a.conf", "server { listen 1; }"),
        ("conf.d/.hidden.conf", "server { listen 9; }"),
        ("part", "root /p;"),
        ("sub/a", "include sub/../part;"),
    ]);
    let listens: Vec<_> =
        stack.directives("listen").map(|listen| listen.arg(0).unwrap().text().into_owned()).collect();
    assert_eq!(listens, ["1", "2"]);
    let roots: Vec<_> = stack.directives("root").map(|root| root.scope().kind()).collect();
    assert_eq!(
        roots,
        [ContextKind::Server, ContextKind::Http],
        "relative to the main configuration's directory"
    );
}

#[test]
fn includes_that_fail_are_said() {
    let stack = load(&[
        ("nginx.conf", "include a; include none/*.conf; include gone; include /x/gone;"),
        ("a", "include b;"),
        ("b", "include a;"),
    ]);
    let kind = |kind: &IncludeProblemKind| match kind {
        IncludeProblemKind::Missing { path, evident } => format!("missing {} {evident}", path.display()),
        IncludeProblemKind::Cycle { files } => format!("cycle of {}", files.len()),
        other => format!("{other:?}"),
    };
    let kinds: Vec<_> = stack.nginx.include_problems.iter().map(|problem| kind(&problem.kind)).collect();
    assert_eq!(kinds, ["cycle of 2", "missing /etc/nginx/gone true", "missing /x/gone false"]);
}

#[test]
fn a_block_with_an_unread_include_is_not_whole() {
    let check = |line: &str| {
        let stack = load(&[("nginx.conf", &format!("http {{ {line} server {{ }} }}")), ("a", "")]);
        let server = first_server(&stack);
        assert!(server.is_whole() && server.is_in_main());
        server.parent().unwrap().is_whole()
    };
    for line in ["include a;", "include conf.d/*.conf;", "include /etc/nginx/conf.d/*;"] {
        assert!(check(line), "{line}");
    }
    for line in ["include b;", "include /srv/*.conf;", "include /srv/x;", "include ${DIR}/x;"] {
        assert!(!check(line), "{line}");
    }
}

#[test]
fn a_snippet_included_twice_is_one_text_in_two_places() {
    let stack =
        load(&[("nginx.conf", "http { server { include p; } server { include p; } }"), ("p", "root /a;")]);
    let spans: Vec<_> = stack.directives("root").map(|root| root.span()).collect();
    assert_eq!((spans.len(), spans[0] == spans[1]), (2, true));
}

#[test]
fn inheritance() {
    let stack = load(&[(
        "nginx.conf",
        "http { fastcgi_param A 1; fastcgi_param B 1; client_max_body_size 5m; try_files a b;
           server { fastcgi_param C 1; root /r;
             location / { client_max_body_size 2k; location /in { } if ($a) { } } } }",
    )]);
    let location = first_server(&stack).blocks().next().unwrap();
    let params = location.effective("fastcgi_param").unwrap();
    assert_eq!(params.directives.len(), 1, "an array is replaced whole");
    assert_eq!(
        params.chain().map(Scope::kind).collect::<Vec<_>>(),
        [ContextKind::Location, ContextKind::Server]
    );
    let size = |scope: Scope<'_>| scope.size("client_max_body_size", 1).unwrap().value;
    assert_eq!([size(first_server(&stack)), size(location)], [5 << 20, 2 << 10]);
    assert!(location.effective("try_files").is_none());
    assert_eq!(location.effective("root").unwrap().scope.kind(), ContextKind::Server);
    let stack = server("location / { fastcgi_pass a:1; location /in { } if ($a) { } limit_except GET { } }");
    let location = first_server(&stack).blocks().next().unwrap();
    let inner: Vec<_> = location.blocks().map(|block| block.effective("fastcgi_pass").is_some()).collect();
    assert_eq!(inner, [false, true, true]);
}

#[test]
fn the_location_that_nginx_chooses() {
    let stack = server(
        r"location / { } location = /exact { } location ^~ /static/ { } location ~ \.php$ { }
          location /app/ { location ~ \.php$ { } location /app/deep/ { } }
          location ~* \.(JPG|png)$ { } location /img/ { } location @name { } location ~^/v\d { }",
    );
    let check = |uri: &str, expected: &str| {
        let found = match first_server(&stack).location_for(uri.as_bytes()) {
            Value::Known(scope) => scope.map_or("-".into(), words),
            _ => "?".into(),
        };
        assert_eq!(found, expected, "{uri}");
    };
    check("/x", "/");
    check("/exact", "= /exact");
    check("/static/a.php", "^~ /static/");
    check("/a.php", r"~ \.php$");
    check("/app/a.php", r"~ \.php$");
    check("/app/deep/x", "/app/deep/");
    check("/img/a.jpg", r"~* \.(JPG|png)$");
    check("/img/a.gif", "/img/");
    check("/v1/a.gif", r"~^/v\d");
    let nested = first_server(&stack).location_for(b"/app/a.php");
    let parent = nested.known().copied().flatten().unwrap().parent().unwrap();
    assert_eq!(words(parent), "/app/", "nested regular expressions are asked first");
    let stack = server("location ~ ( { }");
    assert_eq!(first_server(&stack).location_for(b"/a"), Value::Unknown, "a pattern that PCRE refuses");
    let stack = server("location ~ (a+)+$ { }");
    let uri = format!("/{}!", "a".repeat(10_000));
    assert_eq!(first_server(&stack).location_for(uri.as_bytes()), Value::Unknown, "a pattern without end");
}

#[test]
fn variables_fold() {
    let check = |before: &str, lines: &str, text: &str, expected: &[&str]| {
        let stack =
            load(&[("nginx.conf", &format!("http {{ {before} server {{ {lines} location / {{ }} }} }}"))]);
        let scope = first_server(&stack).blocks().last().unwrap();
        let value = scope.fold(text.as_bytes());
        let all = value.candidates().unwrap_or_default();
        let all: Vec<_> = all.iter().map(|one| String::from_utf8_lossy(&one.value)).collect();
        assert_eq!(all, expected, "{before} {lines} {text}");
    };
    check("", "set $a x;", "$a:${a}b", &["x:xb"]);
    check("", "set $a x; set $a y;", "$a", &["y"]);
    check("", "set $a x; if ($b) { set $a y; }", "$a", &["x", "y"]);
    check("", "if ($b) { set $a y; }", "$a", &[]);
    check("", "set $a $host;", "$a", &[]);
    check("", "set $a x; set $b $a-1;", "$B", &["x-1"]);
    check("map $host $m { default one; a.example two; }", "", "p-$m", &["p-one", "p-two"]);
    check("map $host $m { a.example two; }", "", "$m", &["two", ""]);
    check("map $host $m { default $uri; }", "", "$m", &[]);
    check("split_clients $host $m { 50% a; * b; }", "", "$m", &["a", "b"]);
    check("geo $m { ranges; default a; 10.0.0.0-10.0.0.1 b; }", "", "$m", &["a", "b"]);
    check("", "set $a $b; set $b $a;", "$a", &[]);
    check("", "", "$host", &[]);
    check("", "", "plain", &["plain"]);
}

#[test]
fn the_last_handler_of_a_block_wins() {
    let stack = server("location / { proxy_pass http://a; fastcgi_pass b:1; if ($c) { uwsgi_pass d:1; } }");
    let overruled: Vec<_> =
        stack.written_passes().map(|pass| (pass.directive().name(), pass.is_overruled())).collect();
    let expected = [("proxy_pass", true), ("fastcgi_pass", false), ("uwsgi_pass", false)];
    assert_eq!(overruled, expected.map(|(name, is)| (name.into(), is)));
}

/// As nginx 1.22 answers: the rewrite module before any handler, a named location behind the server's part of it.
#[test]
fn a_return_answers_before_any_pass() {
    let check = |text: &str, expected: usize| assert_eq!(server(text).passes().count(), expected, "{text}");
    check("location / { proxy_pass http://a; return 200; }", 0);
    check("location / { if ($c) { proxy_pass http://a; } return 200; }", 0);
    check("location / { if ($c) { return 403; } proxy_pass http://a; }", 1);
    check("location / { if ($c) { break; } return 200; proxy_pass http://a; }", 1);
    check("location / { rewrite ^/a /b break; return 200; proxy_pass http://a; }", 1);
    check("location / { return 200; location /b { proxy_pass http://a; } }", 1);
    check("return 301 /x; location / { proxy_pass http://a; }", 0);
    check("return 418; error_page 418 @f; location @f { proxy_pass http://a; }", 1);
}

#[test]
fn passes_lead_to_targets() {
    let check = |before: &str, lines: &str, expected: &[&str]| {
        let text = format!("http {{ {before} server {{ location / {{ {lines} }} }} }}");
        let stack = load(&[("nginx.conf", &text)]);
        let pass = stack.passes().next().unwrap();
        let mut got: Vec<_> = pass.targets().into_iter().map(|target| target.address.to_string()).collect();
        got.extend(pass.error().map(|error| error.log.clone()));
        if !pass.is_closed() {
            got.push("open".into());
        }
        assert_eq!(got, expected, "{before} {lines}");
    };
    let group =
        "upstream PHP { server unix:/var/run/a.sock weight=2; server 127.0.0.1:9000 backup; server b; }";
    check(group, "fastcgi_pass php;", &["unix:/run/a.sock", "127.0.0.1:9000", "b:80"]);
    check(group, "proxy_pass https://php/x;", &["unix:/run/a.sock", "127.0.0.1:9000", "b:80"]);
    check("", "proxy_pass https://a.example;", &["a.example:443"]);
    check("", "proxy_pass http://unix:/run/a.sock:/x;", &["unix:/run/a.sock"]);
    check("", "proxy_pass a:80;", &["invalid URL prefix"]);
    check("", "fastcgi_pass /run/a.sock;", &["invalid host in upstream \"/run/a.sock\""]);
    check("", "grpc_pass grpcs://[::1]:50051;", &["[::1]:50051"]);
    check("", "uwsgi_pass 127.0.0.1:3031;", &["127.0.0.1:3031"]);
    check("map $host $b { default a:1; x php; }", "fastcgi_pass $b;", &["a:1"]);
    check("", "proxy_pass http://$host;", &["open"]);
    check("", "set $b a.example; proxy_pass http://$b:81$request_uri;", &["a.example:81"]);
    check("", "set $b a; proxy_pass http://$b/x?$args;", &["a:80"]);
    check("", "proxy_pass http://unix:/run/a.sock:$uri;", &["unix:/run/a.sock"]);
    check("", "set $b a; proxy_pass http://$b$http_x;", &["open"]);
}

#[test]
fn a_link_that_lies_there_as_a_file_is_followed() {
    let stack = load(&[
        ("nginx.conf", "http { include sites-enabled/*; }"),
        ("sites-enabled/a", "../sites-available/a"),
        ("sites-enabled/b", "/etc/nginx/sites-available/b"),
        ("sites-available/a", "server { listen 1; }"),
        ("sites-available/b", "server { listen 2; }"),
    ]);
    assert_eq!(stack.servers().count(), 2);
}
