//! Files without a type: a style sheet that browsers refuse.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Scope};

use crate::say::{clip, words};

pub(crate) const RULE: Rule = Rule {
    name: "missing-mime-types",
    summary: "nginx knows the types of three kinds of files alone: browsers refuse style sheets and scripts",
    level: Level::Info,
    covers: &[],
    since: "0.1.0",
    page: include_str!("missing_mime_types.md"),
    check,
};

/// What says that a browser asks for style sheets or scripts.
const WORDS: [&str; 4] = ["css", "js", "assets", "static"];

fn check(stack: &Stack, out: &mut Findings) {
    for root in stack.nginx_roots().filter(|root| root.kind() == ContextKind::Main) {
        for http in root.blocks_of(ContextKind::Http).filter(|http| http.ancestors().all(Scope::is_whole)) {
            let is_below = |by: &Directive<'_>| by.scope().ancestors().any(|scope| scope == http);
            let mut locations = stack.directives("location").filter(is_below);
            let served = locations.find(|location| serves_assets(*location));
            // A `types` of any level is somebody's thought of it.
            let is_thought_of = stack.directives("types").any(|by| is_below(&by));
            if let (Some(served), false, Some(opener)) = (served, is_thought_of, http.opener()) {
                out.push(finding(opener, served));
            }
        }
    }
}

/// Whether a location is for style sheets or scripts, and sends them as files.
fn serves_assets(location: Directive<'_>) -> bool {
    let names = location.args().any(|arg| words(&arg.text()).any(|word| WORDS.contains(&word.as_str())));
    names && location.block().is_some_and(|block| block.handler().is_none() && block.is_whole())
}

fn finding(http: Directive<'_>, served: Directive<'_>) -> Finding {
    let default = http.block().and_then(|block| block.own("default_type").last());
    let kind =
        default.and_then(|by| by.arg(0)).map_or_else(|| "text/plain".to_owned(), |arg| clip(&arg.text()));
    Finding::new(&RULE, http.name_span(), "this `http` has no `types`")
        .label(format!("all files but `.html`, `.gif` and `.jpg` are sent as `{kind}`"))
        .related(served.span(), "style sheets and scripts come from here")
        .note("browsers refuse a style sheet that is not `text/css`")
        .help("include mime.types;")
}
