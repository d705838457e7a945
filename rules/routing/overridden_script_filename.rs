//! A script that is named to PHP and taken back.

use std::collections::HashSet;

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, DocumentRoot, has_variables};

use super::script::{not_found_log, takes_scripts, value};
use crate::edit::{self, Mend};
use crate::log;
use crate::params::list::{List, lists};
use crate::say::passed_requests;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "overridden-script-filename",
    summary: "`SCRIPT_FILENAME` is passed twice with different values: PHP takes the last",
    level: Level::Warning,
    covers: &["H3"],
    since: "0.1.0",
    page: include_str!("overridden_script_filename.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = HashSet::new();
    for list in lists(stack).filter(|list| list.get("REQUEST_METHOD").is_some()) {
        if seen.insert(list.scope.id()) {
            out.extend(finding(stack, &list));
        }
    }
}

fn finding(stack: &Stack, list: &List<'_>) -> Option<Finding> {
    let mut lines = list.all("SCRIPT_FILENAME");
    let (first, last) = (lines.next()?, lines.next_back()?);
    let file = list.scope.opener().map(|opener| opener.span().file)?;
    // A list that is read first and corrected behind it is as it is meant.
    let is_lost = first.span().file == file && last.span().file != file;
    let (before, after) = (value(first)?, value(last)?);
    if !is_lost || before == after || first.arg(2).is_some() {
        return None;
    }
    let joined = |text: &[u8]| text.ends_with(b"$fastcgi_script_name") || text.ends_with(b"$uri");
    let is_alias = matches!(list.scope.document_root(), DocumentRoot::Alias(_));
    let is_front = !has_variables(&before) || before.ends_with(b".php");
    let fails =
        joined(&after) && if is_front { !list.pass.location().is_some_and(takes_scripts) } else { is_alias };
    // `$realpath_root` for `$document_root` runs the same script.
    let is_same = joined(&after) && joined(&before) && before.starts_with(b"$") && !is_alias;
    let level = match (fails, is_same) {
        (true, _) => Level::Error,
        (false, true) => Level::Info,
        (false, false) => Level::Warning,
    };
    let mut finding =
        Finding::new(&RULE, first.span(), "this `SCRIPT_FILENAME` is passed to PHP and has no effect")
            .level(level)
            .related(last.span(), "PHP takes the last one");
    finding = if is_same {
        finding.label("replaced by the included list")
    } else {
        let log = list.pass.location().map_or(log::NO_SCRIPT, not_found_log);
        finding
            .label(format!("{} end as 404 where the other script is not there", passed_requests(list.pass)))
            .predict(Prediction::answers(404, log))
    };
    finding = match stack.sources.get(last.span().file).and_then(|source| source.path.file_name()) {
        Some(name) => {
            let help = format!("let it follow the line that includes `{}`", name.to_string_lossy());
            let is_list = name == "fastcgi.conf" || name == "fastcgi_params";
            let edits = behind(first, last, name.to_string_lossy().as_ref());
            if is_list { finding.cure(help, edits) } else { finding.suggest(help, edits) }
        }
        None => finding,
    };
    Some(finding)
}

/// The first line behind the `include` by which the last one is read.
fn behind(first: Directive<'_>, last: Directive<'_>, name: &str) -> Vec<gatelint_lint::Edit> {
    let takes = |include: &Directive<'_>| {
        include.arg(0).is_some_and(|arg| arg.text().rsplit('/').next() == Some(name))
            && include.span().file == first.span().file
            && include.span().start > first.span().start
    };
    let Some(include) = first.scope().own("include").find(takes) else { return Vec::new() };
    let is_direct = last.scope() == first.scope();
    let line = format!("{};", String::from_utf8_lossy(first.stack().sources.text(first.span())));
    let moved = if is_direct { edit::after(include, &[&line]) } else { Vec::new() };
    if moved.is_empty() { moved } else { [edit::remove(first), moved].concat() }
}
