//! What `docs/catalogue.md` promises: every entry of the catalogue has a rule or a reason, and the rules agree.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use gatelint_rules::RULES;

/// A line of a table: what it is about, the rules, and what is left out.
#[derive(Debug)]
struct Row {
    subject: String,
    rules: Vec<String>,
    reason: String,
}

/// The project's folder.
fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the table below `heading`.
fn table(heading: &str) -> Vec<Row> {
    let text = fs::read_to_string(project().join("docs/catalogue.md")).expect("docs/catalogue.md");
    let title = format!("## {heading}");
    let section = text.lines().skip_while(|line| **line != title).skip(1);
    let lines = section.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| "));
    let rows: Vec<Row> = lines.skip(1).map(row).collect();
    assert!(!rows.is_empty(), "`{title}` has no table");
    rows
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [subject, rules, reason] = cells.as_slice() else { panic!("not three cells: {line}") };
    let names = rules.split(", ").filter(|name| *name != "-");
    let name = |cell: &str| {
        let inner = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
        inner.unwrap_or_else(|| panic!("`{cell}` is no rule's name: {line}")).to_owned()
    };
    Row { subject: (*subject).to_owned(), rules: names.map(name).collect(), reason: (*reason).to_owned() }
}

/// The letter and number that a row of the first table begins with.
fn id(row: &Row) -> &str {
    row.subject.split(' ').next().unwrap_or_default()
}

/// The catalogue that the project was built from, where it lies beside it.
fn spec() -> Option<String> {
    fs::read_to_string(project().join("../shared/spec/rules.md")).ok()
}

#[test]
fn every_row_has_a_rule_or_a_reason() {
    for row in ["Entries", "Backlog", "The five articles"].into_iter().flat_map(table) {
        assert!(!row.rules.is_empty() || !row.reason.is_empty(), "`{}` has neither", row.subject);
        for name in &row.rules {
            assert!(RULES.iter().any(|rule| rule.name == name), "`{}`: no rule `{name}`", row.subject);
        }
    }
}

#[test]
fn rules_cover_what_the_table_says() {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in table("Entries") {
        let rules = row.rules.iter().cloned().collect();
        let before = told.insert(id(&row).to_owned(), rules);
        assert!(before.is_none(), "`{}` stands there twice", id(&row));
    }
    let mut covered: BTreeMap<String, BTreeSet<String>> =
        told.keys().map(|id| (id.clone(), BTreeSet::new())).collect();
    for rule in RULES {
        for id in rule.covers {
            let rules = covered.get_mut(*id);
            rules
                .unwrap_or_else(|| panic!("`{}` covers `{id}`, no entry", rule.name))
                .insert(rule.name.into());
        }
    }
    for (id, rules) in &told {
        assert_eq!(Some(rules), covered.get(id), "`{id}`: the table, and what rules say that they cover");
    }
}

#[test]
fn the_articles_are_shown_on_pages() {
    for row in table("The five articles") {
        let source = row.subject.split(':').next();
        assert!(matches!(source, Some("S0" | "S1" | "S2" | "S3" | "S4")), "`{}`: of no article", row.subject);
        let is_open = row.reason.starts_with("not decidable from configuration: ");
        assert_eq!(row.rules.is_empty(), is_open, "`{}`: rules, or why it is not decidable", row.subject);
        for rule in RULES.iter().filter(|rule| row.rules.iter().any(|name| name == rule.name)) {
            assert!(rule.page.contains("\n## Reported\n"), "`{}`: its page reports nothing", rule.name);
        }
    }
}

#[test]
fn what_people_believe_is_told_on_the_page() {
    let rows = table("Where popular articles are wrong");
    let told: BTreeSet<&str> = rows.iter().flat_map(|row| &row.rules).map(String::as_str).collect();
    let pages = RULES.iter().filter(|rule| rule.page.contains("\n## What people believe\n"));
    assert_eq!(pages.map(|rule| rule.name).collect::<BTreeSet<_>>(), told, "the pages, and the table");
}

#[test]
fn nothing_of_the_catalogue_is_missing() {
    let Some(spec) = spec() else {
        eprintln!("the catalogue does not lie beside the project: not compared");
        return;
    };
    let entries = table("Entries");
    let told: BTreeSet<&str> = entries.iter().map(id).collect();
    let headings: BTreeSet<&str> = spec
        .lines()
        .filter_map(|line| line.strip_prefix("**")?.split(' ').next())
        .filter(|id| id.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter(|id| id.len() > 1 && id.bytes().skip(1).all(|byte| byte.is_ascii_digit()))
        .collect();
    assert!(headings.len() > 100, "the catalogue has another shape: {headings:?}");
    assert_eq!(headings, told);

    let ideas = spec.lines().skip_while(|line| !line.starts_with("### Backlog")).nth(1).expect("the backlog");
    let backlog = table("Backlog");
    for idea in ideas.trim_end_matches('.').split(" · ") {
        let is_told = backlog.iter().any(|row| idea.starts_with(&row.subject));
        assert!(is_told, "the backlog's `{idea}` is not in the table");
    }
}
