//! Directives that no `;` ends.

use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{Repair, RepairKind};
use gatelint_syntax::FileId;

use super::mistake;

use crate::edit::Mend;

pub(crate) const RULE: Rule = Rule {
    name: "missing-semicolon",
    summary: "a directive has no `;` at its end and runs on into what follows",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("missing_semicolon.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let found = mistake::repairs(stack, &[RepairKind::MissingSemicolon]);
    out.extend(found.map(|(file, repair)| finding(stack, file, repair)));
}

fn finding(stack: &Stack, file: FileId, repair: &Repair) -> Finding {
    let (words, name) =
        (mistake::words(stack, file, repair.subject), mistake::name(stack, file, repair.subject));
    let next = repair.evidence.map(|range| mistake::words(stack, file, range));
    let label = match next.as_deref() {
        Some("}") => "nginx finds a `}` where it expects a `;`".to_owned(),
        Some(next) => format!("nginx reads on: `{next}` becomes an argument of `{name}`"),
        None => "the file ends where nginx expects a `;`".to_owned(),
    };
    let finding = mistake::finding(&RULE, file, repair, format!("missing `;` after `{words}`")).label(label);
    let finding = match (repair.evidence, next.as_deref()) {
        (Some(range), Some(next)) if next != "}" => {
            finding.related(range.in_file(file), format!("no directive of its own: part of `{name}`"))
        }
        _ => finding,
    };
    let finding = match repair.refusal {
        Some(_) => finding,
        None => finding.note("nginx may well accept this, without the directive that was swallowed"),
    };
    let help = format!("end it with a semicolon: {words};");
    let edits = mistake::edits(stack, file, repair);
    // Where nginx takes the text as it is, something changes.
    if repair.refusal.is_some() { finding.cure(help, edits) } else { finding.suggest(help, edits) }
}
