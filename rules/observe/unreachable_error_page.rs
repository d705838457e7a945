//! Error pages that have to come from the backend that fails.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::Value;
use gatelint_model::nginx::{Directive, Pass, Scope};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "unreachable-error-page",
    summary: "the page for a failing backend is asked of that backend",
    level: Level::Warning,
    covers: &["L1"],
    since: "0.1.0",
    page: include_str!("unreachable_error_page.md"),
    check,
};

/// A page and the passes that cannot serve it.
struct Page<'a> {
    by: Directive<'a>,
    uri: String,
    code: u16,
    pass: Pass<'a>,
    /// The pass that takes the page's own URI.
    other: Pass<'a>,
}

fn check(stack: &Stack, out: &mut Findings) {
    if stack.directives("error_page").next().is_none() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        let Some(pages) = pass.scope().effective("error_page") else { continue };
        for by in pages.directives {
            if let Some(page) = page(by, pass) {
                found.add(by.span(), page);
            }
        }
    }
    out.extend(found.iter().map(|(page, _)| report(page)));
}

fn page<'a>(by: Directive<'a>, pass: Pass<'a>) -> Option<Page<'a>> {
    let words: Vec<String> = by.args().map(|arg| arg.text().into_owned()).collect();
    let code =
        words.iter().filter_map(|word| word.parse::<u16>().ok()).find(|code| matches!(code, 502 | 504))?;
    let uri = words.last().filter(|uri| uri.starts_with('/') && !uri.contains('$'))?;
    let path = uri.split('?').next()?;
    let server = pass.server()?;
    let Value::Known(Some(location)) = server.location_for(path.as_bytes()) else { return None };
    let other = location.pass().filter(|other| is_same_backend(pass, *other))?;
    // What may take the request before the pass does.
    let is_plain = ["return", "rewrite", "try_files", "proxy_cache", "fastcgi_cache", "proxy_store"]
        .iter()
        .all(|name| location.effective(name).is_none() && server.own(name).next().is_none());
    let has_no_if =
        [location, server].iter().all(|scope| scope.blocks().all(|block| !is_if(block)) && scope.is_whole());
    (is_plain && has_no_if).then(|| Page { by, uri: uri.clone(), code, pass, other })
}

fn is_if(block: Scope<'_>) -> bool {
    block.opener().is_some_and(|opener| opener.name() == "if")
}

/// Whether what fails for one fails for the other.
fn is_same_backend(one: Pass<'_>, other: Pass<'_>) -> bool {
    let addresses =
        |pass: Pass<'_>| pass.targets().iter().map(|target| target.address.clone()).collect::<Vec<_>>();
    let (mine, others) = (addresses(one), addresses(other));
    one.directive() == other.directive() || one.is_closed() && !mine.is_empty() && mine == others
}

fn report(page: &Page<'_>) -> Finding {
    let Page { by, uri, code, pass, other } = page;
    let uri = say::clip(uri);
    let log = "connect() failed (111: Connection refused) while connecting to upstream";
    let mut finding = Finding::new(&RULE, by.span(), format!("`{uri}` is asked of the backend that fails"))
        .label(format!("when {} fail, the visitor gets nginx's own page", say::passed_requests(*pass)))
        .related(other.span(), format!("`{uri}` comes here too"))
        .suggest(
            format!("location = {uri} {{ root /usr/share/nginx/html; internal; }}"),
            pass.server()
                .map(|server| {
                    let open = format!("location = {uri} {{");
                    edit::append(server, &[&open, "    root /usr/share/nginx/html;", "    internal;", "}"])
                })
                .unwrap_or_default(),
        )
        .predict(Prediction::answers(*code, log));
    if other.span() != pass.span() {
        finding = finding.note("both passes lead to the same backend");
    }
    finding
}
