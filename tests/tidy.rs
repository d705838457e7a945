//! The floors of the house, held by test: who may know whom, who may touch what, and how long a file may be.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};

/// Which of our crates each crate may depend on: always those downstairs.
const FLOORS: &[(&str, &[&str])] = &[
    ("crates/syntax", &[]),
    ("crates/catalog", &[]),
    ("crates/model", &["syntax", "catalog"]),
    ("crates/lint", &["model", "syntax"]),
    ("rules", &["lint", "model", "catalog", "syntax"]),
    ("crates/diagnose", &["lint", "model", "syntax"]),
    ("crates/report", &["diagnose", "lint", "model", "syntax"]),
    ("crates/run", &["lint", "model", "syntax"]),
    ("crates/lsp", &["run", "lint", "model", "report", "rules", "syntax", "catalog"]),
    ("crates/cli", &["lsp", "run", "diagnose", "lint", "model", "report", "rules", "syntax", "catalog"]),
];

/// What only some may name: the words, and where they may stand.
const DOORS: &[(&[&str], &[&str])] = &[
    (&["codespan_reporting"], &["crates/report/"]),
    (
        &["std::fs", "File::open", "rustix::fs", "walkdir"],
        // A log is no part of the tree: it is whatever file the user names.
        &[
            "crates/model/src/files/",
            "crates/catalog/build",
            "crates/cli/src/save.rs",
            "crates/cli/src/diagnose.rs",
        ],
    ),
    (&["std::env", "std::process", "ExitCode"], &["crates/cli/", "crates/catalog/build", "main.rs"]),
    (
        &["println!", "eprintln!", "print!(", "eprint!(", "stdout()", "stderr()"],
        &["crates/cli/", "crates/catalog/build"],
    ),
];

/// The most lines of code that a file may have, tests and comments aside.
const MAX_LINES: usize = 400;
/// The same for a rule.
const MAX_RULE_LINES: usize = 200;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The sources of the product, tests aside, relative to the project.
fn sources() -> Vec<PathBuf> {
    let mut pending = vec![root().join("crates"), root().join("rules"), root().join("main.rs")];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(
                fs::read_dir(&path).expect("a directory").map(|entry| entry.expect("an entry").path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let path = path.strip_prefix(root()).expect("a path of the project").to_path_buf();
            let is_test = path.components().any(|part| part.as_os_str() == "tests")
                || path
                    .file_stem()
                    .is_some_and(|stem| stem == "tests" || stem.to_string_lossy().ends_with("_tests"));
            if !is_test {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines of code up to the tests at the end of a file.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(root().join(path)).expect("a source file");
    let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(str::to_owned)
        .collect()
}

/// The names of our crates in the sections of a manifest that count for what is shipped.
fn own_dependencies(manifest: &str) -> Vec<String> {
    let mut in_dependencies = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line == "[dependencies]" || line == "[build-dependencies]";
        } else if let Some(rest) = line.strip_prefix("gatelint-").filter(|_| in_dependencies) {
            found.extend(rest.split(['.', ' ', '=']).next().map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_crate_knows_only_those_downstairs() {
    for (dir, allowed) in FLOORS {
        let manifest = fs::read_to_string(root().join(dir).join("Cargo.toml")).expect("a manifest");
        for dependency in own_dependencies(&manifest) {
            assert!(allowed.contains(&dependency.as_str()), "{dir} depends on gatelint-{dependency}");
        }
    }
    let crates = fs::read_dir(root().join("crates")).expect("crates").count() + 1;
    assert_eq!(crates, FLOORS.len(), "a crate has no floor");
}

#[test]
fn every_door_has_its_keeper() {
    for path in sources() {
        let name = path.display().to_string();
        for (words, keepers) in DOORS {
            if keepers.iter().any(|keeper| name.starts_with(keeper)) {
                continue;
            }
            for line in code(&path) {
                let found = words.iter().find(|word| line.contains(*word));
                assert!(found.is_none(), "{name} may not use {found:?}: {line}");
            }
        }
    }
}

#[test]
fn files_stay_small() {
    for path in sources() {
        let is_rule = path.starts_with("rules") && path.file_name().is_some_and(|name| name != "lib.rs");
        let most = if is_rule { MAX_RULE_LINES } else { MAX_LINES };
        let lines = code(&path).len();
        assert!(lines < most, "{} has {lines} lines of code, at most {most} are readable", path.display());
    }
}
