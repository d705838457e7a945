//! Fixes in the reports for programs: whoever applies them gets what `--fix` writes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const MAIN: &str = "events {}\nhttp {\n    include conf.d/*.conf;\n}\n";
const FAULTY: &str = "server {\n    listen 80;\n    location /\u{e9}\u{1f418}/ { try_files $uri 404; } # \u{e9}\n    location /app {\n\
                      \x20       include fastcgi_params;\n        fastcgi_pass unix:/run/php/php-fpm.sock;\n    }\n}\n";

fn lay() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("etc/nginx/conf.d")).unwrap();
    fs::write(dir.path().join("etc/nginx/nginx.conf"), MAIN).unwrap();
    fs::write(dir.path().join("etc/nginx/conf.d/shop.conf"), FAULTY).unwrap();
    dir
}

fn run(dir: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    let output = command.current_dir(dir).args(["--select", RULE]).args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

const RULE: &str = "bare-status-fallback";

/// The text with another one between two places, counted in lines and characters from 1.
fn applied(text: &str, from: (u64, u64), to: (u64, u64), new: &str) -> String {
    let offset = |(line, column): (u64, u64)| {
        let start: usize = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
        let inside = text[start..].char_indices().nth(column as usize - 1);
        inside.map_or(text.len(), |(at, _)| start + at)
    };
    format!("{}{new}{}", &text[..offset(from)], &text[offset(to)..])
}

/// A place whose column counts UTF-16 code units, with one that counts characters.
fn in_chars(text: &str, (line, column): (u64, u64)) -> (u64, u64) {
    let line_text = text.lines().nth(line as usize - 1).unwrap_or_default();
    let units: Vec<u16> = line_text.encode_utf16().take(column as usize - 1).collect();
    (line, String::from_utf16(&units).unwrap().chars().count() as u64 + 1)
}

#[test]
fn every_format_carries_the_fix_that_is_made() {
    let dir = lay();
    let number = |value: &Value| value.as_u64().unwrap();
    let ends = |region: &Value| {
        let of = |line: &str, column: &str| (number(&region[line]), number(&region[column]));
        (of("startLine", "startColumn"), of("endLine", "endColumn"))
    };
    let sarif: Value = serde_json::from_str(&run(dir.path(), &["--output-format", "sarif"])).unwrap();
    let fix = &sarif["runs"][0]["results"][0]["fixes"][0];
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "etc/nginx/conf.d/shop.conf");
    let replacement = &change["replacements"][0];
    let (from, to) = ends(&replacement["deletedRegion"]);
    // Its columns count UTF-16 code units.
    let (from, to) = (in_chars(FAULTY, from), in_chars(FAULTY, to));
    let by_sarif = applied(FAULTY, from, to, replacement["insertedContent"]["text"].as_str().unwrap());
    assert!(fix["description"]["text"].as_str().is_some_and(|text| !text.is_empty()));

    let rdjson: Value = serde_json::from_str(&run(dir.path(), &["--output-format", "rdjson"])).unwrap();
    let suggestion = &rdjson["diagnostics"][0]["suggestions"][0];
    let position = |end: &str| {
        let at = &suggestion["range"][end];
        (number(&at["line"]), number(&at["column"]))
    };
    // Its columns count bytes.
    let bytes: String = FAULTY.bytes().map(char::from).collect();
    let by_rdjson = applied(&bytes, position("start"), position("end"), suggestion["text"].as_str().unwrap());
    let by_rdjson = String::from_utf8(by_rdjson.chars().map(|char| char as u8).collect()).unwrap();

    let json: Value = serde_json::from_str(&run(dir.path(), &["--output-format", "json"])).unwrap();
    let fix = &json["findings"][0]["fixes"][0];
    assert_eq!(fix["safety"], "safe");
    let edit = &fix["edits"][0];
    let of = |line: &str, column: &str| (number(&edit[line]), number(&edit[column]));
    let (from, to) = (of("line", "column"), of("end_line", "end_column"));
    let by_json = applied(FAULTY, from, to, edit["text"].as_str().unwrap());

    run(dir.path(), &["--fix"]);
    let fixed = fs::read_to_string(dir.path().join("etc/nginx/conf.d/shop.conf")).unwrap();
    assert_ne!(fixed, FAULTY);
    assert_eq!((by_sarif, by_json, by_rdjson), (fixed.clone(), fixed.clone(), fixed));
}
