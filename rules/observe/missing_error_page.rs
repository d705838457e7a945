//! Error pages that are not there.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::Value;
use gatelint_model::nginx::{Directive, Pass, Scope, Serving, internal_uri};

use crate::by_place::ByPlace;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "missing-error-page",
    summary: "the page for a failing backend is a file that is not there: the failure shows as 404",
    level: Level::Warning,
    covers: &["L1"],
    since: "0.1.0",
    page: include_str!("missing_error_page.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.directives("error_page").next().is_none() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        let Some(pages) = pass.scope().effective("error_page") else { continue };
        for by in pages.directives {
            if let Some(place) = place(stack, by, pass) {
                found.add(by.span(), (by, pass, place));
            }
        }
    }
    out.extend(found.iter().filter_map(|((by, pass, place), _)| report(*by, *pass, *place)));
}

/// The block that looks for the page, where the page is a file and surely missing.
fn place<'a>(stack: &'a Stack, by: Directive<'a>, pass: Pass<'a>) -> Option<Scope<'a>> {
    let args: Vec<_> = by.args().collect();
    let (uri, codes) = args.split_last()?;
    let is_failure =
        |code: &gatelint_model::nginx::Arg<'_>| matches!(&*code.value, b"502" | b"504" | b"500" | b"503");
    let uri = internal_uri(&uri.value).filter(|_| codes.iter().any(is_failure))?;
    let server = pass.server()?;
    let Value::Known(location) = server.location_for(&uri) else { return None };
    let place = location.unwrap_or(server);
    // `internal` is what such a location has: it answers redirects with files all the same.
    let is_file = match place.handler() {
        Some(handler) if handler.name() == "internal" => place.own("try_files").next().is_none(),
        _ => place.serving(&uri) == Serving::File,
    };
    let answers = ["return", "rewrite"]
        .iter()
        .any(|name| place.own(name).next().is_some() || server.own(name).next().is_some());
    let is_alone = place.pass().is_none() && !answers && place.is_whole_to_server();
    // A location for the page's own errors.
    let has_page = place.own("error_page").next().is_some();
    (is_file && is_alone && !has_page && stack.has_file(place, &uri) == Some(false)).then_some(place)
}

fn report(by: Directive<'_>, pass: Pass<'_>, place: Scope<'_>) -> Option<Finding> {
    let args: Vec<_> = by.args().collect();
    let (last, codes) = args.split_last()?;
    let uri = internal_uri(&last.value)?;
    let path = place.file_of(&uri)?.to_string_lossy().into_owned();
    let code = codes.first().map(|code| say::clip(&code.text())).unwrap_or_default();
    let log = format!("open() \"{path}\" failed (2: No such file or directory)");
    let finding =
        Finding::new(&RULE, last.span, format!("the error page `{}` is not there", say::clip(&path)))
            .label(format!(
                "when {} fail, the visitor gets 404 in place of {code}",
                say::passed_requests(pass)
            ))
            .predict(Prediction::answers(404, say::one_line(&log)))
            .help(format!("let `{}` be there, or let the root of its location lead to it", say::clip(&path)));
    Some(match place.document_root().directive() {
        Some(root) => finding.related(root.span(), "is looked for here"),
        None => finding,
    })
}
