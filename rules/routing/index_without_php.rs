//! A front page that no index leads to.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Scope, Serving, internal_uri};

use super::php_server::php_servers;
use crate::edit::{self, Mend};
use crate::say::{clip, site};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "index-without-php",
    summary: "a PHP site's front page is a directory, and `index` names no PHP script",
    level: Level::Warning,
    covers: &["H15"],
    since: "0.1.0",
    page: include_str!("index_without_php.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(php_servers(stack).filter_map(|server| finding(stack, server)));
}

fn finding(stack: &Stack, server: Scope<'_>) -> Option<Finding> {
    let scope = server.location_for(b"/").known().copied()?.unwrap_or(server);
    let tries = scope.own("try_files").next_back();
    let last = tries.and_then(|tries| tries.args().last());
    let fallback =
        last.as_ref().and_then(|last| internal_uri(&last.value)).filter(|uri| uri.ends_with(b".php"));
    let dir =
        tries.and_then(|tries| tries.args().find(|arg| matches!(&*arg.value, b"$uri/" | b"$document_uri/")));
    if tries.is_some() && dir.is_none() {
        return None;
    }
    let has_fallback = fallback.is_some();
    let script = fallback.or_else(|| {
        let index = b"/index.php".to_vec();
        (stack.has_file(scope, &index) == Some(true)).then_some(index)
    })?;
    let index = scope.effective("index");
    let names: Vec<Vec<u8>> = match &index {
        Some(index) => {
            index.directives.iter().flat_map(|line| line.args()).map(|arg| arg.value.into_owned()).collect()
        }
        None => vec![b"index.html".to_vec()],
    };
    let is_other = |name: &Vec<u8>| name.contains(&b'$') || name.starts_with(b"/") || name.ends_with(b".php");
    if names.iter().any(is_other) {
        return None;
    }
    let lists = scope.flag("autoindex", false).is_none_or(|on| on.value);
    let answers = scope.serving(b"/") != Serving::File;
    if lists || answers || !is_sure(scope) {
        return None;
    }
    let has = |name: &Vec<u8>| stack.has_file(scope, &[b"/", name.as_slice()].concat());
    let known: Vec<Option<bool>> = names.iter().map(has).collect();
    if known.contains(&Some(true)) {
        return None;
    }
    let is_proved = known.iter().all(|one| *one == Some(false));
    let script =
        clip(&String::from_utf8_lossy(script.rsplit(|byte| *byte == b'/').next().unwrap_or_default()));
    let of = site(scope).map(|site| format!(" of `{site}`")).unwrap_or_default();
    let root = scope.file_of(b"/x").and_then(|path| Some(path.parent()?.display().to_string()));
    let log =
        root.map_or_else(String::new, |root| format!("directory index of \"{}/\" is forbidden", clip(&root)));
    // Names that someone chose may be there.
    let level = match (is_proved, index.is_some()) {
        (true, _) if has_fallback => Level::Error,
        (true, _) => Level::Warning,
        (false, false) => Level::Warning,
        (false, true) => Level::Info,
    };
    let at = index.as_ref().and_then(|index| index.last()).map_or_else(
        || dir.as_ref().map_or_else(|| scope.opener().map(Directive::span), |dir| Some(dir.span)),
        |line| Some(line.span()),
    )?;
    let mut finding = Finding::new(&RULE, at, "no PHP script is among the index files")
        .level(level)
        .confidence(if is_proved { Confidence::High } else { Confidence::Medium })
        .label(format!("requests for `/`{of} end as 403"))
        .predict(Prediction::answers(403, log))
        .suggest(
            format!("`index {script};`"),
            match index.as_ref().and_then(|index| index.last()) {
                Some(line) => edit::statement(line, with_script(line, &script)),
                None => edit::append(server, &[&format!("index {script};")]),
            },
        );
    if let Some(dir) = dir.filter(|_| index.is_some()) {
        finding = finding.related(dir.span, "a directory is answered by its index");
    }
    Some(finding)
}

/// An `index` with the script before its other names.
fn with_script(line: Directive<'_>, script: &str) -> String {
    line.args().fold(format!("index {script}"), |text, name| text + " " + &name.text())
}

/// Whether nothing that was not read may name an index.
fn is_sure(scope: Scope<'_>) -> bool {
    scope.is_whole_to_server() && scope.is_in_main() && scope.ancestors().all(Scope::is_whole)
}
