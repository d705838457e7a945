//! Directives that stand twice in one block.

use gatelint_lint::{Findings, Level, Rule, Safety};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::{Defect, Emerg, Evidence};
use gatelint_syntax::Span;

use super::emerg::{self, emergs, text};

use crate::edit::{self, Mend};

pub(crate) const RULE: Rule = Rule {
    name: "duplicate-directive",
    summary: "a directive stands twice in a block that takes it once",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("duplicate_directive.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in emergs(stack, |defect| defect == Defect::Duplicate) {
        let name = text(stack, found.directive);
        let finding = emerg::finding(&RULE, found, format!("`{name}` stands twice in one block"));
        let first = found.evidence.iter().find(|(_, evidence)| *evidence == Evidence::First);
        let safety = match first {
            Some((first, _)) if is_same(stack, found, *first) => Safety::Safe,
            _ => Safety::Unsafe,
        };
        let edits = found.at.map(|at| edit::remove_at(stack, found.directive, at)).unwrap_or_default();
        out.push(finding.label("nginx takes it once").mend(safety, "remove it", edits));
    }
}

/// Whether both say the same, up to their `;`.
fn is_same(stack: &Stack, found: &Emerg, first: Span) -> bool {
    let words = |from: Span| -> Option<Vec<&[u8]>> {
        let rest = stack.sources.bytes(from.file).get(from.start as usize..)?;
        let end = rest.iter().position(|byte| *byte == b';')?;
        let words = rest.get(..end)?.split(u8::is_ascii_whitespace);
        Some(words.filter(|word| !word.is_empty()).collect())
    };
    words(found.directive).is_some_and(|own| Some(own) == words(first))
}
