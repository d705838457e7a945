//! Braces that belong to no block.

use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{Repair, RepairKind};
use gatelint_syntax::FileId;

use super::mistake;

use crate::edit::Mend;

pub(crate) const RULE: Rule = Rule {
    name: "stray-brace",
    summary: "a brace opens or closes nothing of its own",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("stray_brace.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let kinds = [RepairKind::ExtraCloseBrace, RepairKind::ExtraOpenBrace];
    for (file, repair) in stack.repairs().filter(|(_, repair)| kinds.contains(&repair.kind)) {
        out.push(finding(stack, file, repair));
    }
}

fn finding(stack: &Stack, file: FileId, repair: &Repair) -> Finding {
    if repair.kind == RepairKind::ExtraOpenBrace {
        return mistake::finding(&RULE, file, repair, "a `{` without a directive before it".into())
            .label("nginx expects the name of a directive")
            .suggest("remove the brace", mistake::edits(stack, file, repair));
    }
    let finding = mistake::finding(&RULE, file, repair, "a `}` more than there are blocks".into());
    // What stands in a wrong block shows the mistake only where it stands behind the brace.
    let evidence = repair.evidence.filter(|range| range.start > repair.place.start);
    match evidence {
        Some(range) => finding.label("closes a block too early").related(
            range.in_file(file),
            format!("`{}` falls out of its block", mistake::name(stack, file, range)),
        ),
        None => finding.label("no block is left to close"),
    }
    .suggest("remove the brace", mistake::edits(stack, file, repair))
}
