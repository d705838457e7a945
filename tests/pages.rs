//! Every rule's page is run: its trees are laid over `fixtures/skeleton`, and the engine must say exactly what
//! the page shows. `UPDATE=1 cargo test --test pages` writes what it says into the pages.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[path = "support/page.rs"]
mod page;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gatelint_lint::settings::{FILE_NAME, Policy, Reading};
use gatelint_lint::{Filter, Finding, Level, Mended, Mender, Prediction, Rule, Safety};
use gatelint_model::discover::{self, Loaded};
use gatelint_model::files::Memory;
use gatelint_model::host::Facts;
use gatelint_model::{Options, Origin};
use gatelint_report::{Part, Place, Report};
use gatelint_rules::RULES;
use page::Case;

/// The entries of the rule catalogue that must have a rule.
const CATALOGUE: &[&str] = &[
    "A1", "A2", "A3", "A4", "A5", "A7", "A8", "A9", "A12", "B1", "B2", "B3", "B6", "C1", "C2", "D1", "D2",
    "D3", "D4", "D6", "D8", "E1", "E2", "E3", "E4", "E8", "F1", "F2", "F3", "F4", "F7", "F14", "H1", "H2",
    "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", "H11", "H12", "H13", "H14", "H15", "H16", "H22", "H23",
    "H24", "H25", "K1", "K2", "K3", "K4", "N1", "N2", "N3", "N4", "N5", "N6", "N7",
];

/// A tree in memory, and how it is read. A `facts.json` beside it holds what is so on the machine, a `gatelint.toml` what
/// the project says.
fn read(mut tree: Vec<(String, Vec<u8>)>) -> (Memory, discover::World, Options, Option<Vec<u8>>) {
    let mut take = |name: &str| tree.iter().position(|(path, _)| path == name).map(|at| tree.remove(at).1);
    let (facts, settings) = (take("facts.json"), take(FILE_NAME));
    let facts = facts.map(|text| serde_json::from_slice::<Facts>(&text).expect("facts"));
    let files = Memory::new(tree);
    let world = discover::known(&files);
    let options = facts.map_or_else(Options::default, |facts| Options::default().with_facts(facts));
    (files, world, options, settings)
}

/// The whole engine on a tree in memory, and a pedantic rule beside it.
fn lint(tree: Vec<(String, Vec<u8>)>, rule: &Rule) -> (Vec<Finding>, Loaded) {
    let (files, world, options, settings) = read(tree);
    let mut loaded = discover::load(&files, &world, &options);
    let mut filter = Filter::default();
    if let Some(text) = settings {
        let file = loaded.stack.sources.add(Path::new("/").join(FILE_NAME), text.clone(), Origin::Tree);
        let reading = Reading::new(&text, file, RULES);
        let policy = Policy::new(&reading.settings, Path::new("/"), Path::new("/"));
        filter = Filter { policy: policy.into(), problems: reading.problems.into(), ..filter };
    }
    let mut found = gatelint_lint::run(&loaded.stack, RULES, &filter);
    if rule.is_pedantic() {
        let filter = Filter { select: vec![rule.name.into()], ..filter };
        found.extend(gatelint_lint::run(&loaded.stack, RULES, &filter));
    }
    (found, loaded)
}

/// All that fixes of one rule make of a tree.
fn mend(rule: &Rule, tree: Vec<(String, Vec<u8>)>) -> Mended {
    let (files, world, options, _) = read(tree);
    Mender {
        files: &files,
        load: &|files| discover::load(files, &world, &options),
        rules: RULES,
        filter: &Filter::default(),
        select: &[rule.name.to_owned()],
        most: Safety::Unsafe,
        wants: &|_, finding| finding.rule == rule.name,
        may_edit: &|_| true,
    }
    .mend()
}

/// A changed file as a fence holds it.
fn fence(path: &Path, text: &[u8]) -> (String, String) {
    let name = path.strip_prefix("/").unwrap_or(path).to_string_lossy().into_owned();
    (name, String::from_utf8(text.to_vec()).expect("a page is UTF-8"))
}

/// What is wrong with the `fix` fences of one case; writes them where an update is wanted, and where `is_first` also
/// those that the page lacks.
fn check_fix(rule: &Rule, case: &Case, text: &mut String, is_update: bool, is_first: bool) -> Vec<String> {
    if case.fixes.is_empty() && !is_first {
        return Vec::new();
    }
    let mended = mend(rule, page::tree(case));
    let made: Vec<_> = mended.changes.iter().map(|change| fence(&change.path, &change.new)).collect();
    let shown: Vec<_> =
        case.fixes.iter().map(|(path, range)| (path.clone(), page::lines(text, *range))).collect();
    let mut wrong = Vec::new();
    if is_update && made != shown {
        let Some((_, end)) = case.output else { return wrong };
        for (_, (from, to)) in case.fixes.iter().rev() {
            *text = page::remove(text, (from - 1, to + 1));
        }
        let fences = made.iter().map(|(path, text)| {
            let kind = if path.contains("nginx") { "nginx" } else { "ini" };
            format!("```{kind} fix={path}\n{text}```\n")
        });
        *text = page::insert(text, end + 1, &fences.collect::<String>());
    } else if made != shown {
        wrong.push(format!("the fix gives\n{made:#?}\nand the page shows\n{shown:#?}\n{:?}", mended.refused));
    }
    let stays = mended.findings.iter().filter(|finding| finding.rule == rule.name);
    let stays: Vec<&str> = stays.map(|finding| finding.message.as_str()).collect();
    let is_sound = stays.is_empty() && mended.loaded.stack.problems.is_empty();
    if !case.fixes.is_empty() && !is_sound {
        wrong.push(format!("after the fix the rule says {stays:?}"));
    }
    wrong
}

/// Whether fixing this case ends what the rule says of it.
fn is_mended(rule: &Rule, case: &Case) -> bool {
    case.is_reported && {
        let mended = mend(rule, page::tree(case));
        mended.fixed > 0 && mended.findings.iter().all(|finding| finding.rule != rule.name)
    }
}

/// Findings as the command line shows them in full, without colour.
fn render<'a>(findings: impl IntoIterator<Item = &'a Finding>, loaded: &Loaded) -> String {
    let place = Place::default();
    let part = Part { place: &place, loaded, findings: findings.into_iter().collect(), ignored: Vec::new() };
    let mut out = Vec::new();
    gatelint_report::full(&Report { parts: vec![part], ..Report::default() }, false, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is wrong with one case; writes the output into `text` where an update is wanted.
fn check(rule: &Rule, case: &Case, text: &mut String, is_update: bool) -> Vec<String> {
    let (findings, loaded) = lint(page::tree(case), rule);
    let mut wrong: Vec<String> = findings.iter().filter_map(style).collect();
    let (own, others): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.rule == rule.name);
    let others = render(others.into_iter().filter(|finding| finding.level >= Level::Warning), &loaded);
    if !others.is_empty() {
        wrong.push(format!("another rule speaks:\n{others}"));
    }
    let shown = render(own.iter().copied(), &loaded);
    match (case.is_reported, case.output) {
        (false, _) if own.is_empty() => {}
        (false, _) => wrong.push(format!("the rule speaks:\n{shown}")),
        (true, _) if own.is_empty() => wrong.push("the rule is silent".into()),
        (true, None) => wrong.push("the case has no `text output`".into()),
        (true, Some(range)) if is_update => *text = page::replace(text, range, shown.trim_end()),
        (true, Some(range)) => {
            let expected = page::lines(text, range);
            if expected.trim_end() != shown.trim_end() {
                wrong.push(format!("want:\n{expected}\ngot:\n{shown}"));
            }
        }
    }
    wrong
}

/// What a finding's words break of the house style.
fn style(finding: &Finding) -> Option<String> {
    let message = &finding.message;
    let log = match &finding.prediction {
        Some(Prediction::Answers { log, .. } | Prediction::Refuses { log, .. }) => log.as_str(),
        None => "",
    };
    let words: Vec<String> = message.split_whitespace().map(str::to_lowercase).collect();
    let broken = if message.starts_with(char::is_uppercase) && !message.starts_with("PHP") {
        "starts with a capital"
    } else if message.ends_with('.') {
        "ends with a period"
    } else if message.is_empty() || message.contains('\n') {
        "is not one line"
    } else if words.iter().any(|word| word == "should" || word == "please") {
        "gives advice"
    } else if finding.notes.len() > 2 || finding.help.len() > 2 {
        "has more than two notes or helps"
    } else if log.contains('\n') || log.chars().count() > 400 {
        "predicts more than one line of 400 characters"
    } else {
        return None;
    };
    Some(format!("a message {broken}: {message}"))
}

#[test]
fn every_page_holds() {
    let is_update = std::env::var_os("UPDATE").is_some();
    let mut report = String::new();
    for rule in RULES {
        let path = page::path(rule);
        let page = fs::read_to_string(&path).expect("a page");
        let mut text = page.clone();
        // from the end, so that an update leaves the places before it where they are
        let cases = page::cases(&page);
        // Of a rule with fixes one case shows them.
        let has_fix = cases.iter().any(|case| !case.fixes.is_empty());
        let first = if has_fix { None } else { cases.iter().position(|case| is_mended(rule, case)) };
        for (at, case) in cases.iter().enumerate().rev() {
            let mut wrongs = check_fix(rule, case, &mut text, is_update, first == Some(at));
            wrongs.extend(check(rule, case, &mut text, is_update));
            for wrong in wrongs {
                let _ = writeln!(report, "{}, {}: {wrong}", path.display(), case.title);
            }
        }
        if text != page {
            fs::write(&path, text).expect("an updated page");
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn every_page_shows_both_sides() {
    for rule in RULES {
        let cases = page::cases(rule.page);
        assert!(
            rule.page.starts_with(&format!("# {}\n", rule.name)),
            "{}: the page has another title",
            rule.name
        );
        assert!(cases.iter().any(|case| case.is_reported), "{}: nothing is reported", rule.name);
        assert!(cases.iter().any(|case| !case.is_reported), "{}: no trap is shown", rule.name);
    }
}

#[test]
fn names_are_noun_phrases() {
    for rule in RULES {
        let is_kebab =
            rule.name.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
        assert!(is_kebab && !rule.name.starts_with("no-"), "{}", rule.name);
        let summary = rule.summary;
        assert!(!(summary.is_empty() || summary.contains('\n') || summary.ends_with('.')), "{}", rule.name);
    }
    for rule in RULES.iter().filter(|rule| rule.is_pedantic()) {
        assert_eq!(rule.level, Level::Info, "{}: pedantic rules are info", rule.name);
    }
    assert!(RULES.is_sorted_by(|a, b| a.name < b.name), "RULES is sorted by name");
}

#[test]
fn the_catalogue_is_covered() {
    let missing: Vec<&&str> =
        CATALOGUE.iter().filter(|id| !RULES.iter().any(|rule| rule.covers.contains(id))).collect();
    assert!(missing.is_empty(), "no rule covers {missing:?}");
}

#[test]
fn a_page_is_read_by_its_headings_and_fences() {
    let text = "# x\n```nginx file=a\nlost\n```\n## Reported\n### one\n```nginx file=/a\nuser x;\n```\n\
                ```text output\nerror\n  more\n```\n### two\n```ini file=b\n```\n```live\nGET / -> 502\n```\n\
                ## Not reported\n```nginx file=c\nuser y;\n```\n## References\n```nginx file=d\n```\n";
    let cases = page::cases(text);
    let seen: Vec<_> =
        cases.iter().map(|case| (case.title.as_str(), case.is_reported, &*case.files[0].0)).collect();
    assert_eq!(seen, [("one", true, "a"), ("two", true, "b"), ("Not reported", false, "c")]);
    let output = cases[0].output.unwrap();
    assert_eq!(page::lines(text, output), "error\n  more\n");
    let updated = page::replace(text, output, "new");
    assert_eq!(page::lines(&updated, page::cases(&updated)[0].output.unwrap()), "new\n");
}
