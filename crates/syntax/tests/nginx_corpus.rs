//! The reader against the verdicts of the real `nginx -t`, where the corpus is at hand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::Path;

use gatelint_syntax::lines::LineIndex;
use gatelint_syntax::nginx::parse;

/// Message classes that come from the reader itself and not from a directive (which may refuse a `{` too).
fn is_reader_message(message: &str) -> bool {
    let prefixes = ["unexpected end", "unexpected \";", "unexpected \"}", "too long parameter"];
    prefixes.iter().any(|prefix| message.starts_with(prefix))
}

#[test]
fn first_error_is_the_one_that_nginx_prints() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/nginx");
    let Ok(labels) = fs::read_to_string(corpus.join("labels.jsonl")) else {
        eprintln!("skipped: no corpus beside the project");
        return;
    };
    let (mut judged, mut wrong) = (0, Vec::new());
    for line in labels.lines() {
        let label: serde_json::Value = serde_json::from_str(line).unwrap();
        let config = label["config"].as_str().unwrap();
        let message = label["message"].as_str().unwrap_or_default();
        let message = message.rsplit_once(" in ").map_or(message, |(message, _)| message);
        let accept = label["accept"].as_bool().unwrap();
        let main = if config.contains('/') { label["file"].as_str() == Some("nginx.conf") } else { true };
        if !(accept || main && is_reader_message(message)) {
            continue;
        }
        let text = fs::read(corpus.join(config)).unwrap();
        let tree = parse(&text);
        let first = tree.errors().first();
        let got = first.map(|error| (error.kind.message(), LineIndex::new(&text).line(error.at)));
        let want = (!accept).then(|| (message.to_owned(), label["line"].as_u64().unwrap_or(0) as u32));
        judged += 1;
        if got != want {
            wrong.push(format!("{config}: want {want:?}, got {got:?}"));
        }
    }
    assert!(judged > 1000, "the corpus was not read: {judged}");
    assert!(wrong.is_empty(), "{} of {judged} differ:\n{}", wrong.len(), wrong.join("\n"));
}
