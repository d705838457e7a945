//! `gatelint show`: what a URL, a line and a PHP-FPM come to.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::shell::{self, FPM, gatelint, lay, text};

const MAIN: &str = "etc/php/8.2/fpm/php-fpm.conf";
const POOL: &str = "etc/php/8.2/fpm/pool.d/www.conf";

/// A host whose pool is put together from two files.
fn host() -> tempfile::TempDir {
    let pool = "[www]\nuser = www-data\nlisten = run/$pool.sock ; below the prefix\npm = ondemand\n\
                pm.max_children = 5\nrequest_terminate_timeout = 5 minutes\nenv[A] = \"a;b\"\nenv[A] = c\n\
                php_flag[display_errors] = off\nuser = ${WHO}\n";
    lay(&[
        (MAIN, FPM),
        (POOL, pool),
        (
            "etc/php/8.2/fpm/pool.d/zz-local.conf",
            "[WWW]\npm.max_children = 9\naccess.log = /var/log/$pool.log\n",
        ),
    ])
}

fn show(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = gatelint(dir, &[&["show", "--effective"], args].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn values_are_those_of_the_whole_master() {
    let tree = host();
    for file in [MAIN, POOL] {
        let (status, out, said) = show(tree.path(), &["--output-format", "json", file]);
        assert_eq!((status, said.as_str()), (Some(0), ""), "{file}");
        let shown: Value = serde_json::from_str(&out).unwrap();
        let (global, www) = (&shown["global"], &shown["www"]);
        assert_eq!(global["error_log"], "/var/log/fpm.log");
        assert_eq!(global["events.mechanism"], "epoll");
        for (key, value) in [
            ("pm.max_children", json!("9")),
            ("listen", json!("/usr/run/www.sock")),
            ("request_terminate_timeout", json!("5s")),
            ("access.log", json!("/var/log/www.log")),
            ("user", json!("?")),
            ("slowlog", json!("undefined")),
            ("env[A]", json!(["c", "a;b"])),
            ("php_value[display_errors]", json!("0")),
        ] {
            assert_eq!(www[key], value, "{key}");
        }
    }
}

#[test]
fn a_person_reads_sections() {
    let tree = host();
    let (_, full, _) = show(tree.path(), &[MAIN]);
    assert!(full.starts_with("[global]\n\tpid = undefined\n\terror_log = /var/log/fpm.log\n"), "{full}");
    assert!(full.contains("\n\n[www]\n"), "{full}");
    assert!(full.contains("\n\tpm.max_children = 9\n"), "{full}");
    let (_, concise, _) = show(tree.path(), &["--output-format", "concise", MAIN]);
    assert!(concise.contains("\n[www] pm.max_children = 9\n"), "{concise}");
}

#[test]
fn what_cannot_be_shown_is_said() {
    let tree = host();
    let dir = tree.path();
    let check = |args: &[&str], status: i32, words: &str| {
        let (got, out, said) = show(dir, args);
        assert_eq!((got, out.as_str()), (Some(status), ""), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
    };
    check(&["nosuch.conf"], 2, "no such file");
    check(&["etc/php"], 2, "a directory");
    check(&["https://shop.example/"], 2, "no such file");
    fs::create_dir_all(dir.join("etc/nginx")).unwrap();
    fs::write(dir.join("etc/nginx/nginx.conf"), shell::MAIN).unwrap();
    check(&["etc/nginx/nginx.conf"], 2, "no PHP-FPM reads it");
    fs::write(dir.join(POOL), "[www]\nlisten = 9000\n").unwrap();
    check(&[MAIN], 1, "[pool www] user has not been defined");
    let bare = gatelint(dir, &["show", MAIN]);
    assert_eq!(bare.status.code(), Some(2));
    assert!(text(&bare.stderr).contains("--effective"));

    let (status, out, said) = show(dir, &["--root", dir.to_str().unwrap(), MAIN]);
    assert_eq!((status, out.as_str()), (Some(1), ""), "{said}");
    let alone = lay(&[("pools/shop.conf", shell::POOL)]);
    let (status, out, said) = show(alone.path(), &["pools/shop.conf"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(out.contains("\tpm = static\n") && said.contains("other files may set more"), "{out}{said}");
}

/// The dumps of the real `php-fpm -tt`, where the corpus is there.
#[test]
fn values_are_those_that_php_fpm_prints() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/fpm");
    let Ok(labels) = fs::read_to_string(corpus.join("labels.jsonl")) else {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    };
    let rows = labels.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut compared = 0;
    for row in rows.filter(|row| row["effective"].is_object()) {
        let config = row["config"].as_str().unwrap();
        let (_copy, dir) = entry(&corpus, config);
        let main = dir.join("php-fpm.conf");
        let (root, main) = (dir.to_str().unwrap(), main.to_str().unwrap());
        let args = ["--output-format", "json", "--php-version", "8.2", "--root", root, main];
        let (_, out, said) = show(&dir, &args);
        let shown: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{config}: {said}"));
        for (section, values) in row["effective"].as_object().unwrap() {
            for (key, want) in values.as_object().unwrap() {
                let got = &shown[section.as_str()][key.as_str()];
                assert!(is_same(want, got), "{config} [{section}] {key}: want {want} got {got}");
                compared += 1;
            }
        }
    }
    assert!(compared > 1000, "{compared} values");
}

/// A directory that holds one entry of the corpus alone.
fn entry(corpus: &Path, config: &str) -> (Option<tempfile::TempDir>, PathBuf) {
    if let Some((dir, _)) = config.split_once('/') {
        return (None, corpus.join(dir));
    }
    let copy = tempfile::tempdir().unwrap();
    fs::copy(corpus.join(config), copy.path().join("php-fpm.conf")).unwrap();
    let dir = copy.path().to_path_buf();
    (Some(copy), dir)
}

/// Whether a value is the printed one; `$PREFIX` is the binary's, and `?` what only its environment tells.
fn is_same(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::Array(want), Value::Array(got)) => {
            want.len() == got.len() && want.iter().zip(got).all(|(want, got)| is_same(want, got))
        }
        (Value::String(want), Value::String(got)) => match want.strip_prefix("$PREFIX") {
            Some(rest) => got.ends_with(rest),
            None => want == got || got == "?",
        },
        _ => false,
    }
}

/// A server with a location of each kind.
const ROUTES: &str = r"
server {
    listen 80;
    server_name one.example *.one.example;
    root /srv/www;
    index index.html;
    rewrite ^/old/(.*)$ /new/$1 last;
    if ($request_method = POST) { return 405; }
    if ($arg_go) { rewrite ^ /gone? permanent; }
    location / { try_files $uri $uri/ @fallback; }
    location = /exact { return 200 exact; }
    location /new/ { return 200 new; }
    location ^~ /static/ { return 200 static; }
    location ~ \.php$ { return 200 php; }
    location ~* \.(jpg|png)$ { return 200 img; }
    location /nest/ { location ~ ^/nest/(\d+)$ { rewrite ^/nest/(\d+)$ /exact last; } return 204; }
    location @fallback { rewrite ^/(.*)$ /index.php?q=$1 last; }
    location /loop { rewrite ^ /loop2; }
    location /loop2 { rewrite ^ /loop last; }
    location /int { internal; return 200 int; }
    location /toint { try_files /nosuch.html /int; }
    location /deny { deny all; }
    location /err { error_page 403 =200 /exact; deny all; }
    location /err2 { error_page 404 @fallback; try_files $uri =404; }
    location /lim { limit_except GET { deny all; } return 200 lim; }
    location /brk { rewrite ^/brk/(.*)$ /$1 break; }
    location /sch { return 301 $scheme://$host/x$request_uri; }
    location /auto/ { alias /srv/www/; autoindex on; index nosuch.html; }
    location /agent { if ($http_user_agent ~ bot) { return 403; } return 200 agent; }
}
server { listen 80 default_server; server_name _; return 444; }
server { listen 80; server_name ~^re\d+\.example$; location / { return 200 re; } }
server { listen 443 ssl; server_name one.example; return 200 tls; }
";

/// The ends of all ways of a request, as nginx 1.22 answered them.
#[test]
fn requests_end_as_the_real_server_answers_them() {
    let main = "events {}\nhttp {\n  include conf.d/*.conf;\n}\n";
    let tree = lay(&[("etc/nginx/nginx.conf", main), ("etc/nginx/conf.d/one.conf", ROUTES)]);
    let check = |asked: &[&str], expected: &[&str]| {
        let args = [&["show", "--output-format", "json"], asked].concat();
        let output = gatelint(tree.path(), &args);
        let shown: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{asked:?} {error}: {}", text(&output.stderr)));
        let blocks = shown["blocks"].as_array().unwrap().iter().filter(|block| block["kind"] == "way");
        let ends =
            blocks.map(|way| way["rows"].as_array().unwrap().last().unwrap()["value"].as_str().unwrap());
        assert_eq!(ends.collect::<Vec<_>>(), expected, "{asked:?}");
    };
    let one = |path: &str, expected: &[&str]| check(&[&format!("http://one.example{path}")], expected);
    one("/", &["/srv/www/index.html", "403, a directory without an index"]);
    one("/exact", &["200 exact"]);
    one("/old/x", &["200 new"]);
    one("/a.html", &["/srv/www/a.html", "200 php"]);
    one("/dir", &["/srv/www/dir", "301 /dir/", "200 php"]);
    one("/dir/", &["/srv/www/dir/index.html", "403, a directory without an index", "200 php"]);
    one("/static/x.php", &["200 static"]);
    one("/x.php", &["200 php"]);
    one("/x.JPG", &["200 img"]);
    one("/nest/5", &["200 exact"]);
    one("/nest/x", &["204"]);
    one("/loop", &["500, it goes round in circles"]);
    one("/int", &["404"]);
    one("/toint", &["/srv/www/nosuch.html", "200 int"]);
    one("/deny", &["403"]);
    one("/err", &["200 exact"]);
    one("/err2/x.html", &["/srv/www/err2/x.html", "404 php"]);
    one("/lim", &["200 lim"]);
    one("/brk/none.txt", &["/srv/www/none.txt, 404 where it is not there"]);
    one("/sch?a=1", &["301 http://one.example/x/sch?a=1"]);
    one("/auto/", &["a file", "200, a list of the directory"]);
    one("/a.html?go=1", &["301 /gone?"]);
    one("/new//y/../z", &["200 new"]);
    one("/%6eew/q", &["200 new"]);
    one("/agent", &["403", "200 agent"]);
    check(&["http://one.example/exact", "--method", "POST"], &["405"]);
    check(&["http://one.example/lim", "--method", "DELETE"], &["403"]);
    check(&["http://one.example/agent", "-H", "User-Agent: bot"], &["403"]);
    check(&["http://sub.one.example/exact"], &["200 exact"]);
    check(&["http://RE7.example/"], &["200 re"]);
    check(&["http://nope/"], &["444"]);
    check(
        &["http://127.0.0.1/", "-H", "Host: one.example:80"],
        &["/srv/www/index.html", "403, a directory without an index"],
    );
    check(&["https://one.example/"], &["200 tls"]);
    check(&["http://one.example:443/"], &[]);
    check(&["http://one.example:8080/"], &[]);
}

/// `NAME VALUE FILE:LINE` of every row of the blocks of one kind.
fn rows(dir: &Path, args: &[&str], kind: &str) -> Vec<String> {
    let output = gatelint(dir, &[&["show", "--output-format", "json"], args].concat());
    let shown: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{args:?} {error}: {}", text(&output.stderr)));
    let blocks = shown["blocks"].as_array().unwrap().iter().filter(|block| block["kind"] == kind);
    let row = |row: &Value| {
        let from = match &row["from"] {
            Value::String(word) => word.clone(),
            line => format!("{}:{}", line["line"]["file"].as_str().unwrap(), line["line"]["line"]),
        };
        format!("{} {} {from}", row["name"].as_str().unwrap(), row["value"].as_str().unwrap())
    };
    blocks.flat_map(|block| block["rows"].as_array().unwrap().iter().map(row)).collect()
}

fn night() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs/night")
}

#[test]
fn a_url_is_followed_to_the_pool_and_its_values() {
    let url = "http://shop.example/index.php";
    let has = |kind: &str, expected: &str| {
        let rows = rows(&night(), &[url], kind);
        assert!(rows.iter().any(|row| row == expected), "{expected} is not in {rows:#?}");
    };
    has("server", "server_name shop.example etc/nginx/sites-enabled/shop.conf:3");
    has("way", "location ~ \\.php$ etc/nginx/sites-enabled/shop.conf:16");
    has("way", "pool shop etc/php/8.2/fpm/pool.d/shop.conf:4");
    has("values", "fastcgi_read_timeout 3s etc/nginx/sites-enabled/shop.conf:18");
    has("values", "fastcgi_connect_timeout 60s default");
    has("values", "client_max_body_size 1m default");
    has("pool", "pm.max_children 2 etc/php/8.2/fpm/pool.d/shop.conf:8");
    has("pool", "memory_limit 64M etc/php/8.2/fpm/pool.d/shop.conf:12");
    has("pool", "post_max_size 64M etc/php/8.2/fpm/php.ini:5");
    let blog = rows(&night(), &["http://blog.example/index.php"], "way");
    assert!(
        blog.contains(&"pool none listens on unix:/run/php/php8.1-fpm.sock nothing".to_owned()),
        "{blog:?}"
    );
}

#[test]
fn a_line_is_shown_with_what_holds_around_it() {
    let has = |at: &str, kind: &str, expected: &str| {
        let rows = rows(&night(), &[at], kind);
        assert!(rows.iter().any(|row| row == expected), "{expected} is not in {rows:#?}");
    };
    let shop = "etc/nginx/sites-enabled/shop.conf";
    has(&format!("{shop}:18"), "directive", &format!("fastcgi_read_timeout 3s {shop}:18"));
    has(&format!("{shop}:18"), "directive", "default 60s nothing");
    has(&format!("{shop}:18"), "directive", &format!("within location ~ \\.php$ {shop}:16"));
    has(&format!("{shop}:18:9"), "values", &format!("root /var/www/shop {shop}:4"));
    has(&format!("{shop}:11"), "values", &format!("client_max_body_size 32m {shop}:12"));
    let pool = "etc/php/8.2/fpm/pool.d/shop.conf";
    has(&format!("{pool}:8"), "entry", &format!("pm.max_children 2 {pool}:8"));
    has(&format!("{pool}:8"), "pool", &format!("listen /run/php/shop.sock {pool}:4"));
    has("etc/php/8.2/fpm/php.ini:3", "php", &format!("pool shop 64M {pool}:12"));
    let wrong = |what: &str, words: &str| {
        let output = gatelint(&night(), &["show", what]);
        assert_eq!(output.status.code(), Some(2), "{what}");
        assert!(text(&output.stderr).contains(words), "{what}: {}", text(&output.stderr));
    };
    wrong(&format!("{shop}:99"), "has 21 lines");
    wrong("etc:3", "a directory");
    wrong("nosuch.conf:3", "no such file");
    wrong("ftp://shop.example/", "expected http:// or https://");
    wrong("http://shop.example/../..", "nginx answers 400");
    wrong(shop, "FILE:LINE");
}

#[test]
fn a_configuration_cannot_break_out_of_an_answer() {
    let vhost = "server {\n  listen 80;\n  server_name a\u{1b}[31m;\n  location /\u{7} { return 200 '\u{9b}x'; }\n}\n";
    let main = "events {}\nhttp {\n  include conf.d/*.conf;\n}\n";
    let tree = lay(&[("etc/nginx/nginx.conf", main), ("etc/nginx/conf.d/a.conf", vhost)]);
    for (what, format) in
        [("http://x/%07", "full"), ("http://x/%07", "json"), ("etc/nginx/conf.d/a.conf:3", "full")]
    {
        let output = gatelint(tree.path(), &["show", what, "--output-format", format]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(shown.chars().all(|char| char == '\n' || !char.is_control()), "{shown:?}");
    }
}
