//! Times for the visitor's own part that leave none, or all.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{Directive, number};

use crate::by_place::ByPlace;
use crate::say::{clip, time};
use crate::setting::only_arg;

pub(crate) const RULE: Rule = Rule {
    name: "extreme-client-timeout",
    summary: "visitors have no time to send their request, or so long that a few hold all connections",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("extreme_client_timeout.md"),
    check,
};

/// The longest wait that is ordinary, in milliseconds: twice nginx's default.
const LONG: u64 = 120_000;

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for name in ["client_header_timeout", "client_body_timeout"] {
        for by in stack.directives(name) {
            let ms = only_arg(by).and_then(|arg| number::milliseconds(&arg.value));
            if let Some(ms) = ms.filter(|ms| *ms == 0 || *ms > LONG) {
                found.add(by.span(), (by, ms));
            }
        }
    }
    out.extend(found.iter().map(|((by, ms), _)| finding(*by, *ms)));
}

fn finding(by: Directive<'_>, ms: u64) -> Finding {
    let name = clip(&by.name());
    let is_header = name == "client_header_timeout";
    if ms == 0 {
        let label = if is_header {
            "a connection whose request is not there at once is closed without an answer"
        } else {
            "a body that does not come with its header ends the request without an answer"
        };
        return Finding::new(&RULE, by.value_span(), format!("`{name}` of 0 does not mean \"no limit\""))
            .label(label)
            .note("nginx logs it at `info`: client timed out (110: Connection timed out)")
            .help(format!("{name} 60s;"));
    }
    let what = if is_header { "its header" } else { "each next piece of its body" };
    Finding::new(&RULE, by.value_span(), format!("a client has {} for {what}", time(ms)))
        .level(Level::Info)
        .confidence(Confidence::Medium)
        .label("who sends slowly on purpose holds a connection for as long as this")
        .help(format!("{name} 60s;"))
}
