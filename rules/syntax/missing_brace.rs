//! Blocks that lack a brace.

use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{Repair, RepairKind};
use gatelint_syntax::{FileId, TextRange};

use super::mistake;

use crate::edit::Mend;

pub(crate) const RULE: Rule = Rule {
    name: "missing-brace",
    summary: "a block lacks its `{` or its `}`",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("missing_brace.md"),
    check,
};

const KINDS: &[RepairKind] = &[
    RepairKind::MissingCloseBrace,
    RepairKind::MissingOpenBrace,
    RepairKind::CommentedClose,
    RepairKind::CommentedOpener,
];

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(mistake::repairs(stack, KINDS).map(|(file, repair)| finding(stack, file, repair)));
}

fn finding(stack: &Stack, file: FileId, repair: &Repair) -> Finding {
    let words = mistake::words(stack, file, repair.subject);
    let say = |message: String| mistake::finding(&RULE, file, repair, message);
    let name_at = |range: TextRange| mistake::name(stack, file, range);
    let finding = match repair.kind {
        RepairKind::MissingOpenBrace => {
            let finding = say(format!("missing `{{` after `{words}`"));
            match repair.evidence.filter(|range| name_at(*range) != "}") {
                Some(range) => finding
                    .label(format!("nginx reads on: `{}` becomes an argument", name_at(range)))
                    .related(range.in_file(file), "meant to stand inside the block"),
                None => finding.label("no block starts here, and its `}` closes another one"),
            }
            .suggest(open_help(repair, &words), mistake::edits(stack, file, repair))
        }
        RepairKind::CommentedOpener => say(format!("a comment hides the start of a block: `{words}`"))
            .label("the `}` of this block is still there and closes another one")
            .suggest(
                "make the line text again, or comment out the whole block",
                mistake::edits(stack, file, repair),
            ),
        RepairKind::CommentedClose => say(format!("a comment hides the end of `{words}`"))
            .label("the block goes on behind this line")
            .related(repair.subject.in_file(file), "opened here")
            .suggest("make the `}` text again", mistake::edits(stack, file, repair)),
        _ => {
            let count = repair.edits.len();
            let message = match count {
                1 => format!("missing `}}` for `{words}`"),
                _ => format!("{count} blocks are not closed at the end of the file"),
            };
            let label = match repair.evidence {
                Some(range) => format!("without a `}}` here, `{}` stands inside the block", name_at(range)),
                None => "a `}` belongs here".to_owned(),
            };
            let opener = if count == 1 { "opened here and never closed" } else { "the innermost of them" };
            say(message).label(label).related(repair.subject.in_file(file), opener).suggest(
                match count {
                    1 => "close the block here: }".to_owned(),
                    _ => format!("close the blocks: {}", "}".repeat(count.min(64))),
                },
                mistake::edits(stack, file, repair),
            )
        }
    };
    match repair.evidence {
        Some(range) if repair.kind == RepairKind::MissingCloseBrace => {
            finding.related(range.in_file(file), "indented as what follows the block")
        }
        _ => finding,
    }
}

fn open_help(repair: &Repair, words: &str) -> String {
    match repair.edits.first() {
        Some(edit) if edit.insert == " " => {
            "after a `$` the brace belongs to the word: put a space before it".to_owned()
        }
        Some(edit) if edit.delete > 0 => format!("open the block instead of ending it: {words} {{"),
        _ => format!("open the block: {words} {{"),
    }
}
