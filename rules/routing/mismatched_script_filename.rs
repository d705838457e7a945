//! Scripts that are looked for where they are not.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use gatelint_lint::{Confidence, Edit, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, DocumentRoot, Match, Scope, has_variables};

use super::script::{directory, not_found_log, value};
use crate::edit::{self, Mend};
use crate::log;
use crate::params::list::{List, lists};
use crate::say::{clip, passed_requests};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "mismatched-script-filename",
    summary: "`SCRIPT_FILENAME` does not lead to the directory that holds the scripts",
    level: Level::Error,
    covers: &["H4", "H5", "H6"],
    since: "0.1.0",
    page: include_str!("mismatched_script_filename.md"),
    check,
};

/// What a value leads to that does not fit.
struct Mismatch<'a> {
    at: gatelint_syntax::Span,
    level: Level,
    message: String,
    /// The directive that says where the scripts are, and what it says.
    related: (Directive<'a>, &'static str),
    help: String,
    edits: Vec<Edit>,
}

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = HashSet::new();
    for list in lists(stack).filter(|list| list.get("REQUEST_METHOD").is_some()) {
        let Some(location) = list.pass.location().filter(|location| location.is_whole_to_server()) else {
            continue;
        };
        let Some(line) = list.get("SCRIPT_FILENAME") else { continue };
        // Passed twice: that is the defect.
        let Some(value) = value(line).filter(|_| list.all("SCRIPT_FILENAME").count() == 1) else { continue };
        let Some(dir) = directory(&value) else { continue };
        let found = match (dir, location.document_root()) {
            (b"$document_root" | b"$realpath_root", DocumentRoot::Alias(alias)) => {
                aliased(&list, location, alias)
            }
            (b"$document_root" | b"$realpath_root", DocumentRoot::Default) => rootless(&list, location),
            (dir, DocumentRoot::Root(root)) => literal(stack, &list, line, dir, root),
            _ => None,
        };
        if let Some(found) = found.filter(|found| seen.insert((list.scope.id(), found.at))) {
            out.push(finding(&list, found));
        }
    }
}

fn finding(list: &List<'_>, found: Mismatch<'_>) -> Finding {
    let is_sure = found.level == Level::Error;
    let (related, text) = found.related;
    // A directory that is written out is PHP's alone.
    let is_written = list.get("SCRIPT_FILENAME").and_then(value).is_some_and(|value| value.starts_with(b"/"));
    let log = list.pass.location().filter(|_| !is_written).map_or(log::NO_SCRIPT, not_found_log);
    Finding::new(&RULE, found.at, found.message)
        .level(found.level)
        .confidence(if is_sure { Confidence::High } else { Confidence::Medium })
        .label(format!("{} end as 404", passed_requests(list.pass)))
        .related(related.span(), text)
        .suggest(found.help, found.edits)
        .predict(Prediction::answers(404, log))
}

/// `alias` replaces what the location matched; `$document_root$fastcgi_script_name` has it still in it.
fn aliased<'a>(list: &List<'a>, location: Scope<'a>, alias: Directive<'a>) -> Option<Mismatch<'a>> {
    let holder = alias.scope();
    let is_other = match holder.location_match()? {
        // The alias of `/` is a root by another name.
        Match::Prefix(text) | Match::PrefixOnly(text) | Match::Exact(text) => text != b"/",
        Match::Regex(_) | Match::RegexNoCase(_) => alias.arg(0).is_some_and(|arg| has_variables(&arg.value)),
        Match::Named(_) => false,
    };
    let between = location.ancestors().take_while(|scope| *scope != holder).chain([holder]);
    let mut changes = between.flat_map(|scope| scope.own("rewrite"));
    // A split may take off the location's prefix.
    if !is_other
        || changes.next().is_some()
        || location.effective("fastcgi_split_path_info").is_some_and(strips)
    {
        return None;
    }
    let line = list.get("SCRIPT_FILENAME")?;
    let own = location.opener().is_some_and(|opener| opener.span().file == line.span().file);
    Some(Mismatch {
        at: if own { line.span() } else { alias.span() },
        level: Level::Error,
        message: "`SCRIPT_FILENAME` is the alias and the whole URI: the part that the alias replaces is in it twice"
            .to_owned(),
        related: (if own { alias } else { line }, if own { "replaces the location's part of the URI" } else { "joins the two" }),
        help: "`fastcgi_param SCRIPT_FILENAME $request_filename;` behind the list of parameters".to_owned(),
        edits: match line.arg(1) {
            Some(value) if own => edit::replace(value.span, "$request_filename"),
            _ if list.scope == location => {
                edit::append(location, &["fastcgi_param SCRIPT_FILENAME $request_filename;"])
            }
            _ => Vec::new(),
        },
    })
}

/// Whether the split begins with more than the script's own path.
fn strips(split: gatelint_model::nginx::Effective<'_>) -> bool {
    let pattern = split.last().and_then(|split| split.arg(0));
    pattern.is_none_or(|pattern| !pattern.value.starts_with(b"^(.+") && !pattern.value.starts_with(b"^((?U)"))
}

/// `root` stands only in a location beside this one.
fn rootless<'a>(list: &List<'a>, location: Scope<'a>) -> Option<Mismatch<'a>> {
    let server = location.enclosing(ContextKind::Server)?;
    let beside = server.location_for(b"/").known().copied()??;
    let DocumentRoot::Root(root) = beside.document_root() else { return None };
    if beside == location || root.scope() != beside {
        return None;
    }
    let dir = clip(&root.arg(0)?.text());
    // An http block that was not read may have a root.
    let level = if server.is_in_main() { Level::Error } else { Level::Warning };
    Some(Mismatch {
        at: list.pass.directive().span(),
        level,
        message: "this location has no `root`: nginx's built-in directory is passed to PHP".to_owned(),
        related: (root, "holds for its own location alone"),
        help: format!("move `root {dir};` out of its location into the server"),
        edits: {
            let line = format!("{};", String::from_utf8_lossy(root.stack().sources.text(root.span())));
            let moved = match server.own("server_name").chain(server.own("listen")).last() {
                Some(line_before) => edit::after(line_before, &[&line]),
                None => edit::append(server, &[&line]),
            };
            if moved.is_empty() { moved } else { [edit::remove(root), moved].concat() }
        },
    })
}

/// The directory is written out, and it is not the root.
fn literal<'a>(
    stack: &'a Stack,
    list: &List<'a>,
    line: Directive<'a>,
    dir: &[u8],
    root: Directive<'a>,
) -> Option<Mismatch<'a>> {
    let asked = root.arg(0)?.value;
    let is_here = stack.world.is_one_machine()
        && list.pass.targets().iter().all(|target| {
            let pools = stack.pools_behind(target.address);
            stack.is_this_machine(target.address)
                && pools.pools().iter().all(|one| one.pool.get("chroot").is_none())
        });
    let is_plain =
        dir.starts_with(b"/") && asked.starts_with(b"/") && !has_variables(dir) && !has_variables(&asked);
    if !is_here || !is_plain || list.pass.targets().is_empty() {
        return None;
    }
    let (path, asked) = (Path::new(OsStr::from_bytes(dir)), Path::new(OsStr::from_bytes(&asked)));
    // One in the other: an application beside or above what is public.
    if path == asked
        || path.starts_with(asked)
        || asked.starts_with(path)
        || stack.web.has(path) == Some(true)
    {
        return None;
    }
    // The sample that nginx's own configuration holds, and a directory that is not there while the root is.
    let is_sure =
        dir == b"/scripts" || stack.web.names(asked).is_some() && stack.web.has(path) == Some(false);
    let shown = clip(&path.to_string_lossy());
    Some(Mismatch {
        at: line.arg(1)?.span,
        level: if is_sure { Level::Error } else { Level::Warning },
        message: format!("scripts are looked for in `{shown}`, which is not the document root"),
        related: (root, "the document root"),
        help: "`fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;`".to_owned(),
        edits: edit::replace(line.arg(1)?.span, "$document_root$fastcgi_script_name"),
    })
}
