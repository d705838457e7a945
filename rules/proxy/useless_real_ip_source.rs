//! `set_real_ip_from` that trusts nobody, or everybody.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use crate::by_place::ByPlace;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "useless-real-ip-source",
    summary: "`set_real_ip_from` names no address that connects, or every one",
    level: Level::Warning,
    covers: &["K7"],
    since: "0.1.0",
    page: include_str!("useless_real_ip_source.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for from in stack.directives("set_real_ip_from") {
        found.add(from.span(), from);
    }
    out.extend(found.iter().filter_map(|(from, _)| {
        let arg = from.arg(0)?;
        let text = say::clip(&arg.text());
        let finding = match text.as_str() {
            "0.0.0.0" | "0.0.0.0/32" | "::" | "::/128" => {
                Finding::new(&RULE, arg.span, format!("`{text}` is one address, and nobody connects from it"))
                    .label("no client's address is taken from a header")
                    .help("set_real_ip_from ADDRESS; with the address of the proxy in front")
            }
            "0.0.0.0/0" | "::/0" => Finding::new(&RULE, arg.span, format!("`{text}` trusts every client"))
                .level(Level::Info)
                .label("any visitor may say in a header which address is his")
                .help("set_real_ip_from ADDRESS; with the address of the proxy in front"),
            _ => return None,
        };
        Some(finding)
    }));
}
