//! Locations whose text no request can match.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Match, Scope, Serving, has_variables};

use crate::edit::{self, Mend};
use crate::say::{clip, site};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "unmatchable-location",
    summary: "a location takes no request: its text is a regular expression without `~`, or begins with no `/`",
    level: Level::Warning,
    covers: &["H23"],
    since: "0.1.0",
    page: include_str!("unmatchable_location.md"),
    check,
};

/// What stands in regular expressions and hardly in a URI.
const REGEX_SIGNS: [&[u8]; 8] = [b"\\.", b"\\/", b".*", b".+", b"(?", b"[^", b"[0-9", b"\\d"];

/// Whether a location is chosen by a text that no URI has.
pub(crate) fn never_matches(location: Scope<'_>) -> bool {
    let text = match location.location_match() {
        Some(Match::Exact(text) | Match::Prefix(text) | Match::PrefixOnly(text)) => text,
        _ => return false,
    };
    // An empty prefix takes everything; nginx knows no variables here, but some generators fill in a text.
    !text.is_empty()
        && !text.starts_with(b"@")
        && !has_variables(text)
        && (is_regex(text) || !text.starts_with(b"/"))
}

fn is_regex(text: &[u8]) -> bool {
    let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/_-".contains(byte);
    if text.iter().all(is_plain) {
        return false;
    }
    text.starts_with(b"^")
        || text.ends_with(b"$")
        || has(b"(") && has(b"|")
        || REGEX_SIGNS.iter().any(|sign| has(sign))
}

fn check(stack: &Stack, out: &mut Findings) {
    for opener in stack.directives("location") {
        let location = opener.block().filter(|location| location.kind() == ContextKind::Location);
        if let Some(location) = location.filter(|location| never_matches(*location)) {
            out.extend(finding(stack, opener, location));
        }
    }
}

fn finding(stack: &Stack, opener: Directive<'_>, location: Scope<'_>) -> Option<Finding> {
    let arg = opener.args().last()?;
    let written = arg.text();
    let text = clip(&written);
    let bare = |text: &str| text.trim_start_matches(['=', '^', '~']).to_owned();
    let meant = |text: &str| match is_regex(&arg.value) {
        true if text.starts_with('^') => format!("location ~ {text}"),
        true => format!("location ~ {}", bare(text)),
        false => format!("location /{}", bare(text)),
    };
    if stack.sources.is_filled_in(opener.span()) {
        return None;
    }
    let is_regex = is_regex(&arg.value);
    let message = match is_regex {
        true => format!("`{text}` is taken for the beginning of a URI, not for a regular expression"),
        false => format!("no URI begins with `{text}`: each begins with `/`"),
    };
    let of = site(location).map(|site| format!(" of `{site}`")).unwrap_or_default();
    let mut finding = Finding::new(&RULE, arg.span, message)
        .label(format!("no request{of} comes to this location: others take them"))
        .confidence(Confidence::High);
    if location.own("fastcgi_pass").len() > 0 && sends_php(location) {
        finding = finding.predict(Prediction::answers(200, "")).note("PHP scripts are sent as they are");
    }
    let is_plain = !arg.quoted && !written.contains(['"', '\'']);
    let edits = if is_plain { edit::statement(opener, meant(&written)) } else { Vec::new() };
    Some(finding.suggest(format!("`{}`", meant(&text)), edits))
}

/// Whether scripts of the server around it are sent as they are.
fn sends_php(location: Scope<'_>) -> bool {
    let Some(server) = location.enclosing(ContextKind::Server) else { return false };
    let takes = server.location_for(b"/index.php").known().copied();
    takes.is_some_and(|takes| takes.unwrap_or(server).serving(b"/index.php") == Serving::File)
}
