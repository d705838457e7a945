//! A `resolver` that has to be resolved itself.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::HostName;
use gatelint_model::nginx::{Arg, has_variables};

use crate::by_place::ByPlace;
use crate::say::clip;
use crate::words::is_template;

pub(crate) const RULE: Rule = Rule {
    name: "named-resolver",
    summary: "the `resolver` is given by a name, which nginx looks up once, when it starts",
    level: Level::Info,
    covers: &["C6"],
    since: "0.1.0",
    page: include_str!("named_resolver.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for resolver in stack.directives("resolver") {
        let Some(server) = resolver.args().find(is_name) else { continue };
        let text = server.text().into_owned();
        let name = text.split(':').next().unwrap_or_default();
        let is_known = name == "localhost" || !stack.host.addresses(name).is_empty();
        if !is_known && !stack.sources.is_filled_in(server.span) {
            found.add(server.span, (server.span, clip(name)));
        }
    }
    out.extend(found.iter().map(|((span, name), _)| {
        Finding::new(&RULE, *span, format!("the DNS server is given by its name, `{name}`"))
            .label(
                "nginx does not start while this name cannot be resolved, and keeps the address that it got",
            )
            .note(format!("nginx then says: host not found in resolver \"{name}\""))
            .help("name its address, as `/etc/resolv.conf` does")
    }));
}

fn is_name(arg: &Arg<'_>) -> bool {
    let text = arg.text();
    // `local=on` is OpenResty's; an address of IPv6 stands in brackets.
    let is_other =
        text.contains('=') || text.starts_with('[') || has_variables(&arg.value) || is_template(&text);
    let host = text.split(':').next().unwrap_or_default();
    !is_other && matches!(HostName::new(host), HostName::Name(_))
}
