//! Files that include themselves, directly or through others.

use std::path::Path;

use gatelint_catalog::nginx::Name;
use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::IncludeProblemKind;
use gatelint_syntax::{FileId, Span};

use crate::say::clip;
use crate::say::one_line;

pub(crate) const RULE: Rule = Rule {
    name: "include-cycle",
    summary: "a file includes itself, directly or through others",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("include_cycle.md"),
    check,
};

/// The most files of a chain that are named.
const MAX_NAMED: usize = 8;

fn check(stack: &Stack, out: &mut Findings) {
    for problem in &stack.nginx.include_problems {
        if let IncludeProblemKind::Cycle { files } = &problem.kind {
            out.push(finding(stack, problem.at, files));
        }
    }
}

fn finding(stack: &Stack, at: Span, files: &[FileId]) -> Finding {
    let path = |file: &FileId| stack.sources.get(*file).map_or(Path::new(""), |source| &source.path);
    let name =
        |file: &FileId| path(file).file_name().map_or(String::new(), |name| clip(&name.to_string_lossy()));
    let first = files.first().map(name).unwrap_or_default();
    let mut chain: Vec<String> = files.iter().take(MAX_NAMED).map(name).collect();
    if files.len() > MAX_NAMED {
        chain.push("...".to_owned());
    }
    chain.push(first.clone());
    let message = format!("`{first}` includes itself: `{}`", chain.join(" -> "));
    let finding = Finding::new(&RULE, at, message).label("closes the circle");
    let is_pattern = stack.sources.text(at).iter().any(|byte| b"*?[".contains(byte));
    if is_pattern {
        // Out of file handles, glob(3) finds nothing, which is no error to nginx.
        return finding
            .level(Level::Warning)
            .note("nginx reads the files over and over until it is out of file handles")
            .help(format!("move `{first}` out of the pattern"));
    }
    let target = files.first().map(|file| path(file).display().to_string()).unwrap_or_default();
    let log = one_line(&format!("open() \"{target}\" failed (24: Too many open files)"));
    let finding = finding.help("remove this include");
    if files.iter().any(|file| stands_once(stack, *file)) {
        return finding
            .note("nginx stops when it is out of file handles, or sooner at a directive that it takes once");
    }
    finding
        .predict(Prediction::nginx_refuses(Some(at), log))
        .note("where in the circle nginx stops depends on its limit of open files")
}

/// Whether nginx may refuse the second reading of a file for what stands in it.
fn stands_once(stack: &Stack, file: FileId) -> bool {
    let (Some(tree), Some(source)) = (stack.nginx.tree(file), stack.sources.get(file)) else { return true };
    tree.top().filter_map(|id| Some((tree.node(id)?, tree.words(id).first()?))).any(|(node, name)| {
        let name = Name::find(&name.value(&source.bytes));
        let once = name
            .is_none_or(|name| name.directives().iter().any(|directive| directive.repeatable == Some(false)));
        node.has_block() || once
    })
}
