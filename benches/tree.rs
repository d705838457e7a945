//! A whole run, from files to findings, on a machine that hosts many sites.

#![allow(missing_docs, clippy::expect_used, reason = "criterion's macros; a benchmark may give up")]

#[path = "support/hosting.rs"]
mod hosting;

use std::path::{Path, PathBuf};
use std::{env, fs};

use criterion::{Criterion, Throughput, criterion_group};
use gatelint_lint::{Filter, Finding, Level};
use gatelint_model::files::Rooted;
use gatelint_model::{Options, discover};
use gatelint_rules::RULES;

/// The size that the aims are set for.
const SITES: usize = 1_000;

fn run(root: &Path) -> Vec<Finding> {
    let files = Rooted::open(root).expect("the tree");
    let world = discover::known(&files);
    let loaded = discover::load(&files, &world, &Options::default());
    gatelint_lint::run(&loaded.stack, RULES, &Filter::default())
}

/// A fast run that misses a fault is no run.
fn assert_all_found(findings: &[Finding]) {
    for (fault, rule) in hosting::FAULTS {
        let planted = (0..SITES).filter(|site| hosting::fault(*site) == Some(fault)).count();
        let found = findings.iter().filter(|finding| finding.rule == rule).count();
        assert_eq!(found, planted, "{rule}");
    }
    let alarms = findings.iter().filter(|finding| finding.level >= Level::Warning).count();
    assert_eq!(alarms, SITES / 50, "alarms");
}

fn tree(criterion: &mut Criterion) {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hosting");
    let _ = fs::remove_dir_all(&root);
    hosting::write(&root, SITES).expect("the tree");
    assert_all_found(&run(&root));
    let mut group = criterion.benchmark_group("tree");
    group.throughput(Throughput::Elements(SITES as u64)).sample_size(20);
    group.bench_function("1000 sites", |bencher| bencher.iter(|| run(&root)));
    group.finish();
    let _ = fs::remove_dir_all(&root);
}

criterion_group!(benches, tree);

/// Benchmarks, or with `--write DIR SITES` only writes the tree, for `scripts/bench-tree`.
fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [write, dir, sites, ..] = args.as_slice()
        && write == "--write"
    {
        let sites = sites.parse().expect("a number of sites");
        return hosting::write(Path::new(dir), sites).expect("the tree");
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
