//! What pipelines read: well formed whatever the configuration says, and one entry for each finding.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[path = "support/hostile_tree.rs"]
mod hostile_tree;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
    run_to(root, format, 1)
}

fn run_to(root: &Path, format: &str, code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    let output = command
        .args(["--min-severity", "info", "--output-format", format, "--root"])
        .arg(root)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(code), "{format}");
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

/// What `scripts/checkers/fetch` fetched; `None`: nothing.
fn checkers() -> Option<PathBuf> {
    let found = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/checkers"));
    let found = found.filter(|dir| dir.join("venv/bin/python").exists());
    if found.is_none() {
        println!("did not run: nothing fetched (scripts/checkers/fetch)");
    }
    found
}

/// Both hostile trees, and a clean one: a report without findings has to be well formed too.
fn trees() -> Vec<(tempfile::TempDir, i32)> {
    let clean = tempfile::tempdir().unwrap();
    fs::create_dir_all(clean.path().join("etc/nginx")).unwrap();
    fs::write(clean.path().join("etc/nginx/nginx.conf"), "events {}\nhttp {}\n").unwrap();
    vec![(lay(), 1), (hostile_tree::lay(), 1), (clean, 0)]
}

/// Asks a reader of others for what it finds in a report.
fn ask(program: &Path, script: &str, args: &[&str], report: &str) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report");
    fs::write(&file, report).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/checkers").join(script);
    let output = Command::new(program).arg(script).args(args).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}\n{}", report.chars().take(4000).collect::<String>());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn count(root: &Path, code: i32) -> usize {
    let json: Value = serde_json::from_str(&run_to(root, "json", code)).unwrap();
    json["findings"].as_array().unwrap().len()
}

#[test]
fn sarif_and_rdjson_are_valid_against_their_schemas() {
    let Some(dir) = checkers() else { return };
    for (tree, code) in trees() {
        let count = count(tree.path(), code);
        for format in ["sarif", "rdjson"] {
            let report = run_to(tree.path(), format, code);
            let found = ask(&dir.join("venv/bin/python"), "read.py", &[format], &report);
            let found = found.get(0).unwrap_or(&found).as_u64();
            assert_eq!(found, Some(count as u64), "{format}");
        }
    }
    // The schema is asked, not only read.
    let broken = run(trees()[0].0.path(), "sarif").replace("\"startLine\": ", "\"startLine\": -");
    let refused =
        std::panic::catch_unwind(|| ask(&dir.join("venv/bin/python"), "read.py", &["sarif"], &broken));
    assert!(refused.is_err(), "a negative line is no line");
}

#[test]
fn sarif_says_what_code_scanning_asks_for() {
    let tree = hostile_tree::lay();
    let sarif: Value = serde_json::from_str(&run(tree.path(), "sarif")).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        assert!(rule["help"]["markdown"].as_str().is_some_and(|text| text.len() > 100), "{rule}");
    }
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().all(|one| one["partialFingerprints"]["gatelint/v1"].is_string()));
    assert!(
        results
            .iter()
            .any(|one| one["relatedLocations"][0]["physicalLocation"]["region"]["startLine"].is_u64())
    );
}

#[test]
fn columns_are_counted_as_each_format_counts_them() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("etc/nginx")).unwrap();
    let conf = "events {}\nhttp { log_format x \"\u{1d11e}\u{e4}\"; gzip maybe; }\n";
    fs::write(dir.path().join("etc/nginx/nginx.conf"), conf).unwrap();
    let read = |format: &str| -> Value { serde_json::from_str(&run(dir.path(), format)).unwrap() };
    // Before `maybe` stand 31 characters; one of them has two units and four bytes, one two bytes.
    let (json, sarif, rdjson) = (read("json"), read("sarif"), read("rdjson"));
    assert_eq!(json["findings"][0]["primary"]["column"], 32);
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&33.into(), &38.into()));
    let range = &rdjson["diagnostics"][0]["location"]["range"];
    assert_eq!((&range["start"]["column"], &range["end"]["column"]), (&36.into(), &41.into()));
}

#[test]
fn junit_is_read_by_a_parser_and_its_schema() {
    let Some(dir) = checkers() else { return };
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("did not run: no xmllint");
        return;
    }
    for (tree, code) in trees() {
        let count = count(tree.path(), code);
        let report = run_to(tree.path(), "junit", code);
        let found = ask(&dir.join("venv/bin/python"), "read.py", &["junit"], &report);
        assert_eq!((&found["failures"], &found["failed"]), (&count.into(), &count.into()));
        assert_eq!((&found["tests"], &found["cases"]), (&count.max(1).into(), &count.max(1).into()));
        let texts: Vec<&str> = found["texts"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        if code == 1 {
            assert!(texts.iter().any(|text| text.contains("<script>")), "{texts:?}");
        }
    }
}

/// Node, where it and a package are there.
fn node(dir: &Path, package: &str) -> Option<&'static Path> {
    let node = Path::new("/usr/bin/node");
    let is_there = node.exists() && dir.join("npm/node_modules").join(package).exists();
    if !is_there {
        println!("did not run: no node, or no {package} (scripts/checkers/fetch)");
    }
    is_there.then_some(node)
}

#[test]
fn checkstyle_is_read_by_a_bot() {
    let Some(dir) = checkers() else { return };
    let Some(node) = node(&dir, "danger-plugin-checkstyle") else { return };
    for tree in [lay(), hostile_tree::lay()] {
        let read = ask(node, "read.mjs", &["checkstyle"], &run(tree.path(), "checkstyle"));
        let read = read.as_array().unwrap();
        let json: Value = serde_json::from_str(&run(tree.path(), "json")).unwrap();
        let findings = json["findings"].as_array().unwrap();
        assert_eq!(read.len(), findings.len());
        for finding in findings {
            let message = gatelint_report::clean(finding["message"].as_str().unwrap());
            let same = |one: &Value| {
                one["line"] == finding["primary"]["line"]
                    && one["message"].as_str().is_some_and(|text| text.starts_with(&*message))
            };
            assert!(read.iter().any(same), "{finding} is not in {read:?}");
        }
    }
}

#[test]
fn checkstyle_is_well_formed_and_whole() {
    for (tree, code) in trees() {
        let report = run_to(tree.path(), "checkstyle", code);
        let mut child = match Command::new("xmllint").args(["--noout", "-"]).stdin(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(_) => {
                println!("did not run: no xmllint");
                return;
            }
        };
        child.stdin.take().unwrap().write_all(report.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(report.matches("<error ").count(), count(tree.path(), code));
    }
}

#[test]
fn githubs_toolkit_writes_the_same_commands() {
    let Some(dir) = checkers() else { return };
    let Some(node) = node(&dir, "@actions/core") else { return };
    for tree in [lay(), hostile_tree::lay()] {
        let found = ask(node, "read.mjs", &["github"], &run(tree.path(), "github"));
        assert_eq!(found.as_u64(), Some(count(tree.path(), 1) as u64));
    }
}

/// GitLab's table of fields: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.
#[test]
fn gitlab_has_every_field_that_is_documented() {
    for (tree, code) in trees() {
        let report: Value = serde_json::from_str(&run_to(tree.path(), "gitlab", code)).unwrap();
        for issue in report.as_array().unwrap() {
            let text = |name: &str| issue[name].as_str().is_some_and(|text| !text.is_empty());
            assert!(text("description") && text("check_name") && text("fingerprint"), "{issue}");
            let severity = issue["severity"].as_str().unwrap();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity), "{issue}");
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.is_empty() && !path.starts_with("./"), "{issue}");
            assert!(issue["location"]["lines"]["begin"].as_u64() > Some(0), "{issue}");
        }
    }
}
