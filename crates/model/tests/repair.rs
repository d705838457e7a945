//! Mistakes in the text: what is proposed, where, and what nginx prints. Each refusal was seen of nginx 1.22.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use gatelint_model::files::Memory;
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::NginxRoot;
use gatelint_model::{Options, Roots, Stack};

fn load(text: &str) -> Stack {
    let tree = Memory::new([("/etc/nginx/nginx.conf", text)]);
    let root = NginxRoot { path: "/etc/nginx/nginx.conf".into(), context: ContextKind::Main };
    Stack::load(&tree, &Roots { nginx: vec![root], fpm: vec![] }, &Options::default())
}

/// One line a repair: `LINE KIND -> LINE MESSAGE`, or `LINE KIND` where nginx is not expected to refuse; then
/// what is still wrong.
fn said(text: &str) -> Vec<String> {
    let stack = load(text);
    let line = |at: u32| stack.sources.iter().next().unwrap().1.lines().line(at);
    let mut said = Vec::new();
    for (_, repair) in stack.repairs() {
        let place = line(repair.place.end.saturating_sub(1).max(repair.place.start));
        let refusal = repair.refusal.as_ref();
        let refusal = refusal.map(|refusal| format!(" -> {} {}", line(refusal.at), refusal.message));
        said.push(format!("{place} {:?}{}", repair.kind, refusal.unwrap_or_default()));
    }
    for file in stack.nginx.files() {
        let errors = stack.nginx.tree(file).unwrap().errors();
        said.extend(errors.iter().map(|error| format!("{} {}", line(error.at), error.kind.message())));
    }
    said
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(said(text), expected, "{text}");
}

/// The text inside `http`, from line 2 on.
fn http(text: &str) -> String {
    format!("events {{}} http {{\n{text}\n}}\n")
}

fn check_http(text: &str, expected: &[&str]) {
    check(&http(text), expected);
}

#[test]
fn missing_semicolons() {
    let invalid = "2 MissingSemicolon -> 3 invalid number of arguments in \"root\" directive";
    check_http("root /srv\nindex index.html;", &[invalid]);
    check_http("root /srv # here;\n\n  index index.html;", &[&invalid.replace("> 3", "> 4")]);
    check_http(
        "server {\nlisten 80\nserver_name a;\n}",
        &["3 MissingSemicolon -> 4 invalid parameter \"server_name\""],
    );
    check_http(
        "server_tokens off\nserver {\nlisten 80;\n}",
        &["2 MissingSemicolon -> 3 directive \"server_tokens\" is not terminated by \";\""],
    );
    check_http("server {\nroot /srv\n}", &["3 MissingSemicolon -> 4 unexpected \"}\""]);
    check_http("server {\nserver_name a\nroot /srv;\n}", &["3 MissingSemicolon"]);
    check_http(
        "map $a $b {\ndefault x\ny z;\n}",
        &["3 MissingSemicolon -> 4 invalid number of the map parameters"],
    );
    check_http("types {\na/b c\nd/e f;\n}", &["3 MissingSemicolon"]);
    check(
        "worker_processes 1\nerror_log x\n\nevents {}\n",
        &[
            "1 MissingSemicolon -> 4 directive \"worker_processes\" is not terminated by \";\"",
            "2 MissingSemicolon -> 4 directive \"error_log\" is not terminated by \";\"",
        ],
    );
}

#[test]
fn directives_may_take_several_lines() {
    for text in [
        "server {\nlisten 80\n  default_server\n  ssl;\n}",
        "server {\nserver_name a\n  root\n  index;\n}",
        "gzip_types\n  text/css\n  application/json;",
        "log_format main '$host'\n'$status'\n\"$uri\";",
        "proxy_cache_path /srv levels=1:2\n  keys_zone=a:1m;",
        "proxy_next_upstream error\n  timeout;",
        "server {\nif ($uri = a\n) {\nset $a b;\n}\n}",
        "server {\nlocation /\n{\ntry_files $uri\n  =404;\n}\n}",
        "add_header X-A\n  \"b\"\nalways;",
        "types {\na/b c d\n  e f;\n}",
        "map $a $b {\n\"x y\"\n  z;\n}",
    ] {
        check_http(text, &[]);
    }
}

#[test]
fn braces() {
    let end = "unexpected end of file, expecting \"}\"";
    check_http(
        "server {\n  location / {\n\n  location /a {\n  }\n}",
        &[&format!("4 MissingCloseBrace -> 9 {end}")],
    );
    check("events {\nhttp {\n}\n", &["1 MissingCloseBrace -> 2 \"http\" directive is not allowed here"]);
    check_http(
        "server\n  listen 80;\n}",
        &["2 MissingOpenBrace -> 3 directive \"server\" has no opening \"{\""],
    );
    check("events\n}\n", &["1 MissingOpenBrace -> 2 unexpected \"}\""]);
    check_http(
        "server {\nlocation ~ \\.php${\n  root /srv;\n}\n}",
        &["3 MissingOpenBrace -> 4 directive \"location\" has no opening \"{\""],
    );
    check_http(
        "server {\n  location / {\n  }\n  }\n  location /a {\n  }\n}",
        &["5 ExtraCloseBrace -> 6 \"location\" directive is not allowed here"],
    );
    check("events {}\n}\nuser a;\n", &["2 ExtraCloseBrace -> 2 unexpected \"}\""]);
    check_http("server { {\n}", &["2 ExtraOpenBrace -> 2 unexpected \"{\""]);
    check_http(
        "server {\n# location / {\n  alias /srv;\n}\n}",
        &["3 CommentedOpener -> 4 \"alias\" directive is not allowed here"],
    );
    check_http("server {\nlocation ~ ^/a{2}$ {\n}\n}", &["3 UnquotedBrace -> 3 unknown directive \"2}$\""]);
}

#[test]
fn quotes_and_other_bytes() {
    let end = "unexpected end of file, expecting \";\" or \"}\"";
    check_http("add_header a \"b;\nroot /srv;", &[&format!("2 MissingQuote -> 5 {end}")]);
    check_http("add_header a 'b;\nadd_header c 'd';", &["2 MissingQuote -> 3 unexpected \"d\""]);
    check_http("log_format a 'b\nc';", &[]);
    check_http("add_header a 'b'c;", &["2 unexpected \"c\""]);
    check_http("root /srv;;", &["2 unexpected \";\""]);
    check("\u{feff}user a;\n", &["1 ByteOrderMark -> 1 unknown directive \"\u{feff}user\""]);
    check("http {\nserver {\nroot /srv", &[&format!("3 Truncated -> 3 {end}")]);
    check(
        "http {\nserver {\nroot /srv;",
        &["3 MissingCloseBrace -> 3 unexpected end of file, expecting \"}\""],
    );
}

#[test]
fn the_rest_of_the_file_is_read_as_meant() {
    let text = http("root /srv\nserver {\n  listen 80;\n  server_name a.example b.example;\n}");
    let stack = load(&text);
    let names: Vec<_> = stack.directives("server_name").flat_map(|directive| directive.args()).collect();
    let places: Vec<_> = names.iter().map(|arg| stack.sources.text(arg.span)).collect();
    assert_eq!(places, [b"a.example", b"b.example"], "places are those of the text as read");
    let (file, repair) = stack.repairs().next().unwrap();
    assert_eq!(repair.place.of(text.as_bytes()), b"/srv");
    assert!(stack.is_repaired(repair.subject.in_file(file)) && !stack.is_repaired(names[0].span));
}

#[test]
fn many_mistakes_are_bounded() {
    let stack = load(&http(&"server {\nlisten 80\nserver_name a;\n}\n".repeat(1000)));
    assert_eq!(stack.repairs().count(), 16);
}
