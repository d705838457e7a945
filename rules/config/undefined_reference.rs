//! Names that nothing defines.

use gatelint_lint::{Findings, Level, Rule, Safety};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::{Defect, Thing};

use super::emerg::{self, text};

use crate::edit::{self, Mend};

pub(crate) const RULE: Rule = Rule {
    name: "undefined-reference",
    summary: "a variable, a format or a zone is used and nowhere defined",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("undefined_reference.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in stack.emergs().iter().filter(|found| found.lack.is_none()) {
        let Defect::Undefined(thing) = found.defect else { continue };
        let name = text(stack, found.place);
        let by = match thing {
            Thing::Upstream => "no `upstream` has this name",
            Thing::LogFormat => "no `log_format` before this line has this name",
            Thing::Zone => "no directive defines a zone of this name",
            Thing::Variable => "neither nginx nor this configuration has it",
            Thing::Location => "no such location in this server",
            Thing::ThreadPool => "no `thread_pool` has this name",
            Thing::MapKey | Thing::Server | Thing::Other => "nothing defines it",
        };
        let directive = text(stack, found.directive);
        let finding =
            emerg::finding(&RULE, found, format!("`{directive}` uses `{name}`, which is not defined"));
        let finding = finding.label(by);
        out.push(match &found.meant {
            Some(meant) => finding.note(format!("`{meant}` is close to it")).mend(
                Safety::Unsafe,
                format!("write `{meant}`"),
                edit::within(stack, found.place, &name, meant),
            ),
            None => finding,
        });
    }
}
