//! Copies of trees that are fixed, and what is said of them.

#![allow(dead_code, reason = "every test binary uses a part")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The cases of the lab, where it lies beside this project.
pub(crate) fn lab() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lab");
    dir.join("cases").is_dir().then_some(dir)
}

/// The names of the lab's cases with a broken tree, sorted.
pub(crate) fn broken(lab: &Path) -> Vec<String> {
    let names = fs::read_dir(lab.join("cases")).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> = names
        .filter(|entry| entry.path().join("bad").is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Copies a tree, links as links.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let (path, kind) = (to.join(entry.file_name()), entry.file_type().unwrap());
        if kind.is_symlink() {
            symlink(fs::read_link(entry.path()).unwrap(), path).unwrap();
        } else if kind.is_dir() {
            copy(&entry.path(), &path);
        } else {
            fs::copy(entry.path(), path).unwrap();
        }
    }
}

/// Every file below a directory with its bytes.
pub(crate) fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap()) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(files(&entry.path()));
        } else if kind.is_file() {
            found.insert(entry.path(), fs::read(entry.path()).unwrap());
        }
    }
    found
}

/// Runs the binary on a tree that plays `/`.
pub(crate) fn run(root: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    command.arg("check").arg("--root").arg(root).args(args).output().unwrap()
}

/// Rule and message of everything that is found, with how often, and what could not be read.
pub(crate) fn found(root: &Path) -> (BTreeMap<(String, String, bool), usize>, usize) {
    let output = run(root, &["--output-format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut count = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        let key = (text("rule"), text("message"), finding["level"] != "info");
        *count.entry(key).or_insert(0) += 1;
    }
    (count, report["errors"].as_array().unwrap().len())
}

/// The alarms of [`found`].
pub(crate) fn alarms(found: &BTreeMap<(String, String, bool), usize>) -> usize {
    found.iter().filter(|((_, _, is_alarm), _)| *is_alarm).map(|(_, count)| count).sum()
}
