//! `try_files` that does not run because an `if` beside it takes the request.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Scope};

use crate::by_place::ByPlace;
use crate::say::{clip, requests};

pub(crate) const RULE: Rule = Rule {
    name: "lost-try-files",
    summary: "an `if` takes requests out of the reach of the `try_files` beside it",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("lost_try_files.md"),
    check,
};

/// What answers in an `if`, or sends the request elsewhere: then `try_files` is not missed.
const LEAVES: [&str; 7] =
    ["return", "rewrite", "proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass"];

/// What a request for a file has to do with; a file is served all the same.
const FILES: [&str; 12] =
    ["css", "js", "jpg", "jpeg", "png", "gif", "ico", "svg", "woff", "woff2", "ttf", "webp"];

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for tries in stack.directives("try_files") {
        let location = tries.scope();
        let acts = LEAVES.iter().any(|name| location.own(name).len() > 0);
        let Some(last) = tries.args().last() else { continue };
        let is_fallback = last.value.starts_with(b"@") || last.value.starts_with(b"/");
        if location.kind() != ContextKind::Location || acts || !is_fallback {
            continue;
        }
        for block in location.blocks_of(ContextKind::IfInLocation).filter(|block| takes(*block)) {
            if let Some(opener) = block.opener() {
                found.add(opener.span(), (opener, tries));
            }
        }
    }
    out.extend(found.iter().map(|((opener, tries), _)| finding(*opener, *tries)));
}

/// Whether a request that fulfils the condition ends in this block (`ngx_http_script_if_code()` puts the block's
/// own configuration in place of the location's, and `try_files` is not part of it).
fn takes(block: Scope<'_>) -> bool {
    let leaves = LEAVES.iter().any(|name| block.own(name).len() > 0);
    let words: Vec<_> =
        block.opener().into_iter().flat_map(Directive::args).map(|arg| arg.text().into_owned()).collect();
    let text = words.join(" ");
    let is_there = ["(-f ", "(-e ", "(-d "].iter().any(|test| text.starts_with(test));
    let is_file = text.contains("\\.") && crate::say::words(&text).any(|word| FILES.contains(&word.as_str()));
    !leaves && !is_there && !is_file && block.is_whole()
}

fn finding(opener: Directive<'_>, tries: Directive<'_>) -> Finding {
    let words: Vec<_> = opener.args().map(|arg| arg.text().into_owned()).collect();
    let condition = clip(&words.join(" "));
    let target = tries.args().last().map(|arg| clip(&arg.text())).unwrap_or_default();
    let help = "set what depends on the condition with a `map`, and let this `if` go";
    Finding::new(&RULE, opener.span(), format!("`try_files` does not run where `if {condition}` is true"))
        .label(format!("{} that are no file end as 404 then", requests(tries.scope())))
        .related(tries.span(), format!("would lead to `{target}`"))
        .confidence(Confidence::Medium)
        .predict(Prediction::answers(404, ""))
        .help(help)
}
