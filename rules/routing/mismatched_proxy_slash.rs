//! Slashes at the end of a location and of the URI that takes its place.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Family, Match, Pass};

use crate::edit::{self, Mend};
use crate::say::clip;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "mismatched-proxy-slash",
    summary: "a location ends with `/` and the URI of its `proxy_pass` does not, or the other way round",
    level: Level::Info,
    covers: &["H16"],
    since: "0.1.0",
    page: include_str!("mismatched_proxy_slash.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for pass in stack.passes().filter(|pass| pass.family() == Family::Proxy) {
        out.extend(finding(stack, pass));
    }
}

fn finding(stack: &Stack, pass: Pass<'_>) -> Option<Finding> {
    let location = pass.scope();
    let (Match::Prefix(prefix) | Match::PrefixOnly(prefix)) = location.location_match()? else { return None };
    // With variables the argument is the whole URI; a rewritten URI is passed as it is.
    let is_silent = pass.is_variable()
        || location.own("rewrite").len() > 0
        || stack.sources.is_filled_in(pass.span())
        || prefix.len() < 2;
    let urls = pass.urls();
    let uri = urls.known().and_then(|(url, _)| url.uri.clone())?;
    if is_silent || uri.contains('?') || is_page(&uri) || !uri.starts_with('/') {
        return None;
    }
    let prefix = String::from_utf8_lossy(prefix).into_owned();
    let opener = location.opener()?.args().last()?;
    let argument = pass.directive().arg(0)?;
    let (message, to, fixed, edits) = match (prefix.ends_with('/'), uri.ends_with('/')) {
        (false, true) => {
            let (fixed, edits) =
                (format!("location {prefix}/"), edit::word(opener.span, &format!("{prefix}/")));
            ("is passed with two slashes", format!("{uri}/users"), fixed, edits)
        }
        (true, false) => (
            "is passed without a slash between",
            format!("{uri}users"),
            format!("{}/", argument.text()),
            edit::word(argument.span, &format!("{}/", argument.text())),
        ),
        _ => return None,
    };
    let from = format!("{}/users", prefix.trim_end_matches('/'));
    Some(
        Finding::new(&RULE, pass.span(), format!("what follows `{}` {message}", clip(&prefix)))
            .label(format!("`{}` is asked of the backend as `{}`", clip(&from), clip(&to)))
            .related(opener.span, "this much of the URI is replaced")
            // Many backends merge slashes; a name that is run into another is another name.
            .level(if prefix.ends_with('/') { Level::Warning } else { Level::Info })
            .confidence(Confidence::Medium)
            .note("a backend that takes the path literally answers 404")
            .predict(Prediction::answers(404, ""))
            .suggest(format!("`{}`", clip(&fixed)), edits),
    )
}

/// Whether it is one page or the beginning of a name, to which nothing is meant to be added as a path.
fn is_page(uri: &str) -> bool {
    let last = uri.rsplit('/').next().unwrap_or_default();
    last.contains('.') || last.ends_with(|letter: char| !letter.is_ascii_alphanumeric())
}
