//! Lays out the sources of the book: the guides, and every rule's page by family. `scripts/book` builds it.

#![allow(clippy::expect_used, reason = "it runs in the checkout and on nothing else")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gatelint_rules::RULES;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(std::env::args_os().nth(1).expect("the directory to write to"));
    let write = |path: &str, text: &str| {
        let path = out.join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory is made");
        fs::write(&path, text).expect("a page is written");
    };

    let guides = fs::read_to_string(root.join("docs/guide/SUMMARY.md")).expect("the list of guides");
    for entry in fs::read_dir(root.join("docs/guide")).expect("the guides") {
        let path = entry.expect("a guide").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let text = fs::read_to_string(&path).expect("a guide");
        if name.ends_with(".md") && name != "SUMMARY.md" {
            write(name, &guide(&text));
        }
    }

    let mut families: BTreeMap<String, Vec<&gatelint_lint::Rule>> = BTreeMap::new();
    for rule in RULES {
        families.entry(family(root, rule.name)).or_default().push(rule);
    }
    let mut summary = format!("{}\n# Rules\n\n- [All rules](rules/index.md)\n", guides.trim_end());
    let mut index = String::from("# All rules\n");
    for (family, rules) in &families {
        let _ = write!(index, "\n## {family}\n\n| rule | level | what it finds |\n|---|---|---|\n");
        for rule in rules {
            let (name, level) = (rule.name, rule.level.name());
            let summary_cell = rule.summary.replace('|', "\\|");
            let _ = writeln!(index, "| [{name}]({name}.md) | {level} | {summary_cell} |");
            let _ = writeln!(summary, "  - [{name}](rules/{name}.md)");
            write(&format!("rules/{name}.md"), &page(rule.page));
        }
    }
    write("rules/index.md", &index);
    let catalogue = root.join("docs/catalogue.md");
    if let Ok(text) = fs::read_to_string(catalogue) {
        write("catalogue.md", &text);
        summary.push_str("\n# Reference\n\n- [What is covered](catalogue.md)\n");
    }
    write("SUMMARY.md", &summary);
}

/// The folder that a rule lies in.
fn family(root: &Path, name: &str) -> String {
    let file = format!("{}.md", name.replace('-', "_"));
    let dirs = fs::read_dir(root.join("rules")).expect("the rules").filter_map(Result::ok);
    let home = dirs.map(|dir| dir.path()).find(|dir| dir.join(&file).is_file()).expect("the rule's folder");
    home.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A rule's page for readers: the names of files stand above them, and what tests need is put into words.
fn page(text: &str) -> String {
    fences(text, |info, body| {
        if let Some((language, path)) = info.split_once(" file=") {
            format!("*{}*\n```{language}\n{body}```\n", path.trim_matches('/'))
        } else if let Some((language, path)) = info.split_once(" fixed=") {
            format!("*{}, fixed*\n```{language}\n{body}```\n", path.trim_matches('/'))
        } else if info == "text output" {
            format!("gatelint says:\n```text\n{body}```\n")
        } else if info == "live" {
            format!("What the real servers do:\n```text\n{body}```\n")
        } else {
            format!("```{info}\n{body}```\n")
        }
    })
}

/// A guide for readers: where its commands are run is the test's business.
fn guide(text: &str) -> String {
    fences(text, |info, body| {
        let language = info.split(' ').next().unwrap_or_default();
        format!("```{language}\n{body}```\n")
    })
}

/// Rewrites every fence of a text.
fn fences(text: &str, rewrite: impl Fn(&str, &str) -> String) -> String {
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            out.push_str(line);
            out.push('\n');
            continue;
        };
        let body: String =
            lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
        out.push_str(&rewrite(info, &body));
    }
    out
}
