//! Files without a type: a style sheet that browsers refuse.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Scope};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "missing-mime-types",
    summary: "nginx knows the types of three kinds of files alone: browsers refuse style sheets and scripts",
    level: Level::Info,
    covers: &[],
    since: "0.1.0",
    page: include_str!("missing_mime_types.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for root in stack.nginx_roots().filter(|root| root.kind() == ContextKind::Main) {
        for http in root.blocks_of(ContextKind::Http) {
            let served =
                stack.directives("root").find(|by| by.scope().ancestors().any(|scope| scope == http));
            let is_bare = !http.blocks().any(is_types) && http.ancestors().all(Scope::is_whole);
            let own = stack.directives("types").any(|by| by.scope().ancestors().any(|scope| scope == http));
            if let (Some(served), true, Some(opener)) = (served, is_bare && !own, http.opener()) {
                out.push(finding(opener, served));
            }
        }
    }
}

fn is_types(block: Scope<'_>) -> bool {
    block.opener().is_some_and(|opener| opener.name() == "types")
}

fn finding(http: Directive<'_>, served: Directive<'_>) -> Finding {
    let dir = served.arg(0).map(|dir| clip(&dir.text())).unwrap_or_default();
    let default = http.block().and_then(|block| block.own("default_type").last());
    let kind =
        default.and_then(|by| by.arg(0)).map_or_else(|| "text/plain".to_owned(), |arg| clip(&arg.text()));
    Finding::new(&RULE, http.name_span(), "this `http` has no `types`")
        .label(format!("all files but `.html`, `.gif` and `.jpg` are sent as `{kind}`"))
        .related(served.span(), format!("the files of `{dir}` are among them"))
        .note("browsers refuse a style sheet that is not `text/css`")
        .help("include mime.types;")
}
