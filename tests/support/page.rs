//! A rule's page: Markdown with whole trees in its fences.

#![allow(dead_code, reason = "every test binary uses a part")]

use std::fs;
use std::path::{Path, PathBuf};

use gatelint_lint::Rule;

/// How a page says that something is not run against the real servers, and why.
const REASON: &str = "No live proof: ";

/// The same of what a fix makes of it.
const FIX_REASON: &str = "No live proof of the fix: ";

/// A section that is run: `## Reported` or `## Not reported`, one case for each `###` in it.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// The heading, for the reader of a failure.
    pub(crate) title: String,
    /// Whether the rule speaks here.
    pub(crate) is_reported: bool,
    /// Path and text of every file that the case lays over the skeleton.
    pub(crate) files: Vec<(String, String)>,
    /// The lines of the page between the marks of the `text output` fence: first and one past the last.
    pub(crate) output: Option<(usize, usize)>,
    /// Files that come in the place of others: what a fix makes of them.
    pub(crate) after: Vec<(String, String)>,
    /// Why the fixed case cannot be shown to the real servers.
    pub(crate) fix_reason: Option<String>,
    /// The `fix` fences, one for each file that the fix changes: its path, and the lines between the marks.
    pub(crate) fixes: Vec<(String, (usize, usize))>,
    /// The `live` fence: what the real servers do.
    pub(crate) live: Option<String>,
    /// Why the real servers cannot be asked about this case.
    pub(crate) reason: Option<String>,
}

/// The cases of a page, in order. A case without files is none.
pub(crate) fn cases(page: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut is_open = false;
    let mut lines = page.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            is_open = title == "Reported" || title == "Not reported";
            if is_open {
                let is_reported = title == "Reported";
                cases.push(Case { title: title.to_owned(), is_reported, ..Case::default() });
            }
        } else if let (Some(title), true) = (line.strip_prefix("### "), is_open) {
            let is_reported = cases.last().is_some_and(|case| case.is_reported);
            cases.push(Case { title: title.to_owned(), is_reported, ..Case::default() });
        } else if let Some(info) = line.strip_prefix("```") {
            let mut body = Vec::new();
            let mut end = 0;
            for (number, line) in lines.by_ref() {
                end = number;
                if line == "```" {
                    break;
                }
                body.push(line);
            }
            let Some(case) = cases.last_mut().filter(|_| is_open) else { continue };
            if info == "text output" {
                case.output = Some((end - body.len(), end));
            } else if let Some((_, path)) = info.split_once(" file=") {
                let text = body.iter().flat_map(|line| [line, "\n"]).collect();
                case.files.push((path.trim_matches('/').to_owned(), text));
            } else if let Some((_, path)) = info.split_once(" fix=") {
                case.fixes.push((path.trim_matches('/').to_owned(), (end - body.len(), end)));
            } else if info == "live" {
                case.live.get_or_insert_default().extend(body.iter().flat_map(|line| [line, "\n"]));
            }
        } else if let (Some(reason), Some(case), true) =
            (line.strip_prefix(REASON), cases.last_mut(), is_open)
        {
            case.reason = Some(reason.to_owned());
        } else if let (Some(reason), Some(case), true) =
            (line.strip_prefix(FIX_REASON), cases.last_mut(), is_open)
        {
            case.fix_reason = Some(reason.to_owned());
        }
    }
    cases.retain(|case| !case.files.is_empty());
    cases
}

/// Why a rule's answers cannot be seen on the real servers: a line outside of the cases.
pub(crate) fn reason(page: &str) -> Option<&str> {
    let mut is_open = false;
    page.lines().find_map(|line| {
        if let Some(title) = line.strip_prefix("## ") {
            is_open = title == "Reported" || title == "Not reported";
        }
        line.strip_prefix(REASON).filter(|_| !is_open)
    })
}

/// The files of a case laid over the skeleton. A case that brings pools brings all of them, and one that brings a
/// master brings all of PHP-FPM.
pub(crate) fn tree(case: &Case) -> Vec<(String, Vec<u8>)> {
    let has_pools = case.files.iter().any(|(path, _)| path.contains("/pool.d/"));
    let has_master =
        case.files.iter().any(|(path, _)| path.ends_with("php-fpm.conf") || path.contains("php-fpm.d/"));
    let root = project().join("fixtures/skeleton");
    let mut tree = Vec::new();
    for file in files_below(&root) {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let is_replaced = case.files.iter().any(|(brought, _)| *brought == path)
            || path.starts_with("etc/php/") && (has_master || (has_pools && path.contains("/pool.d/")));
        if !is_replaced {
            tree.push((path, fs::read(&file).unwrap()));
        }
    }
    tree.extend(case.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
    tree.retain(|(path, _)| !case.after.iter().any(|(changed, _)| changed == path));
    tree.extend(case.after.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
    tree
}

/// The case after its fix, as its `fix` fences show it: both programs take it, and nothing is asked.
pub(crate) fn mended(page: &str, case: &Case) -> Option<Case> {
    let after = case.fixes.iter().map(|(path, range)| (path.clone(), lines(page, *range))).collect();
    let title = format!("{}, fixed", case.title);
    let (files, reason) = (case.files.clone(), case.reason.clone().or(case.fix_reason.clone()));
    (!case.fixes.is_empty()).then(|| Case { title, files, after, reason, ..Case::default() })
}

/// The cases of a page, and behind them those that are fixed.
pub(crate) fn proved(page: &str) -> Vec<Case> {
    let mut cases = cases(page);
    let mended: Vec<Case> = cases.iter().filter_map(|case| mended(page, case)).collect();
    cases.extend(mended);
    cases
}

/// The directory of this project.
pub(crate) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Where a rule's page lies: its name tells.
pub(crate) fn path(rule: &Rule) -> PathBuf {
    let name = format!("{}.md", rule.name.replace('-', "_"));
    let pages = files_below(&project().join("rules"));
    pages.into_iter().find(|path| path.ends_with(&name)).unwrap_or_else(|| panic!("{name} is missing"))
}

/// The lines of a range, each with its end.
pub(crate) fn lines(page: &str, (from, to): (usize, usize)) -> String {
    page.lines().skip(from).take(to - from).flat_map(|line| [line, "\n"]).collect()
}

/// The lines of the `text output` fence.
pub(crate) fn output(page: &str, case: &Case) -> String {
    case.output.map(|range| lines(page, range)).unwrap_or_default()
}

/// The page with other lines in place of a range.
pub(crate) fn replace(page: &str, (from, to): (usize, usize), text: &str) -> String {
    let all: Vec<&str> = page.lines().collect();
    let (before, after) = (&all[..from], &all[to..]);
    before
        .iter()
        .copied()
        .chain(text.lines())
        .chain(after.iter().copied())
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// The page without a range of lines.
pub(crate) fn remove(page: &str, (from, to): (usize, usize)) -> String {
    let kept = page.lines().enumerate().filter(|(at, _)| !(from..to).contains(at));
    kept.flat_map(|(_, line)| [line, "\n"]).collect()
}

/// The page with text before a line.
pub(crate) fn insert(page: &str, at: usize, text: &str) -> String {
    let (before, after): (Vec<_>, Vec<_>) = page.lines().enumerate().partition(|(line, _)| *line < at);
    let join = |lines: Vec<(usize, &str)>| -> String {
        lines.into_iter().flat_map(|(_, line)| [line, "\n"]).collect()
    };
    join(before) + text + &join(after)
}
