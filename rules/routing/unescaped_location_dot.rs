//! Dots of a location's pattern that stand for any character.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{Directive, Match};

use crate::by_place::ByPlace;
use crate::say::{clip, requests};

pub(crate) const RULE: Rule = Rule {
    name: "unescaped-location-dot",
    summary: "the dot before an extension stands for any character: the location takes more than its files",
    level: Level::Info,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unescaped_location_dot.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for location in stack.directives("location").filter_map(Directive::block) {
        let Some(Match::Regex(pattern) | Match::RegexNoCase(pattern)) = location.location_match() else {
            continue;
        };
        let Some(arg) = location.opener().and_then(|opener| opener.args().last()) else { continue };
        // Where a letter in its place is taken too, and nothing is lost by the backslash.
        let takes = || {
            location.location_takes(b"/x/indexphp") == Some(true)
                && location.location_takes(b"/x/index.php") == Some(true)
                && location.location_takes(b"/x/indexphq") == Some(false)
        };
        if is_bare(pattern) && location.pass().is_some() && takes() {
            found.add(arg.span, (location, arg.span, clip(&arg.text())));
        }
    }
    out.extend(found.iter().map(|((location, span, text), _)| {
        let help = text.replacen(".php", "\\.php", 1).replacen(".(php", "\\.(php", 1);
        Finding::new(&RULE, *span, format!("the dot of `{text}` stands for any character"))
            .label(format!("{} come here for `/indexphp` too", requests(*location)))
            .help(format!("`{help}`"))
    }));
}

/// Whether a dot without a backslash stands right before `php`.
fn is_bare(pattern: &[u8]) -> bool {
    let finds = |what: &[u8]| {
        pattern.windows(what.len()).enumerate().any(|(at, window)| {
            window == what && at.checked_sub(1).and_then(|before| pattern.get(before)) != Some(&b'\\')
        })
    };
    finds(b".php") || finds(b".(php")
}
