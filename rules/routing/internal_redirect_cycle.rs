//! Redirects within nginx that lead back to where they begin.

use std::collections::HashSet;

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Arg, ContextKind, Directive, Part, Scope, has_variables, internal_uri, parts};

use crate::edit::{self, Mend};
use crate::say::{clip, requests};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "internal-redirect-cycle",
    summary: "a `try_files` or `rewrite` leads back to its own location and does so again",
    level: Level::Error,
    covers: &["H14"],
    since: "0.1.0",
    page: include_str!("internal_redirect_cycle.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = HashSet::new();
    for tries in stack.directives("try_files") {
        let found = fallback(stack, tries).or_else(|| super::named_cycle::find(stack, tries));
        out.extend(found.filter(|_| seen.insert(tries.id())));
    }
    for rewrite in stack.directives("rewrite") {
        out.extend(rewritten(stack, rewrite).filter(|_| seen.insert(rewrite.id())));
    }
}

/// Whether `uri` comes to `scope`, with nothing in the server before it that may change that.
fn comes_to(scope: Scope<'_>, uri: &[u8]) -> bool {
    let Some(server) = scope.enclosing(ContextKind::Server) else { return false };
    let acts = ["rewrite", "return"].iter().any(|name| server.own(name).len() > 0);
    let decides = server.blocks_of(ContextKind::IfInServer).next().is_some();
    let chosen = server.location_for(uri).known().copied();
    let is_there = chosen.is_some_and(|chosen| chosen.unwrap_or(server) == scope);
    // A directory is answered by its index.
    is_there && !acts && !decides && !uri.ends_with(b"/") && scope.is_whole_to_server()
}

fn fallback(stack: &Stack, tries: Directive<'_>) -> Option<Finding> {
    let scope = tries.scope();
    let last = tries.args().last()?;
    let uri = internal_uri(&last.value)?;
    let acts = ["rewrite", "return"].iter().any(|name| scope.own(name).len() > 0)
        || scope.blocks_of(ContextKind::IfInLocation).next().is_some();
    if acts || !comes_to(scope, &uri) {
        return None;
    }
    let tested = tries.args().take(tries.args().len().saturating_sub(1));
    let mut is_missed = true;
    let mut is_sure = true;
    let mut escaped = None;
    for arg in tested {
        if arg.value.windows(2).any(|pair| pair == b"\\$") {
            escaped = escaped.or(Some(arg));
            continue;
        }
        match tests(stack, scope, &arg.value, &uri) {
            Some(is_there) => is_missed &= !is_there,
            None => is_sure = false,
        }
    }
    if !is_missed || !is_sure {
        return None;
    }
    let target = clip(&String::from_utf8_lossy(&uri));
    let at = if escaped.is_some() { tries.span() } else { last.span };
    let message = match &escaped {
        Some(arg) => format!("`{}` is no file's name: the backslash is part of it", clip(&arg.text())),
        None => format!("`{target}` is not there: it leads to this `try_files` again"),
    };
    let log = format!("rewrite or internal redirection cycle while internally redirecting to \"{target}\"");
    let mut finding = Finding::new(&RULE, at, message)
        .label(format!("{} that are no file end as 500", requests(scope)))
        .predict(Prediction::answers(500, log));
    let file = scope.file_of(&uri);
    let root = scope.effective_last("root");
    if let (Some(root), Some(file), None) = (root, file, &escaped) {
        finding = finding.related(root.span(), format!("`{}` is missing", clip(&file.to_string_lossy())));
    }
    Some(match escaped {
        Some(arg) => {
            let meant = arg.text().replace('\\', "");
            let is_escaped = |arg: &Arg<'_>| arg.value.windows(2).any(|pair| pair == b"\\$");
            let edits = tries.args().filter(is_escaped);
            let edits = edits.flat_map(|arg| edit::word(arg.span, &arg.text().replace("\\$", "$")));
            finding.suggest(format!("`{meant}`"), edits.collect())
        }
        None => {
            finding.help(format!("let the root be the directory that holds `{target}`, or end with `=404`"))
        }
    })
}

/// Whether the argument `tested` finds a file for `uri`; `None`: not known.
fn tests(stack: &Stack, scope: Scope<'_>, tested: &[u8], uri: &[u8]) -> Option<bool> {
    let (tested, is_dir) = tested.strip_suffix(b"/").map_or((tested, false), |rest| (rest, true));
    let mut name = Vec::new();
    for part in parts(tested) {
        match part {
            Part::Literal(text) => name.extend_from_slice(text),
            Part::Variable(b"uri" | b"document_uri") => name.extend_from_slice(uri),
            Part::Variable(_) => return None,
        }
    }
    // A directory is hardly called like a file.
    let has_ending = name.rsplit(|byte| *byte == b'/').next().is_some_and(|last| last.contains(&b'.'));
    if is_dir && has_ending { Some(false) } else { stack.has_file(scope, &name) }
}

fn rewritten(stack: &Stack, rewrite: Directive<'_>) -> Option<Finding> {
    let scope = rewrite.scope();
    let (pattern, replacement) = (rewrite.arg(0)?, rewrite.arg(1)?);
    let is_last = rewrite.arg(2).is_some_and(|flag| *flag.value == *b"last");
    if is_last && scope.kind() == ContextKind::IfInLocation {
        return unless_found(stack, rewrite);
    }
    let is_alone = scope.kind() == ContextKind::Location
        && scope.own("rewrite").next() == Some(rewrite)
        && scope.own("return").len() + scope.own("break").len() == 0
        && scope.blocks_of(ContextKind::IfInLocation).next().is_none();
    if !is_last || !is_alone {
        return None;
    }
    let mut uri = Vec::new();
    for part in parts(&replacement.value) {
        match part {
            Part::Literal(text) => uri.extend_from_slice(text),
            // What was captured once; whatever it is, it stands there again the next time.
            Part::Variable(name) if name.iter().all(u8::is_ascii_digit) => uri.push(b'x'),
            Part::Variable(_) => return None,
        }
    }
    let path: Vec<u8> = uri.split(|byte| *byte == b'?').next().unwrap_or_default().to_vec();
    let is_taken = scope.is_match(&pattern.value, &path) == Some(true);
    if !path.starts_with(b"/") || !is_taken || !comes_to(scope, &path) {
        return None;
    }
    let is_fixed = !has_variables(replacement.value.split(|byte| *byte == b'?').next().unwrap_or_default());
    let target = if is_fixed { clip(&String::from_utf8_lossy(&path)) } else { String::new() };
    let log = format!("rewrite or internal redirection cycle while processing \"{target}");
    Some(
        Finding::new(&RULE, replacement.span, "what this `rewrite` makes comes to it again")
            .label(format!("{} end as 500", requests(scope)))
            .related(pattern.span, "takes the result too")
            .predict(Prediction::answers(500, if is_fixed { format!("{log}\"") } else { log }))
            .suggest(
                "end it with `break` in place of `last`",
                rewrite.arg(2).map(|flag| edit::replace(flag.span, "break")).unwrap_or_default(),
            ),
    )
}

/// A front controller of the old way: `if` no such file is there, on to one that is not there either.
fn unless_found(stack: &Stack, rewrite: Directive<'_>) -> Option<Finding> {
    let condition = rewrite.scope();
    let location = condition.parent()?;
    let asks: Vec<_> = condition.opener()?.args().map(|arg| arg.text().into_owned()).collect();
    let is_missing = matches!(asks.join(" ").as_str(), "(!-e $request_filename)" | "(!-f $request_filename)");
    let target = rewrite.arg(1)?;
    let uri = internal_uri(&target.value)?;
    let is_alone = location.blocks_of(ContextKind::IfInLocation).count() == 1
        && location.own("rewrite").len() + location.own("try_files").len() + location.own("break").len() == 0
        && condition.own("rewrite").next() == Some(rewrite);
    let is_taken = condition.is_match(&rewrite.arg(0)?.value, &uri) == Some(true);
    if !is_missing
        || !is_alone
        || !is_taken
        || !comes_to(location, &uri)
        || stack.has_file(location, &uri) != Some(false)
    {
        return None;
    }
    let shown = clip(&String::from_utf8_lossy(&uri));
    let log = format!("rewrite or internal redirection cycle while processing \"{shown}\"");
    Some(
        Finding::new(&RULE, target.span, format!("`{shown}` is not there: it leads to this `rewrite` again"))
            .label(format!("{} that are no file end as 500", requests(location)))
            .predict(Prediction::answers(500, log))
            .help(format!("let the root be the directory that holds `{shown}`")),
    )
}
