//! A rule's page: Markdown with whole trees in its fences.

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
            }
        }
    }
    cases.retain(|case| !case.files.is_empty());
    cases
}

/// The lines of a range, each with its end.
pub(crate) fn lines(page: &str, (from, to): (usize, usize)) -> String {
    page.lines().skip(from).take(to - from).flat_map(|line| [line, "\n"]).collect()
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
