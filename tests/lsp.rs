//! `gatelint server` driven by a real editor: Neovim with its own client.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::shell::{FPM, lay};

const MAIN: &str = "\
events {}
http {
    client_max_body_size 8m;
    fastcgi_read_timeout 75s;
    map $host $backend { default one; }
    include conf.d/*.conf;
}
";

/// Passes to a socket that no pool has at first.
const VHOST: &str = "\
server {
    listen 80;
    server_name shop.example;
    root /srv/shop;
    client_max_body_size 20m;
    # here
    location ~ \\.php$ {
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
        fastcgi_param BACKEND $backend;
        fastcgi_read_timeout 90s;
        fastcgi_pass unix:/run/php/shop.sock;
    }
    location @fallback { return 503; }
}
";

const POOL: &str = "\
[www]
user = www-data
listen = /run/php/www.sock
listen.owner = www-data
pm = dynamic
pm.max_children = 4
pm.max_children = 8
pm.start_servers = 2
pm.min_spare_servers = 1
pm.max_spare_servers = 3
";

const TREE: &[(&str, &str)] = &[
    ("tree/etc/nginx/nginx.conf", MAIN),
    ("tree/etc/nginx/fastcgi_params", "fastcgi_param QUERY_STRING $query_string;\n"),
    ("tree/etc/nginx/conf.d/shop.conf", VHOST),
    ("tree/etc/php/8.2/fpm/php-fpm.conf", FPM),
    ("tree/etc/php/8.2/fpm/pool.d/www.conf", POOL),
    ("tree/etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n"),
    ("tree/etc/group", "root:x:0:\nwww-data:x:33:\n"),
];

/// What Neovim was told, or `None` where it is not installed.
fn driven(tree: &Path) -> Option<Value> {
    Command::new("nvim").arg("--version").output().ok()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/editor/drive.lua");
    let answers = tree.join("answers.json");
    let output = Command::new("nvim")
        .args(["--headless", "--clean", "-n", "-c"])
        .arg(format!("luafile {}", script.display()))
        .env("SERVER", env!("CARGO_BIN_EXE_gatelint"))
        .env("TREE", tree.join("tree"))
        .env("ANSWERS", &answers)
        .env("XDG_STATE_HOME", tree.join("state"))
        .env("XDG_DATA_HOME", tree.join("data"))
        .env("XDG_CACHE_HOME", tree.join("cache"))
        .output()
        .expect("nvim runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let answers = fs::read(&answers).unwrap_or_else(|_| panic!("no answers: {said}"));
    let answers: Value = serde_json::from_slice(&answers).expect("answers");
    assert!(answers["failed"].is_null(), "{:#}\n{said}", answers["failed"]);
    Some(answers)
}

/// The diagnostic of a rule.
fn told<'a>(list: &'a Value, rule: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|one| one["code"] == rule)
}

fn text(value: &Value) -> &str {
    value["contents"]["value"].as_str().unwrap_or_default()
}

fn labels(list: &Value) -> Vec<&str> {
    let items = list.as_array().or_else(|| list["items"].as_array());
    items.into_iter().flatten().filter_map(|item| item["label"].as_str()).collect()
}

fn ends_with(location: &Value, path: &str, line: u64) -> bool {
    location["uri"].as_str().is_some_and(|uri| uri.ends_with(path))
        && location["range"]["start"]["line"] == line
}

#[test]
fn neovim_is_served() {
    let tree = lay(TREE);
    let Some(answers) = driven(tree.path()) else {
        eprintln!("not run: nvim is not installed (apt-get install neovim)");
        return;
    };

    // Diagnostics, and the jump to the pool's `listen`.
    let unmatched = told(&answers["opened"], "unmatched-fastcgi-socket").expect("the pass is told");
    assert_eq!((&unmatched["line"], &unmatched["severity"]), (&11.into(), &1.into()), "{unmatched:#}");
    let related = unmatched["related"].as_array().expect("links");
    let is_listen = |place: &Value| {
        place["uri"].as_str().is_some_and(|uri| uri.ends_with("/etc/php/8.2/fpm/pool.d/www.conf"))
            && place["line"] == 2
    };
    assert!(related.iter().any(is_listen), "{unmatched:#}");

    // The pool's edit was told of the vhost.
    assert!(told(&answers["matched"], "unmatched-fastcgi-socket").is_none());
    let definition = &answers["definition_pool"][0];
    assert!(ends_with(definition, "/etc/php/8.2/fpm/pool.d/www.conf", 2), "{definition:#}");
    let references = &answers["references_pool"][0];
    assert!(ends_with(references, "/etc/nginx/conf.d/shop.conf", 11), "{references:#}");

    // What holds, where it comes from, and what it replaces.
    let hover = text(&answers["hover_directive"]);
    for part in [
        "http, server, location",
        "default: `1m`",
        "`client_max_body_size 20m;` at etc/nginx/conf.d/shop.conf:5",
        "replaces `client_max_body_size 8m;` at etc/nginx/nginx.conf:3",
    ] {
        assert!(hover.contains(part), "{part} is not in: {hover}");
    }
    let hover = text(&answers["hover_inherited"]);
    assert!(hover.contains("answered by pool") || hover.contains("fastcgi_read_timeout 90s"), "{hover}");
    let hover = text(&answers["hover_key"]);
    for part in ["**in effect here**: `8`", "www.conf:7", "replaces `pm.max_children = 4` at"] {
        assert!(hover.contains(part), "{part} is not in: {hover}");
    }

    let variable = &answers["definition_variable"][0];
    assert!(ends_with(variable, "/etc/nginx/nginx.conf", 4), "{variable:#}");
    let include = &answers["definition_include"][0];
    assert!(ends_with(include, "/etc/nginx/fastcgi_params", 0), "{include:#}");

    let symbols = &answers["symbols"][0];
    assert_eq!((&symbols["name"], &symbols["detail"]), (&"server".into(), &"shop.example".into()));
    assert_eq!(symbols["children"][1]["name"], "location @fallback", "{symbols:#}");

    // Neovim turns UTF-16 columns into bytes: the fault stands where the text has it.
    let wide = told(&answers["wide"], "invalid-value").expect("the fault is told");
    assert_eq!((&wide["line"], &wide["column"]), (&answers["line"], &answers["byte"]), "{wide:#}");

    let actions = answers["actions"].as_array().expect("actions");
    let ignore = actions.iter().find(|one| one["title"] == "ignore `invalid-value` here").expect("an action");
    let edits = ignore["edit"]["changes"].as_object().expect("changes").values().next().expect("a file");
    assert_eq!(edits[0]["newText"], "    # gatelint: ignore[invalid-value]\n");
    assert_eq!(edits[0]["range"]["start"]["character"], 0);
    assert_eq!(edits[0]["range"]["start"]["line"], answers["line"]);

    let directives = labels(&answers["complete_directive"]);
    assert!(directives.contains(&"client_max_body_size"), "{directives:?}");
    assert!(!directives.contains(&"worker_processes"), "not in a server: {directives:?}");
    assert!(
        labels(&answers["complete_pass"]).contains(&"unix:/run/php/www.sock"),
        "{:#}",
        answers["complete_pass"]
    );
    let variables = labels(&answers["complete_variable"]);
    assert!(variables.contains(&"backend") && variables.contains(&"body_bytes_sent"), "{variables:?}");

    // A text that no disk has, in no tree; a method that nobody knows.
    assert!(told(&answers["alone"], "invalid-value").is_some());
    assert_eq!(answers["unknown"], true);
    assert_eq!(answers["stopped"], true, "the server still runs");
}
