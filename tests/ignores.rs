//! Ignore comments and baselines, through the built program.

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

use serde_json::Value;
use support::shell::{FPM, MAIN, gatelint, json, lay, text};
use tempfile::TempDir;

const MATCH: &str = "    fastcgi_pass unix:/run/gone.sock;\n";
const POOL: &str = "[www]\nuser = www-data\nlisten = /run/gon.sock\nlisten.owner = www-data\npm = static\n\
                    pm.max_children = 20\n";

fn shop(pass: &str) -> String {
    format!(
        "server {{\n  listen 80;\n  server_name shop.example;\n  root /srv/shop;\n  location ~ \\.php$ {{\n    \
         include fastcgi_params;\n    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n{pass}  }}\n}}\n"
    )
}

/// A host whose shop passes to a socket that a pool nearly listens on.
fn host(shop: &str, pool: &str) -> TempDir {
    lay(&[
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/nginx/conf.d/shop.conf", shop),
        ("etc/php/8.2/fpm/php-fpm.conf", FPM),
        ("etc/php/8.2/fpm/pool.d/www.conf", pool),
        ("etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n"),
        ("etc/group", "root:x:0:\nwww-data:x:33:\n"),
    ])
}

/// `RULE:LINE` of every finding at warning or above, in order.
fn alarms(dir: &Path, args: &[&str]) -> Vec<String> {
    let (_, document) = json(dir, args);
    let alarms = document["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] != "info");
    alarms.map(|found| format!("{}:{}", found["rule"].as_str().unwrap(), found["primary"]["line"])).collect()
}

const UNMATCHED: &str = "unmatched-fastcgi-socket:8";

#[test]
fn a_comment_takes_back_what_is_said_of_its_line() {
    let ignored = |shop: &str, pool: &str| alarms(host(shop, pool).path(), &[]);
    assert_eq!(ignored(&shop(MATCH), POOL), [UNMATCHED]);
    let none: [&str; 0] = [];
    let at_end = MATCH.replace(";\n", "; # gatelint: ignore[unmatched-fastcgi-socket] made at deploy\n");
    assert_eq!(ignored(&shop(&at_end), POOL), none);
    for above in [
        "    # gatelint: ignore[unmatched-fastcgi-socket]\n",
        "    # gatelint: ignore[ unmatched-fastcgi-socket ] why\n    # more\n",
        "    # old remark # gatelint: ignore[unmatched-fastcgi-socket]\n",
    ] {
        assert_eq!(ignored(&shop(&format!("{above}{MATCH}")), POOL), none, "{above}");
    }
    for file in ["", "\n# The shop.\n\n"] {
        let head = format!("{file}# gatelint: ignore-file[unmatched-fastcgi-socket] made at deploy\n");
        assert_eq!(ignored(&format!("{head}{}", shop(MATCH)), POOL), none, "{head:?}");
    }
    // At the evidence, in PHP-FPM's own way.
    let at_pool =
        POOL.replace("gon.sock\n", "gon.sock ; gatelint: ignore[unmatched-fastcgi-socket] for others\n");
    assert_eq!(ignored(&shop(MATCH), &at_pool), none);
    let above_pool =
        POOL.replace("listen =", "; gatelint: ignore[unmatched-fastcgi-socket] for others\nlisten =");
    assert_eq!(ignored(&shop(MATCH), &above_pool), none);
    let pool_file = format!("; gatelint: ignore-file[unmatched-fastcgi-socket]\n{POOL}");
    assert_eq!(ignored(&shop(MATCH), &pool_file), none);
}

#[test]
fn other_rules_and_other_lines_stay() {
    let tree =
        host(&shop(&format!("    # gatelint: ignore[dead-socket, missing-semicolon] no\n{MATCH}")), POOL);
    // `dead-socket` needs the facts of a machine: of it nothing is known.
    assert_eq!(alarms(tree.path(), &[]), ["unused-ignore:8", "unmatched-fastcgi-socket:9"]);
    let gap = "    # gatelint: ignore[unmatched-fastcgi-socket]\n\n";
    let tree = host(&shop(&format!("{gap}{MATCH}")), POOL);
    assert_eq!(alarms(tree.path(), &[]), ["unused-ignore:8", "unmatched-fastcgi-socket:10"]);
    let quoted = "    add_header X \"# gatelint: ignore[unmatched-fastcgi-socket]\"; fastcgi_pass unix:/run/gone.sock;\n";
    assert_eq!(alarms(host(&shop(quoted), POOL).path(), &[]), [UNMATCHED]);
    // A `#` opens no comment in PHP-FPM's files, and a `;` none in nginx's.
    let semicolon = MATCH.replace(";\n", "; ; gatelint: ignore[unmatched-fastcgi-socket]\n");
    assert!(alarms(host(&shop(&semicolon), POOL).path(), &[]).contains(&UNMATCHED.to_owned()));
    let late = format!("{}# gatelint: ignore-file[unmatched-fastcgi-socket]\n", shop(MATCH));
    assert_eq!(alarms(host(&late, POOL).path(), &[]), [UNMATCHED, "unknown-ignore:11"]);
    let bare = MATCH.replace(";\n", "; # gatelint: ignore\n");
    assert_eq!(alarms(host(&shop(&bare), POOL).path(), &[]), [UNMATCHED, "unknown-ignore:8"]);
    let slip = MATCH.replace(";\n", "; # gatelint: ignore[unmatched-fastcgi-socke]\n");
    assert_eq!(alarms(host(&shop(&slip), POOL).path(), &[]), [UNMATCHED, "unknown-ignore:8"]);
}

#[test]
fn only_a_rule_that_ran_leaves_an_ignore_unused() {
    let unused = "    # gatelint: ignore[missing-semicolon] no\n";
    let tree = host(&shop(&format!("{unused}{MATCH}")), POOL);
    let others = ["unmatched-fastcgi-socket:9"];
    assert_eq!(alarms(tree.path(), &[]), ["unused-ignore:8", others[0]]);
    assert_eq!(alarms(tree.path(), &["--ignore", "missing-semicolon"]), others);
    assert_eq!(alarms(tree.path(), &["--ignore", "unused-ignore"]), others);
    assert_eq!(alarms(tree.path(), &["--select", "unmatched-fastcgi-socket"]), others);
    fs::write(tree.path().join("gatelint.toml"), "[rules]\nmissing-semicolon = 'off'\n").unwrap();
    assert_eq!(alarms(tree.path(), &[]), others);
    // A part of a configuration proves nothing.
    let lone = lay(&[("shop.conf", &shop(&format!("{unused}{MATCH}")))]);
    assert!(alarms(lone.path(), &["shop.conf"]).iter().all(|line| !line.starts_with("unused-ignore")));
}

#[test]
fn ignores_work_where_no_program_reads_and_in_compose_files() {
    let tree = host(&shop(""), POOL);
    let path = tree.path().join("etc/nginx/conf.d/blog.vhost");
    fs::write(&path, shop(MATCH)).unwrap();
    let infos = |tree: &TempDir| {
        let (_, document) = json(tree.path(), &["--select", "unreached-configuration"]);
        document["findings"].as_array().unwrap().len()
    };
    assert_eq!(infos(&tree), 1);
    fs::write(&path, format!("# gatelint: ignore-file[unreached-configuration]\n{}", shop(MATCH))).unwrap();
    assert_eq!(infos(&tree), 0);

    let compose = "services:\n  web:\n    image: nginx\n    volumes: ['./conf.d:/etc/nginx/conf.d']\n  app:\n    \
                   image: php:8.2-fpm\n";
    let vhost = "server {\n  listen 80;\n  location ~ \\.php$ {\n    fastcgi_pass ap:9000;\n  }\n}\n";
    let tree = lay(&[("compose.yml", compose), ("conf.d/a.conf", vhost)]);
    let found = alarms(tree.path(), &["--select", "unknown-service-name"]);
    assert_eq!(found.len(), 1, "{found:?}");
    let marked =
        compose.replace("  web:\n", "  web: # gatelint: ignore[unknown-service-name] made elsewhere\n");
    fs::write(tree.path().join("compose.yml"), marked).unwrap();
    assert!(alarms(tree.path(), &["--select", "unknown-service-name"]).is_empty());
}

#[test]
fn ignored_findings_are_counted_and_can_be_seen() {
    let at_end = MATCH.replace(";\n", "; # gatelint: ignore[unmatched-fastcgi-socket] made at deploy\n");
    let tree = host(&shop(&at_end), POOL);
    let output = gatelint(tree.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("; 1 ignored"), "{}", text(&output.stderr));
    assert_eq!(alarms(tree.path(), &["--no-ignores"]), [UNMATCHED]);
    let sarif: Value =
        serde_json::from_slice(&gatelint(tree.path(), &["--output-format", "sarif"]).stdout).unwrap();
    let suppressed =
        sarif["runs"][0]["results"].as_array().unwrap().iter().filter(|one| one["suppressions"].is_array());
    let suppressed: Vec<&Value> = suppressed.collect();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(suppressed[0]["suppressions"][0]["kind"], "inSource");
}

#[test]
fn hostile_comments_take_no_time() {
    let many = "# gatelint: ignore[a, b, c, unmatched-fastcgi-socket]\n".repeat(20_000);
    let tree = host(&format!("{many}{}", shop(MATCH)), POOL);
    let start = std::time::Instant::now();
    let output = gatelint(tree.path(), &["-q", "--output-format", "concise"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn what_is_in_the_baseline_is_known() {
    let tree = host(&shop(MATCH), POOL);
    let written = gatelint(tree.path(), &["--write-baseline", "base.json"]);
    assert_eq!(written.status.code(), Some(0));
    assert!(text(&written.stderr).contains(" to base.json"));
    let known = ["--baseline", "base.json"];
    assert_eq!(alarms(tree.path(), &known), [""; 0]);
    assert_eq!(gatelint(tree.path(), &known).status.code(), Some(0));
    // Lines move, and it is called from elsewhere.
    let path = tree.path().join("etc/nginx/conf.d/shop.conf");
    fs::write(&path, format!("# one more line\n{}", shop(MATCH))).unwrap();
    assert_eq!(alarms(tree.path(), &known), [""; 0]);
    assert_eq!(alarms(&tree.path().join("etc"), &["--baseline", "../base.json"]), [""; 0]);
    assert_eq!(alarms(&tree.path().join("etc/nginx"), &["--baseline", "../../base.json", "conf.d"]), [""; 0]);
    // What is new fails, also where it is equal to what is known.
    let two = format!(
        "{}{}",
        shop(MATCH),
        shop(MATCH).replace("shop.example", "two.example").replace("gone", "lost")
    );
    fs::write(&path, two).unwrap();
    let output = gatelint(tree.path(), &[&known[..], &["-q", "--output-format", "concise"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let lines = text(&output.stdout);
    assert!(lines.lines().count() == 1 && lines.contains("/run/lost.sock"), "{lines}");
}

#[test]
fn as_many_equal_findings_are_known_as_there_were() {
    let slow = "server {\n  listen 80;\n  location / {\n    proxy_pass http://127.0.0.1:1;\n    \
                proxy_connect_timeout 90s;\n  }\n}\n";
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/conf.d/a.conf", slow)]);
    assert_eq!(gatelint(tree.path(), &["--write-baseline", "b.json"]).status.code(), Some(0));
    fs::write(tree.path().join("etc/nginx/conf.d/a.conf"), format!("{slow}{}", slow.replace("80", "81")))
        .unwrap();
    assert_eq!(alarms(tree.path(), &["--baseline", "b.json"]), ["excessive-connect-timeout:12"]);
}

#[test]
fn what_is_gone_is_said_and_can_be_pruned() {
    let tree = host(&shop(MATCH), POOL);
    gatelint(tree.path(), &["--write-baseline", "base.json"]);
    let entries = |tree: &TempDir| {
        let text = fs::read_to_string(tree.path().join("base.json")).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let all = document["findings"].as_array().unwrap().iter();
        all.map(|entry| entry["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = entries(&tree);
    assert!(before.contains(&"unmatched-fastcgi-socket".to_owned()));
    fs::write(tree.path().join("etc/php/8.2/fpm/pool.d/www.conf"), POOL.replace("gon.", "gone.")).unwrap();
    let said =
        |args: &[&str]| text(&gatelint(tree.path(), &[&["--baseline", "base.json"], args].concat()).stderr);
    assert!(
        said(&[]).contains(
            " of the baseline are gone: prune with --baseline base.json --write-baseline base.json"
        ),
        "{}",
        said(&[])
    );
    // Of what was not looked at nothing is said.
    assert!(!said(&["--select", "missing-semicolon"]).contains("gone"));
    let in_pools = said(&["etc/php/8.2/fpm/pool.d"]);
    assert!(in_pools.contains("1 finding of the baseline is gone"), "{in_pools}");
    fs::write(
        tree.path().join("etc/nginx/conf.d/new.conf"),
        shop(MATCH).replace("gone", "lost").replace("shop.", "new."),
    )
    .unwrap();
    let pruned = gatelint(tree.path(), &["--baseline", "base.json", "--write-baseline", "base.json"]);
    assert_eq!(pruned.status.code(), Some(1), "what is new is not taken in");
    let left = entries(&tree);
    assert!(!left.is_empty() && left.len() < before.len(), "{left:?}");
    assert!(left.iter().all(|rule| rule != "unmatched-fastcgi-socket" && before.contains(rule)), "{left:?}");
    assert!(!said(&[]).contains("gone"));
}

#[test]
fn a_baseline_that_is_none_is_an_error() {
    let tree = host(&shop(MATCH), POOL);
    for text in ["", "[]", "{\"version\":2,\"findings\":[]}", "{\"version\":1}"] {
        fs::write(tree.path().join("base.json"), text).unwrap();
        assert_eq!(gatelint(tree.path(), &["--baseline", "base.json"]).status.code(), Some(2), "{text}");
    }
    assert_eq!(gatelint(tree.path(), &["--baseline", "missing.json"]).status.code(), Some(2));
    assert_eq!(gatelint(tree.path(), &["--write-baseline", "no/such/dir.json"]).status.code(), Some(2));
}
