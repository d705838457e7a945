//! One page for people: the findings in their source, and the picture of the request paths. It holds no script and
//! asks nobody for anything.

mod finding;
mod source;
mod ways;

use std::io::{self, Write};
use std::path::Path;

use gatelint_lint::Level;

use crate::markup::Markup;
use crate::picture::{self, Picture};
use crate::view::Views;
use crate::{Failure, Part, Report};

/// The most findings that are shown, the worst first: a browser opens no more at once.
const MAX_FINDINGS: usize = 2000;

/// The most files that are listed without being asked for.
const MAX_OPEN: usize = 24;

const HEAD: &str = concat!(
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
    // Nothing is loaded and nothing runs, whatever the page holds.
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; ",
    "base-uri 'none'; form-action 'none'\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
    "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n",
    "<title>gatelint report</title>\n<style>\n",
    include_str!("../picture/colors.css"),
    include_str!("style.css"),
);

/// Writes one self-contained page.
///
/// # Errors
/// When `out` does not take it.
pub fn html(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let chosen = chosen(report);
    let mut page = Markup::default();
    page.own(HEAD);
    page.own(picture::STYLE);
    page.own("</style>\n</head>\n");
    page.open("body", &[]);
    top(&mut page, report);
    page.open("main", &[("id", "main")]);
    failures(&mut page, "problems", "Not read", &report.errors);
    failures(&mut page, "unknown", "Not known of this machine", &report.unknown);
    for (number, part) in report.parts.iter().enumerate() {
        paths(&mut page, report, part, &|finding| chosen.anchor(number, finding));
    }
    findings(&mut page, report, &chosen)?;
    page.close();
    page.open("footer", &[]);
    page.prose(concat!(
        "gatelint ",
        env!("CARGO_PKG_VERSION"),
        ". What a rule means and when to ignore it: `gatelint rule NAME`"
    ));
    page.close();
    page.close();
    let mut whole = page.finish();
    whole.push_str("\n</html>\n");
    out.write_all(whole.as_bytes())
}

/// Which findings are shown, with their number on the page.
pub(crate) struct Chosen {
    /// For each part, for each of its findings; `None`: left out.
    numbers: Vec<Vec<Option<usize>>>,
    left_out: usize,
}

impl Chosen {
    fn anchor(&self, part: usize, finding: usize) -> Option<String> {
        let number = self.numbers.get(part)?.get(finding).copied().flatten()?;
        Some(format!("#f{number}"))
    }

    fn number(&self, part: usize, finding: usize) -> Option<usize> {
        self.numbers.get(part)?.get(finding).copied().flatten()
    }
}

fn chosen(report: &Report<'_>) -> Chosen {
    let mut all: Vec<(Level, usize, usize)> = Vec::new();
    for (number, part) in report.parts.iter().enumerate() {
        all.extend(part.findings.iter().enumerate().map(|(at, finding)| (finding.level, number, at)));
    }
    all.sort_by_key(|(level, ..)| std::cmp::Reverse(*level));
    let left_out = all.len().saturating_sub(MAX_FINDINGS);
    all.truncate(MAX_FINDINGS);
    all.sort_by_key(|(_, part, at)| (*part, *at));
    let mut numbers: Vec<Vec<Option<usize>>> =
        report.parts.iter().map(|part| vec![None; part.findings.len()]).collect();
    for (number, (_, part, at)) in all.into_iter().enumerate() {
        if let Some(place) = numbers.get_mut(part).and_then(|part| part.get_mut(at)) {
            *place = Some(number + 1);
        }
    }
    Chosen { numbers, left_out }
}

/// The levels, the worst first, with the word for several.
const LEVELS: [(Level, &str, &str); 3] = [
    (Level::Error, "error", "errors"),
    (Level::Warning, "warning", "warnings"),
    (Level::Info, "info", "infos"),
];

fn top(page: &mut Markup, report: &Report<'_>) {
    page.element("a", &[("class", "skip"), ("href", "#findings")], "Skip to the findings");
    page.open("header", &[]);
    page.element("h1", &[], "nginx and PHP-FPM, read as one system");
    let files: usize = report.parts.iter().map(Part::files).sum();
    let roots: Vec<String> = report.parts.iter().flat_map(Part::roots).collect();
    page.open("p", &[("class", "read")]);
    page.text(&format!("{files} file{} read", if files == 1 { "" } else { "s" }));
    if let Some((first, rest)) = roots.split_first() {
        page.text(", from ");
        page.element("code", &[], first);
        if !rest.is_empty() {
            page.text(&format!(" and {} more", rest.len()));
        }
    }
    page.close();
    if let Some(verdict) = &report.verdict {
        page.element("p", &[("class", "verdict")], verdict);
    }
    // The counts are the filter.
    page.open("fieldset", &[("class", "filter")]);
    page.element("legend", &[], "Show");
    for (level, one, many) in LEVELS {
        let count = report.count(level);
        let name = level.name();
        let id = format!("show-{name}");
        page.open("label", &[("class", &format!("count {name}")), ("for", &id)]);
        let mut attributes = vec![("type", "checkbox"), ("id", &*id), ("checked", "")];
        if count == 0 {
            attributes.push(("disabled", ""));
        }
        page.void("input", &attributes);
        page.element("strong", &[], &count.to_string());
        page.text(&format!(" {}", if count == 1 { one } else { many }));
        page.close();
    }
    page.close();
    page.close();
}

fn failures(page: &mut Markup, class: &'static str, title: &str, failures: &[Failure]) {
    if failures.is_empty() {
        return;
    }
    page.open("section", &[("class", class), ("aria-labelledby", class)]);
    page.element("h2", &[("id", class)], title);
    page.open("ul", &[]);
    for failure in failures.iter().take(MAX_FINDINGS) {
        page.open("li", &[]);
        page.element("code", &[], &failure.path);
        page.text(": ");
        page.text(&failure.message);
        page.close();
    }
    page.close();
    if failures.len() > MAX_FINDINGS {
        page.element("p", &[], &format!("and {} more", failures.len() - MAX_FINDINGS));
    }
    page.close();
}

fn paths(page: &mut Markup, report: &Report<'_>, part: &Part<'_>, anchor: &dyn Fn(usize) -> Option<String>) {
    let picture: Picture = picture::picture(part);
    if picture.is_empty() {
        return;
    }
    page.open("section", &[("class", "picture")]);
    let name = part.place.name(Path::new("/"));
    page.element("h2", &[], "Request paths");
    if report.parts.len() > 1 && !name.is_empty() {
        page.element("p", &[("class", "file")], &name);
    }
    page.open("p", &[("class", "legend")]);
    page.text(
        "From the visitor on the left to who answers on the right; only locations that pass requests on. ",
    );
    for (level, what) in [("error", "breaks: leads to its finding"), ("warning", "at risk")] {
        page.element("span", &[("class", &format!("key {level}"))], what);
        page.text(" ");
    }
    page.close();
    page.open(
        "div",
        &[("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Request paths")],
    );
    picture::draw(page, part, &picture, Some(anchor));
    page.close();
    let left_out = picture.left_out();
    if !left_out.is_empty() {
        page.element("p", &[("class", "quiet")], &left_out);
    }
    ways::ways(page, part, &picture, anchor);
    page.close();
}

/// The findings of a file, and their numbers.
struct Group {
    name: String,
    part: usize,
    findings: Vec<(usize, usize)>,
}

fn findings(page: &mut Markup, report: &Report<'_>, chosen: &Chosen) -> io::Result<()> {
    let mut groups: Vec<Group> = Vec::new();
    for (number, part) in report.parts.iter().enumerate() {
        let mut index = std::collections::HashMap::new();
        for (at, finding) in part.findings.iter().enumerate() {
            let Some(shown) = chosen.number(number, at) else { continue };
            let file = finding.primary.span.file;
            let source = part.loaded.stack.sources.get(file);
            let group = *index.entry(file).or_insert(groups.len());
            if group == groups.len() {
                let name = source.map(|source| part.place.shown_source(source)).unwrap_or_default();
                groups.push(Group { name, part: number, findings: Vec::new() });
            }
            if let Some(group) = groups.get_mut(group) {
                group.findings.push((at, shown));
            }
        }
    }
    // Who is on call reads from the top.
    let level =
        |part: usize, at: usize| report.parts.get(part)?.findings.get(at).map(|finding| finding.level);
    for group in &mut groups {
        group.findings.sort_by_key(|(at, _)| std::cmp::Reverse(level(group.part, *at)));
    }
    groups.sort_by_key(|group| {
        std::cmp::Reverse(group.findings.first().and_then(|(at, _)| level(group.part, *at)))
    });
    page.open("section", &[("class", "all"), ("aria-labelledby", "findings")]);
    page.element("h2", &[("id", "findings"), ("tabindex", "-1")], "Findings");
    if groups.is_empty() {
        page.element("p", &[("class", "clean")], "Nothing to report.");
    }
    if chosen.left_out > 0 {
        let text = format!("{} more are not on this page: choose another output format", chosen.left_out);
        page.element("p", &[("class", "quiet")], &text);
    }
    contents(page, report, &groups);
    let views: Vec<Views<'_>> = report.parts.iter().map(Views::new).collect();
    for (index, group) in groups.iter().enumerate() {
        let (Some(part), Some(views)) = (report.parts.get(group.part), views.get(group.part)) else {
            continue;
        };
        let levels = part_levels(part, group);
        let id = format!("file-{}", index + 1);
        page.open("section", &[("class", &format!("file {levels}")), ("aria-labelledby", &id)]);
        page.element("h3", &[("id", &id)], &group.name);
        for (at, number) in &group.findings {
            if let Some(finding) = part.findings.get(*at) {
                finding::finding(page, part, views, finding, *number)?;
            }
        }
        page.close();
    }
    page.close();
    Ok(())
}

/// Which levels a file's findings have, as a class: `error-info`.
fn part_levels(part: &Part<'_>, group: &Group) -> String {
    let has = |level: Level| {
        let mut findings = group.findings.iter().filter_map(|(at, _)| part.findings.get(*at));
        findings.any(|finding| finding.level == level)
    };
    let names: Vec<&str> =
        LEVELS.iter().filter(|(level, ..)| has(*level)).map(|(level, ..)| level.name()).collect();
    names.join("-")
}

/// The files, where there are several.
fn contents(page: &mut Markup, report: &Report<'_>, groups: &[Group]) {
    if groups.len() < 3 {
        return;
    }
    page.open("nav", &[("aria-label", "Files with findings")]);
    if groups.len() > MAX_OPEN {
        page.open("details", &[]);
        page.element("summary", &[], &format!("{} files", groups.len()));
    }
    page.open("ul", &[]);
    for (index, group) in groups.iter().enumerate() {
        let Some(part) = report.parts.get(group.part) else { continue };
        page.open("li", &[("class", &part_levels(part, group))]);
        page.element("a", &[("href", &format!("#file-{}", index + 1))], &group.name);
        for (level, one, many) in LEVELS {
            let findings = group.findings.iter().filter_map(|(at, _)| part.findings.get(*at));
            let count = findings.filter(|finding| finding.level == level).count();
            if count > 0 {
                let title = format!("{count} {}", if count == 1 { one } else { many });
                let class = format!("chip {}", level.name());
                page.text(" ");
                page.element("span", &[("class", &class), ("title", &title)], &count.to_string());
            }
        }
        page.close();
    }
    page.close();
    if groups.len() > MAX_OPEN {
        page.close();
    }
    page.close();
}
