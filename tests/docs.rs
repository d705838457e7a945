//! The guides' examples are run: every command of a `console` fence prints what stands below it.
//!
//! ```` ```console dir=fixtures/err/broken-shop ```` names the tree that the commands run in; one copy of it serves the
//! whole guide, so that a later command finds what an earlier one wrote. `UPDATE=1` writes what comes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

fn guides() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = fs::read_dir(root.join("docs/guide")).expect("the guides");
    let mut guides: Vec<PathBuf> = dir.map(|entry| entry.expect("a guide").path()).collect();
    guides.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    guides.push(root.join("README.md"));
    guides.sort();
    guides
}

#[test]
fn every_example_prints_what_it_shows() {
    let mut wrong = Vec::new();
    for path in guides() {
        let text = fs::read_to_string(&path).expect("a guide");
        let fresh = run(&text);
        if fresh == text {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, fresh).expect("the guide is written");
        } else {
            let differs =
                |(shown, comes): (&str, &str)| (shown != comes).then(|| format!("{shown}\n+ {comes}"));
            let first = text.lines().zip(fresh.lines()).find_map(differs).unwrap_or_default();
            wrong.push(format!("{}:\n- {first}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "run with UPDATE=1 and read what it writes\n{}", wrong.join("\n"));
}

/// The guide with what its commands print.
fn run(text: &str) -> String {
    let mut trees = HashMap::new();
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(dir) = line.strip_prefix("```console dir=") else { continue };
        let tree = trees.entry(dir.to_owned()).or_insert_with(|| copy(dir));
        for line in lines.by_ref().take_while(|line| *line != "```") {
            if let Some(command) = line.strip_prefix("$ ") {
                out.push_str(line);
                out.push('\n');
                out.push_str(&output(command, tree.path()));
            }
        }
        out.push_str("```\n");
    }
    out
}

fn copy(dir: &str) -> TempDir {
    let tree = tempfile::tempdir().expect("a directory");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir).join(".");
    let copied = Command::new("cp").arg("-a").arg(from).arg(tree.path()).status().expect("cp runs");
    assert!(copied.success(), "{dir}");
    tree
}

fn output(command: &str, dir: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_gatelint")).parent().expect("its directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let out = Command::new("sh")
        .args(["-c", &format!("{{ {command}; }} 2>&1")])
        .current_dir(dir)
        .env("PATH", format!("{}:{path}", binary.display()))
        .env("HOME", dir)
        .env_remove("NO_COLOR")
        .output()
        .expect("sh runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
}
