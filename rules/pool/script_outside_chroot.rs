//! Scripts named as nginx sees them, for a pool that sees another root.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::address::normal_path;
use gatelint_model::nginx::ScriptPath;
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use super::served::{Served, served};
use crate::edit::{self, Mend};
use crate::log;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "script-outside-chroot",
    summary: "`SCRIPT_FILENAME` begins with the pool's `chroot`, within which there is no such path",
    level: Level::Error,
    covers: &["F8"],
    since: "0.1.0",
    page: include_str!("script_outside_chroot.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut said = FxHashSet::default();
    for way in served(stack).filter(|_| stack.world.is_one_machine()) {
        let Some(setting) = way.to.pool.get("chroot") else { continue };
        let Some(chroot) = way.to.master.chroot(way.to.pool).map(|path| normal_path(&path)) else { continue };
        let Some(script) = way.pass.script() else { continue };
        let Some(inner) = script.start.strip_prefix(&chroot).filter(|_| !chroot.is_empty()) else { continue };
        if (inner.is_empty() || inner.starts_with('/')) && said.insert(place(&way, &script, setting.at())) {
            out.push(finding(&way, &script, setting.at(), &chroot, inner));
        }
    }
}

/// The line that names the script, where it stands beside the pass; one that others share is no place to edit.
fn place(way: &Served<'_>, script: &ScriptPath<'_>, chroot: Span) -> Span {
    let line = script.by.arg(1).map_or_else(|| script.by.span(), |arg| arg.span);
    if line.file == way.pass.span().file { line } else { chroot }
}

fn finding(way: &Served<'_>, script: &ScriptPath<'_>, setting: Span, chroot: &str, inner: &str) -> Finding {
    let (pool, chroot) = (clip(&way.to.pool.name), clip(chroot));
    let at = place(way, script, setting);
    let message =
        format!("pool `{pool}` looks for `{0}` below its `chroot`, at `{chroot}{0}`", clip(&script.start));
    let mut finding = Finding::new(&RULE, at, message)
        .label(format!("{} end as 404 `File not found.`", passed_requests(way.pass)))
        .predict(Prediction::answers(404, log::NO_SCRIPT));
    if at != setting {
        finding = finding.related(setting, format!("to this pool `{chroot}` is `/`"));
    }
    if let Some(root) = script.root {
        finding = finding.related(root.value_span(), "the path as nginx sees it");
    }
    let tail = if script.is_by_uri { "$fastcgi_script_name" } else { "" };
    let edits = if at == setting { Vec::new() } else { edit::word(at, &format!("{inner}{tail}")) };
    finding.suggest(format!("fastcgi_param SCRIPT_FILENAME {}{tail};", clip(inner)), edits)
}
