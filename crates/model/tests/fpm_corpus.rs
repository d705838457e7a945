//! Conformance with `php-fpm8.2 -t`: same verdict, same first refusal. Reads a corpus beside the project where
//! there is one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gatelint_model::files::Memory;
use gatelint_model::fpm::{Master, Stage};
use gatelint_model::stack::FpmRoot;
use gatelint_model::{Options, Roots, Stack};
use serde_json::Value;

fn load(corpus: &Path, config: &str) -> Stack {
    let mut files = Memory::default();
    match Path::new(config).parent().filter(|dir| !dir.as_os_str().is_empty()) {
        None => files.add("/php-fpm.conf", fs::read(corpus.join(config)).unwrap()),
        Some(dir) => add_all(&mut files, &corpus.join(dir), Path::new("/")),
    }
    let fpm = vec![FpmRoot { paths: vec![PathBuf::from("/php-fpm.conf")], is_main: true }];
    let roots = Roots { fpm, ..Roots::default() };
    Stack::load(&files, &roots, &Options { php_version: Some((8, 2)), ..Options::default() })
}

fn add_all(files: &mut Memory, dir: &Path, to: &Path) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            add_all(files, &entry.path(), &target);
        } else {
            files.add(&target, fs::read(entry.path()).unwrap());
        }
    }
}

/// The corpus and its rows, where there is one.
fn corpus() -> Option<(PathBuf, Vec<Value>)> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/fpm");
    let Ok(labels) = fs::read_to_string(corpus.join("labels.jsonl")) else {
        println!("skipped: no corpus at {}", corpus.display());
        return None;
    };
    Some((corpus, labels.lines().map(|line| serde_json::from_str(line).unwrap()).collect()))
}

#[test]
fn verdicts_are_those_of_php_fpm() {
    let Some((corpus, rows)) = corpus() else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let stack = load(&corpus, row["config"].as_str().unwrap());
        let [master] = &stack.fpm.masters[..] else { panic!("{row}") };
        let refusal = master.refusals.iter().find(|refusal| refusal.stage == Stage::Test);
        let got = refusal.map(|refusal| {
            let place = refusal.at.unwrap_or(refusal.primary);
            let file = &stack.sources.get(place.file).unwrap().path;
            (
                refusal.log.clone(),
                format!("{}:{}", file.strip_prefix("/").unwrap().display(), stack.sources.line(place)),
            )
        });
        let is_expected = match (&got, row["accept"] == true || row["env"] == true) {
            (None, accepted) => accepted,
            (Some(_), true) => false,
            (Some((log, place)), false) => {
                let expected = format!("{}:{}", row["file"].as_str().unwrap_or_default(), row["line"]);
                log == row["message"].as_str().unwrap() && (row["line"].is_null() || *place == expected)
            }
        };
        if !is_expected {
            wrong.push(format!(
                "{} {}\n  want {} {}:{}\n  got  {got:?}",
                row["config"], row["name"], row["message"], row["file"], row["line"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// How the dump that the corpus holds differs from the model's.
fn differences(master: &Master, effective: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for (section, keys) in effective.as_object().unwrap() {
        let sections = master.effective();
        let found = sections
            .iter()
            .find(|(name, _)| name == section)
            .map(|(_, dump)| dump.clone())
            .unwrap_or_default();
        for (key, expected) in keys.as_object().unwrap() {
            let got: Vec<&str> =
                found.iter().filter(|(own, _)| own == key).map(|(_, value)| value.as_str()).collect();
            let one = std::slice::from_ref(expected);
            let expected: Vec<&str> = expected
                .as_array()
                .map_or(one, Vec::as_slice)
                .iter()
                .map(|one| one.as_str().unwrap())
                .collect();
            let is_equal = |got: &str, expected: &str| match expected.strip_prefix("$PREFIX") {
                Some(rest) => got.ends_with(rest),
                None => got == expected || got == "?",
            };
            if got.len() != expected.len()
                || !got.iter().zip(&expected).all(|(got, want)| is_equal(got, want))
            {
                wrong.push(format!("[{section}] {key}: want {expected:?} got {got:?}"));
            }
        }
    }
    wrong
}

#[test]
fn values_are_those_that_php_fpm_prints() {
    let Some((corpus, rows)) = corpus() else { return };
    let mut wrong = String::new();
    for row in rows.iter().filter(|row| row["effective"].is_object()) {
        let stack = load(&corpus, row["config"].as_str().unwrap());
        for line in differences(&stack.fpm.masters[0], &row["effective"]) {
            let _ = writeln!(wrong, "{} {}: {line}", row["config"], row["name"]);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
