//! Parameters without which PHP answers with an empty page.

use std::collections::HashSet;
use std::path::Path;

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, has_variables};

use super::list::{List, lists};
use crate::edit::{self, Mend};
use crate::say::passed_requests;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "dropped-fastcgi-params",
    summary: "PHP does not get the standard parameters: a level with a `fastcgi_param` of its own inherits none",
    level: Level::Error,
    covers: &["H2"],
    since: "0.1.0",
    page: include_str!("dropped_fastcgi_params.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = HashSet::new();
    for list in lists(stack) {
        if list.get("REQUEST_METHOD").is_none() && seen.insert(list.scope.id()) {
            out.push(finding(stack, &list));
        }
    }
}

fn finding(stack: &Stack, list: &List<'_>) -> Finding {
    let hidden = list.hidden("REQUEST_METHOD");
    let hides = hidden.and_then(|_| list.written_here());
    let at = hides.map_or(list.pass.directive().span(), |line| line.span());
    let message = match (hidden, list.lines().len() == 0) {
        (Some(_), _) => "the parameters of the outer level are not passed to PHP: this level has its own",
        (None, true) => "no parameters are passed to PHP",
        (None, false) => "`REQUEST_METHOD` is not among the parameters passed to PHP",
    };
    let (status, page) =
        if names_no_script(list) { (404, "404") } else { (200, "an empty page with status 200") };
    let mut finding = Finding::new(&RULE, at, message)
        .label(format!("{} end as {page}, and nothing is logged", passed_requests(list.pass)))
        .predict(Prediction::answers(status, ""));
    if let Some(hidden) = hidden {
        finding = finding.related(hidden.span(), "replaced, with the whole list that it belongs to");
    } else if let Some(first) = list.lines().next() {
        finding = finding.related(first.span(), "the list of parameters begins here");
    }
    finding = list.assumed(stack, finding);
    let has_script = list.get("SCRIPT_FILENAME").is_some();
    let include = hidden.and_then(|line| included_from(stack, list, line));
    let (help, line) = match include {
        Some(include) => {
            (format!("read the list here too: `include {include};`"), format!("include {include};"))
        }
        None if has_script => {
            ("add `include fastcgi_params;` to this level".to_owned(), "include fastcgi_params;".to_owned())
        }
        None => ("add `include fastcgi.conf;` to this level".to_owned(), "include fastcgi.conf;".to_owned()),
    };
    // What stands here corrects the list: it comes behind it.
    let edits = match list.written_here() {
        Some(first) => edit::before(first, &[&line]),
        None => edit::append(list.scope, &[&line]),
    };
    finding.cure(help, edits)
}

/// The name by which the file of `line` is included, where it is one for parameters alone.
fn included_from(stack: &Stack, list: &List<'_>, line: Directive<'_>) -> Option<String> {
    let path = &stack.sources.get(line.span().file)?.path;
    let name = Path::new(path.file_name()?);
    let mut includes = line.scope().own("include").filter_map(|include| include.arg(0));
    let argument =
        includes.find(|arg| Path::new(arg.text().as_ref()).file_name() == Some(name.as_os_str()))?;
    let is_list = !list.lines().any(|own| own.file() == line.file());
    is_list.then(|| argument.text().into_owned())
}

/// Whether the script is a plain name that is no PHP file, as in a location for the pool's status page.
fn names_no_script(list: &List<'_>) -> bool {
    let script = list.get("SCRIPT_FILENAME").and_then(|line| line.arg(1));
    script.is_some_and(|script| !has_variables(&script.value) && !script.value.ends_with(b".php"))
}
