//! Quotes that are opened and not closed.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::RepairKind;
use gatelint_syntax::TextRange;

use super::mistake;

use crate::edit::Mend;

pub(crate) const RULE: Rule = Rule {
    name: "unterminated-quote",
    summary: "a quote is opened and not closed, so the lines behind it become text",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unterminated_quote.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for (file, repair) in mistake::repairs(stack, &[RepairKind::MissingQuote]) {
        let words = mistake::words(stack, file, repair.place);
        let quote = words.chars().next().unwrap_or('"');
        let message = format!("the quote of `{words}` is not closed");
        let mut finding = mistake::finding(&RULE, file, repair, message)
            .label("the lines behind it become part of this argument");
        if let Some(range) = repair.evidence {
            let end = stack.sources.bytes(file).len() as u32;
            let range = TextRange::new(range.start.min(end), range.end.min(end));
            let what = if range.start >= end { "the file ends in it" } else { "nginx notices here" };
            finding = finding.related(range.in_file(file), what);
        }
        let help = match repair.edits.first() {
            Some(edit) if edit.delete > 0 => "remove the quote".to_owned(),
            Some(edit) => {
                let closed = mistake::words(stack, file, TextRange::new(repair.place.start, edit.at));
                format!("close it: {closed}{quote}")
            }
            None => "close it".to_owned(),
        };
        out.push(finding.suggest(help, mistake::edits(stack, file, repair)));
    }
}
