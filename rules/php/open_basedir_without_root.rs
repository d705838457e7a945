//! Scripts outside `open_basedir`.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::address::normal_path;
use gatelint_model::nginx::ScriptPath;
use rustc_hash::FxHashSet;

use super::errors::reach_nginx;
use crate::edit::{self, Mend};
use crate::pool::served::{Served, served};
use crate::say::{clip, one_line, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "open-basedir-without-root",
    summary: "`open_basedir` leaves out the directory of the scripts that nginx passes",
    level: Level::Warning,
    covers: &["G2"],
    since: "0.1.0",
    page: include_str!("open_basedir_without_root.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut said = FxHashSet::default();
    for way in served(stack).filter(|_| stack.world.is_one_machine()) {
        // Below a `chroot` both have another meaning.
        if way.to.pool.get("chroot").is_some() {
            continue;
        }
        let setting = way.to.php(way.pass.php_params(), "open_basedir");
        let Some((list, at)) = setting.text().zip(setting.origin.span()) else { continue };
        let Some(directories) = directories(&list) else { continue };
        let Some(script) = way.pass.script() else { continue };
        if !directories.iter().any(|one| may_hold(one, &script)) && said.insert((at, script.start.clone())) {
            out.push(finding(&way, &script, &list, at));
        }
    }
}

/// The directories of the list; `None` where one of them is relative or made of something else: `.`, `${HOME}`.
fn directories(list: &str) -> Option<Vec<String>> {
    let entries: Vec<&str> = list.split(':').filter(|entry| !entry.is_empty()).collect();
    let is_plain =
        |entry: &&str| entry.starts_with('/') && !entry.contains("..") && !entry.contains(['$', '{']);
    let are_plain = !entries.is_empty() && entries.iter().all(is_plain);
    are_plain.then(|| entries.into_iter().map(normal_path).collect())
}

/// Whether the script, or any of the scripts, lies in a directory.
fn may_hold(directory: &str, script: &ScriptPath<'_>) -> bool {
    let is_below = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    is_below(&script.start, directory) || script.is_by_uri && is_below(directory, &script.start)
}

/// What nginx logs of a script that may not be opened; PHP's own words come first, where it logs errors.
fn log(file: &str, list: &str, logs_errors: bool) -> String {
    const WARNING: &str = "PHP message: PHP Warning:  PHP Request Startup: ";
    let warnings = match logs_errors {
        true => format!(
            "{WARNING}open_basedir restriction in effect. File({file}) is not within the allowed path(s): ({list}) in Unknown on line 0; {WARNING}Failed to open stream: Operation not permitted in Unknown on line 0; "
        ),
        false => String::new(),
    };
    one_line(&format!(
        "FastCGI sent in stderr: \"{warnings}Unable to open primary script: {file} (Operation not permitted)\""
    ))
}

/// Whether PHP's warnings reach nginx's log.
fn is_logged(way: &Served<'_>) -> bool {
    let params = way.pass.php_params();
    way.to.php(params, "log_errors").flag() == Some(true) && reach_nginx(way.to, params)
}

fn finding(way: &Served<'_>, script: &ScriptPath<'_>, list: &str, at: gatelint_syntax::Span) -> Finding {
    let file = if script.is_by_uri { format!("{}/index.php", script.start) } else { script.start.clone() };
    let logs = is_logged(way);
    let log = log(&file, list, logs);
    let directory = match script.is_by_uri {
        true => &script.start,
        false => script.start.rsplit_once('/').map_or("/", |(directory, _)| directory),
    };
    let what = if script.is_by_uri { "the scripts are below" } else { "the script is" };
    let finding =
        Finding::new(&RULE, at, format!("{what} `{}`, which `open_basedir` leaves out", clip(&script.start)))
            .label(format!("{} end as 404 `No input file specified.`", passed_requests(way.pass)))
            .confidence(Confidence::Medium)
            .note("assumed that no symbolic link leads from one to the other")
            .predict(Prediction::answers(404, log))
            .suggest(format!("open_basedir = {}:{}", clip(directory), clip(list)), {
                let stack = way.pass.directive().stack();
                let origin = way.to.php(way.pass.php_params(), "open_basedir").origin;
                edit::php(stack, origin, &format!("{directory}:{list}"))
            });
    match script.root {
        Some(root) => finding.related(root.value_span(), "the document root"),
        None => finding.related(script.by.span(), "the script that PHP gets"),
    }
}
