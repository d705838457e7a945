//! `gatelint show --effective`: the values that a PHP-FPM works with.

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
    check(&["etc/nginx/nginx.conf"], 2, "nothing to say of nginx");
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
