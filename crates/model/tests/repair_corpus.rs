//! Repairs against the verdicts of the real `nginx -t`, where the corpus is at hand.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gatelint_model::files::Memory;
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::NginxRoot;
use gatelint_model::{Options, Roots, Stack};
use gatelint_syntax::{FileId, TextRange};

/// The mistakes that repairs are for, with the least share of each that must be found where it was made and
/// predicted as nginx put it (message and line), in per cent.
const KINDS: [(&str, u32, u32); 10] = [
    ("drop_semicolon", 100, 97),
    ("drop_close_brace", 96, 100),
    ("drop_open_brace", 97, 100),
    ("extra_close_brace", 95, 100),
    ("extra_semicolon", 100, 100),
    ("unterminated_quote", 100, 100),
    ("quote_glue", 86, 86),
    ("glue_brace", 100, 100),
    ("truncate", 88, 100),
    ("extra_open_brace", 100, 100),
];

fn corpus() -> Option<(PathBuf, Vec<serde_json::Value>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/nginx");
    let Ok(labels) = fs::read_to_string(dir.join("labels.jsonl")) else {
        eprintln!("skipped: no corpus beside the project");
        return None;
    };
    Some((dir, labels.lines().map(|line| serde_json::from_str(line).unwrap()).collect()))
}

fn load(dir: &Path, label: &serde_json::Value) -> Stack {
    let config = label["config"].as_str().unwrap();
    let mut tree = Memory::default();
    match config.split_once('/') {
        None => tree.add("/srv/ngx/nginx.conf", fs::read(dir.join(config)).unwrap()),
        Some((entry, _)) => add(&mut tree, &dir.join(entry), Path::new("/srv/ngx")),
    }
    let root = NginxRoot { path: "/srv/ngx/nginx.conf".into(), context: ContextKind::Main };
    Stack::load(&tree, &Roots { nginx: vec![root], fpm: vec![] }, &Options::default())
}

fn add(tree: &mut Memory, from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => add(tree, &entry.path(), &to),
            false => tree.add(to, fs::read(entry.path()).unwrap()),
        }
    }
}

/// What is found: the place to edit, and what nginx prints where.
struct Found {
    primary: (String, u64),
    refusal: Option<(String, u64, String)>,
    kind: String,
}

fn found(stack: &Stack) -> Vec<Found> {
    let place = |file: FileId, at: u32| {
        let source = stack.sources.get(file).unwrap();
        let path = source.path.strip_prefix("/srv/ngx").unwrap().to_string_lossy().into_owned();
        (path, u64::from(source.lines().line(at)))
    };
    let mut all = Vec::new();
    for (file, repair) in stack.repairs() {
        let refusal = repair.refusal.as_ref().map(|refusal| {
            let (path, line) = place(file, refusal.at);
            (path, line, refusal.message.clone())
        });
        let start = |range: TextRange| range.end.saturating_sub(1).max(range.start);
        let kind = format!("{:?} {:?}", repair.kind, repair.edits);
        all.push(Found { primary: place(file, start(repair.place)), refusal, kind });
    }
    for file in stack.nginx.files() {
        for error in stack.nginx.tree(file).unwrap().errors().iter().take(1) {
            let (path, line) = place(file, error.at);
            let refusal = Some((path, line, error.kind.message()));
            all.push(Found { primary: place(file, error.range.start), refusal, kind: "error".into() });
        }
    }
    all.sort_by_key(|found| found.refusal.as_ref().map_or(u64::MAX, |(_, line, _)| *line));
    all
}

#[test]
fn mistakes_are_found_where_they_were_made() {
    let Some((dir, labels)) = corpus() else { return };
    let verbose = std::env::var_os("GATELINT_VERBOSE").is_some();
    let mut figures: BTreeMap<&str, (u32, u32, u32, u32)> = BTreeMap::new();
    for label in &labels {
        let kind = label["kind"].as_str().unwrap_or_default();
        let Some((kind, ..)) = KINDS.iter().find(|(known, ..)| *known == kind) else { continue };
        if label["accept"].as_bool().unwrap() || label["env"].as_bool().unwrap() {
            continue;
        }
        let stack = load(&dir, label);
        let all = found(&stack);
        let message = label["message"].as_str().unwrap();
        let message = message.rsplit_once(" in ").map_or(message, |(message, _)| message);
        let want = (label["file"].as_str().unwrap_or_default(), label["line"].as_u64().unwrap_or(0));
        let edit =
            (label["edit_file"].as_str().unwrap_or_default(), label["edit_line"].as_u64().unwrap_or(0));
        let first = all.first();
        let at_edit = first.is_some_and(|found| (found.primary.0.as_str(), found.primary.1) == edit);
        let same = first
            .and_then(|found| found.refusal.as_ref())
            .is_some_and(|(path, line, text)| (path.as_str(), *line) == want && text == message);
        let figure = figures.entry(kind).or_default();
        figure.0 += 1;
        figure.1 += u32::from(at_edit);
        figure.2 += u32::from(same);
        figure.3 += u32::from(all.len() == 1);
        if verbose && !(at_edit && same && all.len() == 1) {
            eprintln!("{kind} {} edit {edit:?} want {want:?} {message}", label["config"]);
            for found in &all {
                eprintln!("    {:?} {:?} {}", found.primary, found.refusal, found.kind);
            }
        }
    }
    for (kind, at_edit, same) in KINDS {
        let Some(&(all, edits, messages, single)) = figures.get(kind) else { continue };
        eprintln!("{kind}: {all}, on the edited line {edits}, same refusal {messages}, one finding {single}");
        assert!(edits * 100 >= at_edit * all && messages * 100 >= same * all, "{kind}");
    }
}

/// A line that nginx takes and that swallows the next one is a mistake all the same: the mutants that were made
/// so are the only accepted ones with a repair, and it foretells no refusal.
#[test]
fn what_nginx_takes_is_left_alone() {
    let Some((dir, labels)) = corpus() else { return };
    for label in labels.iter().filter(|label| label["accept"].as_bool().unwrap()) {
        for found in found(&load(&dir, label)) {
            let is_edit = label["edit_line"].as_u64() == Some(found.primary.1);
            let is_swallowed =
                label["desc"].as_str().is_some_and(|what| what.contains("`;`") || what.contains("semicolon"));
            assert!(is_edit && is_swallowed && found.refusal.is_none(), "{label}: {}", found.kind);
        }
    }
}

/// Mistakes of other sorts are no reason to rewrite a file: where a repair is made of one, it is at the place of
/// the mistake (a commented brace, a byte order mark, an expression without quotes).
#[test]
fn other_mistakes_are_left_to_the_rules() {
    let Some((dir, labels)) = corpus() else { return };
    let others = labels.iter().filter(|label| {
        let kind = label["kind"].as_str().unwrap_or("handmade");
        let is_single = !matches!(kind, "handmade" | "two" | "top_level" | "valid_insert");
        !label["accept"].as_bool().unwrap() && is_single && !KINDS.iter().any(|(known, ..)| *known == kind)
    });
    let (mut all, mut wrong) = (0, Vec::new());
    for label in others {
        all += 1;
        let elsewhere = |found: &Found| label["edit_line"].as_u64() != Some(found.primary.1);
        let found = found(&load(&dir, label));
        let shown = found.iter().filter(|found| elsewhere(found));
        wrong.extend(shown.map(|found| format!("{label}: {:?} {}", found.primary, found.kind)));
    }
    eprintln!("{all} other mistakes, {} repairs elsewhere", wrong.len());
    assert!(wrong.len() * 100 <= all, "{}", wrong.join("\n"));
}
