//! What pipelines read: well formed whatever the configuration says, and one entry for each finding.

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

/// Names that would end a line, a tag, a string or a command where they are not escaped.
const HOSTILE: &str = "a\"%0A::error::x,b:c]]><script>&'\u{1b}[31m\u{202e}\r\\nz";

fn lay() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("etc/nginx/conf.d");
    fs::create_dir_all(&conf).unwrap();
    fs::write(dir.path().join("etc/nginx/nginx.conf"), "events {}\nhttp {\n  include conf.d/*.conf;\n}\n")
        .unwrap();
    let word = HOSTILE.replace('"', "\\\"");
    for (name, text) in [
        ("a,b:c%.conf", format!("server {{\n  gzip \"{word}\";\n  gzip \"{word}\";\n}}\n")),
        ("z <&\u{1b}>.conf", "server {\n  access_log /a nosuch;\n}\n".to_owned()),
    ] {
        fs::write(conf.join(name), text).unwrap();
    }
    dir
}

fn run(root: &Path, format: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    let output = command
        .args(["--min-severity", "info", "--output-format", format, "--root"])
        .arg(root)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{format}");
    let text = String::from_utf8(output.stdout).unwrap();
    let raw = text.chars().find(|char| char.is_control() && *char != '\n' || *char == '\u{202e}');
    assert_eq!(raw, None, "{format}: {text}");
    text
}

#[test]
fn every_format_is_well_formed_and_whole() {
    let tree = lay();
    let json: Value = serde_json::from_str(&run(tree.path(), "json")).unwrap();
    let count = json["findings"].as_array().unwrap().len();
    assert!(count >= 3, "{json:#}");

    let github = run(tree.path(), "github");
    assert_eq!(github.lines().count(), count, "{github}");
    for line in github.lines() {
        let rest = line.strip_prefix("::error ").or_else(|| line.strip_prefix("::warning "));
        let rest = rest.or_else(|| line.strip_prefix("::notice ")).unwrap();
        let (properties, _) = rest.split_once("::").unwrap();
        let keys: Vec<&str> = properties.split(',').map(|one| one.split_once('=').unwrap().0).collect();
        assert_eq!(keys, ["file", "line", "endLine", "col", "endColumn", "title"], "{line}");
    }

    let gitlab: Value = serde_json::from_str(&run(tree.path(), "gitlab")).unwrap();
    let issues = gitlab.as_array().unwrap();
    assert_eq!(issues.len(), count);
    let mut prints: Vec<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), count, "fingerprints are unique");
    assert!(issues.iter().all(|issue| issue["location"]["lines"]["begin"].as_u64() > Some(0)));

    let rdjson: Value = serde_json::from_str(&run(tree.path(), "rdjson")).unwrap();
    assert_eq!(rdjson["diagnostics"].as_array().unwrap().len(), count);

    let sarif: Value = serde_json::from_str(&run(tree.path(), "sarif")).unwrap();
    let run_of = &sarif["runs"][0];
    assert_eq!(run_of["results"].as_array().unwrap().len(), count);
    for result in run_of["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run_of["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }

    for (format, element) in [("junit", "<testcase "), ("checkstyle", "<error ")] {
        let xml = run(tree.path(), format);
        assert_eq!(xml.matches(element).count(), count, "{xml}");
        assert!(!xml.contains("<script") && !xml.contains("]]>"), "{xml}");
    }
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let tree = lay();
    let prints = || -> Vec<Value> {
        let all: Value = serde_json::from_str(&run(tree.path(), "gitlab")).unwrap();
        all.as_array().unwrap().iter().map(|issue| issue["fingerprint"].clone()).collect()
    };
    let before = prints();
    let path = tree.path().join("etc/nginx/conf.d/a,b:c%.conf");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("# a new line\n\n{text}")).unwrap();
    assert_eq!(prints(), before);
}
