//! Includes of files that are not there.

use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::files::ReadError;
use gatelint_model::nginx::{IncludeProblem, IncludeProblemKind};

use crate::say::clip;
use crate::say::one_line;

pub(crate) const RULE: Rule = Rule {
    name: "unresolved-include",
    summary: "an `include` names a file that nginx cannot read",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unresolved_include.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(stack.nginx.include_problems.iter().filter_map(|problem| finding(stack, problem)));
}

fn finding(stack: &Stack, problem: &IncludeProblem) -> Option<Finding> {
    let say = |message: String| Finding::new(&RULE, problem.at, message);
    let info = |finding: Finding| finding.level(Level::Info).confidence(Confidence::Medium);
    Some(match &problem.kind {
        IncludeProblemKind::Missing { path, evident } => {
            let shown = clip(&path.to_string_lossy());
            let finding = say(format!("`{shown}` does not exist"));
            if *evident {
                let error = "2: No such file or directory";
                finding.label("nginx does not start").predict(refusal(stack, problem, path, error))
            } else {
                info(finding.label("its directives are not known here"))
                    .note("the tree carries nothing of that directory: it could not be checked")
            }
        }
        IncludeProblemKind::Unreadable { path, error } => {
            let shown = clip(&path.to_string_lossy());
            let finding = say(format!("`{shown}` cannot be read: {error}"));
            match system_error(error) {
                Some("21: Is a directory") => {
                    let log =
                        one_line(&format!("pread() \"{}\" failed (21: Is a directory)", path.display()));
                    finding.label("nginx does not start").predict(Prediction::nginx_refuses(None, log))
                }
                Some(code) => {
                    finding.label("nginx does not start").predict(refusal(stack, problem, path, code))
                }
                None => info(finding.label("its directives are not known here"))
                    .note("what nginx would read there could not be checked"),
            }
        }
        IncludeProblemKind::TooDeep => say("includes nest deeper than 64 files".to_owned())
            .level(Level::Warning)
            .label("what it takes in was not read"),
        IncludeProblemKind::Template => {
            let name = clip(&String::from_utf8_lossy(stack.sources.text(problem.at)));
            info(say(format!("`{name}` is filled in by a template")).label("what it takes in was not read"))
        }
        IncludeProblemKind::Cycle { .. } => return None,
    })
}

/// What nginx's own attempt would end in; `None` where only this run's permissions or limits are to blame.
fn system_error(error: &ReadError) -> Option<&'static str> {
    match error {
        ReadError::NotFound => Some("2: No such file or directory"),
        ReadError::NotAFile => Some("21: Is a directory"),
        ReadError::Other(text) if text.contains("symbolic link") => {
            Some("40: Too many levels of symbolic links")
        }
        ReadError::Denied | ReadError::TooLarge | ReadError::Other(_) => None,
    }
}

/// `open()` as nginx prints it, at the end of the `include`.
fn refusal(stack: &Stack, problem: &IncludeProblem, path: &Path, error: &str) -> Prediction {
    let printed = printed(stack, problem, path);
    Prediction::nginx_refuses(Some(problem.at), one_line(&format!("open() \"{printed}\" failed ({error})")))
}

/// The path as nginx prints it: the name as written behind the directory of the main configuration
/// (`ngx_conf_full_name()` of `src/core/ngx_conf_file.c`). A pattern's matches come normalised from `glob(3)`.
fn printed(stack: &Stack, problem: &IncludeProblem, path: &Path) -> String {
    let written = stack.sources.text(problem.at);
    let name = written.trim_ascii();
    let is_plain = !name.iter().any(|byte| b"*?[\\\"'".contains(byte));
    let name = Path::new(std::ffi::OsStr::from_bytes(name));
    let is_normal = name.components().collect::<std::path::PathBuf>().as_os_str() == name.as_os_str();
    if !is_plain || is_normal {
        return path.display().to_string();
    }
    if name.is_absolute() {
        return name.display().to_string();
    }
    let depth = name.components().filter(|part| *part != Component::CurDir).count();
    match path.ancestors().nth(depth) {
        Some(base) => format!("{}/{}", base.display().to_string().trim_end_matches('/'), name.display()),
        None => path.display().to_string(),
    }
}
