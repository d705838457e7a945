//! The throughput of nginx's parser: tree and spans of real-like configuration, concatenated.

#![allow(missing_docs, clippy::expect_used, reason = "criterion's macros; a benchmark may give up")]

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gatelint_syntax::nginx;

/// Enough text that caches do not hold it all, as on a large host.
const SIZE: usize = 8 << 20;

/// The nginx files of the fixtures that nginx accepts, over and over.
fn text() -> Vec<u8> {
    let mut files = Vec::new();
    for group in ["ok", "distro"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(group), &mut files);
    }
    files.sort();
    let once: Vec<u8> = files.iter().flat_map(|path| fs::read(path).expect("a fixture")).collect();
    once.iter().copied().cycle().take(SIZE.next_multiple_of(once.len())).collect()
}

fn collect(dir: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, into);
        } else if path.components().any(|part| part.as_os_str() == "nginx") {
            into.push(path);
        }
    }
}

fn parse(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("nginx");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bencher| bencher.iter(|| nginx::parse(black_box(&text))));
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
