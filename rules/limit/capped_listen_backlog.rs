//! Backlogs beyond what the kernel gives.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::number;
use gatelint_syntax::Span;

use crate::pool::served::served_pools;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "capped-listen-backlog",
    summary: "a listener asks for a longer queue than `net.core.somaxconn` allows, and gets that",
    level: Level::Info,
    covers: &["K4", "F4"],
    since: "0.1.0",
    page: include_str!("capped_listen_backlog.md"),
    check,
};

/// What Linux allows since 5.4 where `net.core.somaxconn` is not set.
const DEFAULT: u32 = 4096;

/// What the kernel allows, and how that is known.
struct Cap {
    value: u32,
    known: Option<String>,
}

fn check(stack: &Stack, out: &mut Findings) {
    let cap = cap(stack);
    for listen in stack.directives("listen") {
        let asked = listen
            .args()
            .skip(1)
            .find_map(|arg| Some((number::integer(arg.value.strip_prefix(b"backlog=")?)?, arg.span)));
        if let Some((backlog, at)) = asked.filter(|(backlog, _)| *backlog > cap.value.into()) {
            out.push(finding(stack, at, backlog, &cap));
        }
    }
    for way in served_pools(stack) {
        let Some(setting) = way.to.pool.get("listen.backlog") else { continue };
        let asked = setting.integer().and_then(|backlog| u64::try_from(backlog).ok());
        let Some(backlog) = asked.filter(|backlog| *backlog > cap.value.into()) else { continue };
        let finding = finding(stack, setting.at(), backlog, &cap);
        out.push(match way.to.pool.max_children() {
            Some((children, by)) => {
                finding.related(by.at(), format!("so many are served at a time: {children}"))
            }
            None => finding,
        });
    }
}

/// A container has a network of its own, and this setting with it.
fn cap(stack: &Stack) -> Cap {
    let known = stack.host.somaxconn.as_ref().filter(|_| stack.world.is_one_machine());
    let how = |own: &gatelint_model::host::Somaxconn| match &own.by {
        Some(path) => {
            format!("`{}` sets `net.core.somaxconn`", clip(path.to_string_lossy().trim_start_matches('/')))
        }
        None => "the kernel has this `net.core.somaxconn`".to_owned(),
    };
    Cap { value: known.map_or(DEFAULT, |own| own.value), known: known.map(how) }
}

fn finding(stack: &Stack, at: Span, backlog: u64, cap: &Cap) -> Finding {
    let value = cap.value;
    let place = if stack.world.is_one_machine() { "" } else { " in the container's network" };
    let help = format!("sysctl -w net.core.somaxconn={backlog}{place}");
    match &cap.known {
        Some(how) => Finding::new(
            &RULE,
            at,
            format!("a backlog of {backlog} is more than the {value} that the kernel gives"),
        )
        .label(format!("no more than {value} connections wait here"))
        .note(how.clone()),
        None => {
            Finding::new(&RULE, at, format!("a backlog of {backlog} is more than Linux gives by default"))
                .confidence(Confidence::Medium)
                .label(format!("it is {value} unless `net.core.somaxconn` is raised"))
        }
    }
    .help(help)
}
