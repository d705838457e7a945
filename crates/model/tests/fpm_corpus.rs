//! Conformance with `php-fpm8.2 -t`: same verdict, same first refusal. Reads a corpus beside the project where
//! there is one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};

use gatelint_model::files::Memory;
use gatelint_model::fpm::Stage;
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

#[test]
fn verdicts_are_those_of_php_fpm() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/fpm");
    let Ok(labels) = fs::read_to_string(corpus.join("labels.jsonl")) else {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    };
    let mut wrong = Vec::new();
    for row in labels.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
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
        let tests = master.refusals.iter().filter(|refusal| refusal.stage == Stage::Test).count();
        if tests > 1 {
            let logs: Vec<_> = master.refusals.iter().map(|refusal| &refusal.log).collect();
            println!("{} {}: {logs:?}", row["config"], row["name"]);
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}
