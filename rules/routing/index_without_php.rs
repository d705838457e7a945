//! A front page that no index leads to.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Scope, Serving, internal_uri};

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
    for tries in stack.directives("try_files") {
        out.extend(finding(stack, tries));
    }
}

fn finding(stack: &Stack, tries: Directive<'_>) -> Option<Finding> {
    let scope = tries.scope();
    let server = scope.enclosing(gatelint_model::nginx::ContextKind::Server)?;
    let last = tries.args().last()?;
    let script = internal_uri(&last.value).filter(|uri| uri.ends_with(b".php"))?;
    let dir = tries.args().find(|arg| matches!(&*arg.value, b"$uri/" | b"$document_uri/"))?;
    let takes_top = server.location_for(b"/").known().copied()?.unwrap_or(server) == scope;
    let index = scope.effective("index");
    let names: Vec<Vec<u8>> = match &index {
        Some(index) => {
            index.directives.iter().flat_map(|line| line.args()).map(|arg| arg.value.into_owned()).collect()
        }
        None => vec![b"index.html".to_vec()],
    };
    let is_other = |name: &Vec<u8>| name.contains(&b'$') || name.starts_with(b"/") || name.ends_with(b".php");
    let lists = scope.flag("autoindex", false).is_none_or(|on| on.value);
    let answers = scope.serving(b"/") != Serving::File || server.location_for(b"/").known().is_none();
    if !takes_top || lists || answers || names.iter().any(is_other) || !is_sure(scope) {
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
        (true, _) => Level::Error,
        (false, false) => Level::Warning,
        (false, true) => Level::Info,
    };
    let at = index.as_ref().and_then(|index| index.last()).map_or(dir.span, |line| line.span());
    let mut finding = Finding::new(&RULE, at, "no PHP script is among the index files")
        .level(level)
        .confidence(if is_proved { Confidence::High } else { Confidence::Medium })
        .label(format!("requests for `/`{of} end as 403"))
        .predict(Prediction::answers(403, log))
        .help(format!("`index {script};`"));
    if index.is_some() {
        finding = finding.related(dir.span, "a directory is answered by its index");
    }
    Some(finding.related(last.span, "the front page, where no directory is found"))
}

/// Whether nothing that was not read may name an index.
fn is_sure(scope: Scope<'_>) -> bool {
    scope.is_whole_to_server() && scope.is_in_main() && scope.ancestors().all(Scope::is_whole)
}
