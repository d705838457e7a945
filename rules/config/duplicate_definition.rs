//! Names that are defined twice.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::{Defect, Thing};

use super::emerg::{self, text};

pub(crate) const RULE: Rule = Rule {
    name: "duplicate-definition",
    summary: "an upstream, a format, a location or a key is defined twice",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("duplicate_definition.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in stack.emergs().iter().filter(|found| found.lack.is_none()) {
        let Defect::Redefined(thing) = found.defect else { continue };
        let name = text(stack, found.place);
        let what = match thing {
            Thing::Upstream => "upstream",
            Thing::LogFormat => "log format",
            Thing::Zone => "zone",
            Thing::Variable => "variable",
            Thing::Location => "location",
            Thing::MapKey => "key",
            Thing::ThreadPool => "thread pool",
            Thing::Server => "server",
            Thing::Other => "name",
        };
        out.push(
            emerg::finding(&RULE, found, format!("the {what} `{name}` is defined twice")).label("again here"),
        );
    }
}
