//! What each rule costs on a machine that hosts many sites: `cargo bench --bench rules [DIR]`. The first to ask for what is worked out once pays
//! for it, so each is asked twice; the second time counts.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark may give up")]

#[path = "support/hosting.rs"]
mod hosting;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use gatelint_lint::{Filter, Findings};
use gatelint_model::files::Rooted;
use gatelint_model::{Options, discover};
use gatelint_rules::RULES;

const SITES: usize = 1_000;
const RUNS: usize = 5;

fn main() {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hosting-rules");
    let _ = std::fs::remove_dir_all(&root);
    hosting::write(&root, SITES).expect("the tree");
    let files = Rooted::open(&root).expect("the tree");
    let world = discover::known(&files);
    let start = Instant::now();
    let loaded = discover::load(&files, &world, &Options::default());
    println!("{:>9.1?} reading and linking", start.elapsed());
    let start = Instant::now();
    let findings = gatelint_lint::run(&loaded.stack, RULES, &Filter::default());
    println!("{:>9.1?} every rule, the first time ({} findings)", start.elapsed(), findings.len());
    let cost = |rule: &gatelint_lint::Rule| {
        let once = || {
            let start = Instant::now();
            (rule.check)(&loaded.stack, &mut Findings::default());
            start.elapsed()
        };
        (0..RUNS).map(|_| once()).min().unwrap_or(Duration::ZERO)
    };
    let mut costs: Vec<_> = RULES.iter().map(|rule| (cost(rule), rule.name)).collect();
    costs.sort_unstable_by(|a, b| b.cmp(a));
    println!("{:>9.1?} every rule, again", costs.iter().map(|(cost, _)| *cost).sum::<Duration>());
    for (cost, name) in costs.iter().take(30) {
        println!("{cost:>9.1?} {name}");
    }
    let _ = std::fs::remove_dir_all(&root);
}
