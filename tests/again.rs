//! Reading again after an edit finds what reading for the first time finds, in every fixture, whichever file is edited.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};

use gatelint_lint::{Filter, run};
use gatelint_model::discover::{Loaded, World, known, load, load_after};
use gatelint_model::files::{Overlay, Rooted};
use gatelint_model::{Options, Origin};
use gatelint_rules::RULES;

/// The most files of one tree that are edited.
const MAX_FILES: usize = 3;

fn trees() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let kinds = ["distro", "ok", "err"].map(|kind| fixtures.join(kind));
    let below =
        |dir: &PathBuf| fs::read_dir(dir).expect("fixtures").map(|entry| entry.expect("an entry").path());
    let mut trees: Vec<PathBuf> = kinds.iter().flat_map(below).filter(|path| path.is_dir()).collect();
    trees.sort();
    trees
}

/// Edits that move, mend and break what follows.
fn edits(text: &[u8]) -> Vec<Vec<u8>> {
    let middle = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let middle = middle.clone().nth(middle.count() / 2).unwrap_or(0);
    let (before, after) = text.split_at(middle);
    vec![
        [b"\n\n", text].concat(),
        [before, b"    gzip onn;\n", after].concat(),
        [before, b"}\n", after].concat(),
        before.to_vec(),
        Vec::new(),
    ]
}

/// Everything that is said of a world, as text.
fn said(loaded: &Loaded) -> String {
    let findings = run(&loaded.stack, RULES, &Filter::default());
    let files: Vec<_> = loaded.stack.sources.iter().map(|(id, source)| (id, &source.path)).collect();
    format!("{files:#?}\n{findings:#?}\n{:#?}\n{:#?}", loaded.stack.problems, loaded.unreached)
}

#[test]
fn an_edit_leads_where_a_first_reading_does() {
    let options = Options::default();
    let mut compared = 0;
    for tree in trees() {
        let disk = Rooted::open(&tree).expect("a tree");
        let world: World = known(&disk);
        if world.is_empty() {
            continue;
        }
        let first = load(&disk, &world, &options);
        let texts = first.stack.sources.iter().filter(|(_, source)| source.origin == Origin::Tree);
        let texts: Vec<_> = texts.map(|(_, source)| (source.path.clone(), source.bytes.clone())).collect();
        let mut kept = first;
        for (path, text) in texts.iter().take(MAX_FILES) {
            // Each edit follows the one before it; the last gives back what is on disk.
            for edited in edits(text).iter().chain([text]) {
                let overlay = Overlay::new(&disk, [(path, edited.as_slice())]);
                let names: Vec<PathBuf> = texts
                    .iter()
                    .filter(|(name, _)| overlay.real(name) == overlay.real(path))
                    .map(|(name, _)| name.clone())
                    .collect();
                kept = load_after(kept, &names, &overlay, &world, &options);
                let fresh = load(&overlay, &world, &options);
                assert_eq!(said(&kept), said(&fresh), "{} in {}", path.display(), tree.display());
                compared += 1;
            }
        }
    }
    assert!(compared > 300, "{compared} edits are too few to tell");
}
