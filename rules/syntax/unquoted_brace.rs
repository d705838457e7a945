//! Braces inside an argument without quotes.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::RepairKind;

use super::mistake;

use crate::edit::Mend;

pub(crate) const RULE: Rule = Rule {
    name: "unquoted-brace",
    summary: "an argument holds braces and has no quotes, so its `{` opens a block",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unquoted_brace.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for (file, repair) in mistake::repairs(stack, &[RepairKind::UnquotedBrace]) {
        let word = mistake::words(stack, file, repair.place);
        let message = format!("`{word}` holds a brace and has no quotes");
        let mut finding =
            mistake::finding(&RULE, file, repair, message).label("nginx ends the argument at its first `{`");
        if let Some(range) = repair.evidence {
            finding = finding.related(range.in_file(file), "opens a block");
        }
        let (help, edits) = (format!("put it in quotes: \"{word}\""), mistake::edits(stack, file, repair));
        out.push(match &repair.refusal {
            Some(_) => finding.cure(help, edits),
            None => finding.suggest(help, edits),
        });
    }
}
