//! Text that nginx's reader refuses and that no repair explains.

use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::RepairKind;
use gatelint_syntax::nginx::{SyntaxError, SyntaxErrorKind};
use gatelint_syntax::{FileId, TextRange};

use super::mistake;

use crate::edit::{self, Mend};

pub(crate) const RULE: Rule = Rule {
    name: "nginx-syntax-error",
    summary: "nginx cannot read the file",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("nginx_syntax_error.md"),
    check,
};

/// The most findings of one file.
const MAX_FINDINGS: usize = 10;

fn check(stack: &Stack, out: &mut Findings) {
    for (file, repair) in mistake::repairs(stack, &[RepairKind::ByteOrderMark, RepairKind::Truncated]) {
        let finding = match repair.kind {
            RepairKind::ByteOrderMark => {
                mistake::finding(&RULE, file, repair, "the file starts with a byte order mark".into())
                    .label("nginx takes it as the start of the first name")
                    .cure(
                        "save the file as UTF-8 without a byte order mark",
                        mistake::edits(stack, file, repair),
                    )
            }
            _ => {
                let words = mistake::words(stack, file, repair.subject);
                mistake::finding(&RULE, file, repair, format!("the file ends in the middle of `{words}`"))
                    .label("what follows is missing, the end of every open block too")
                    .help("write the rest of the file")
            }
        };
        out.push(finding);
    }
    for file in stack.nginx.files() {
        let Some(tree) = stack.nginx.tree(file) else { continue };
        // Behind a first mistake the reader is out of step; only one `;` too many leaves it where it was.
        let is_harmless = |error: &&SyntaxError| error.kind == SyntaxErrorKind::Unexpected(b';');
        let first = tree.errors().first();
        let rest = tree.errors().iter().skip(1).filter(is_harmless);
        let shown = first.into_iter().chain(rest.take(if first.as_ref().is_some_and(is_harmless) {
            MAX_FINDINGS - 1
        } else {
            0
        }));
        out.extend(shown.map(|error| finding(stack, file, error)));
    }
}

fn finding(stack: &Stack, file: FileId, error: &SyntaxError) -> Finding {
    let text = stack.sources.bytes(file);
    let end = text.len() as u32;
    let place = TextRange::new(error.range.start.min(end), error.range.end.min(end));
    let (message, label, help) = match &error.kind {
        SyntaxErrorKind::Unexpected(b';') => (
            "a `;` without a directive before it".to_owned(),
            "nginx expects a name",
            Some("remove the semicolon"),
        ),
        SyntaxErrorKind::Unexpected(byte @ (b'{' | b'}')) => {
            (format!("a `{}` where nginx does not expect one", char::from(*byte)), "nginx stops here", None)
        }
        SyntaxErrorKind::Unexpected(_) => (
            "a quoted argument is followed by text without a space".to_owned(),
            "only a space, `;`, `{` or `)` may follow a closing quote",
            Some("put all of the argument into the quotes"),
        ),
        SyntaxErrorKind::EndInDirective if matches!(place.of(text), b"\"" | b"'") => {
            ("a quote is opened and not closed".to_owned(), "the file ends in it", None)
        }
        SyntaxErrorKind::EndInDirective => {
            let words = mistake::words(stack, file, place);
            (format!("the file ends in the middle of `{words}`"), "no `;` ends it", None)
        }
        SyntaxErrorKind::EndInBlock => ("a block is not closed".to_owned(), "opened here", None),
        SyntaxErrorKind::TooLongQuoted(_) => {
            ("a quoted argument is longer than 4095 bytes".to_owned(), "nginx cannot hold it", None)
        }
        SyntaxErrorKind::TooLong(_) => {
            ("a word or comment is longer than 4095 bytes".to_owned(), "nginx cannot hold it", None)
        }
        SyntaxErrorKind::TooManyDirectives => {
            ("the file holds more directives than gatelint reads".to_owned(), "reading stopped here", None)
        }
        SyntaxErrorKind::TooManyErrors => {
            ("the file holds more errors than are worth listing".to_owned(), "reading stopped here", None)
        }
        SyntaxErrorKind::EndInRaw => ("a block of Lua is not closed".to_owned(), "opened here", None),
    };
    let is_ours = matches!(error.kind, SyntaxErrorKind::TooManyDirectives | SyntaxErrorKind::TooManyErrors);
    let mut finding = Finding::new(&RULE, place.in_file(file), message).label(label);
    if !is_ours {
        finding = finding.predict(mistake::refusal_at(file, error.at.min(end), &error.kind.message()));
    }
    let is_semicolon = matches!(error.kind, SyntaxErrorKind::Unexpected(b';'));
    let edits = if is_semicolon { edit::replace(place.in_file(file), "") } else { Vec::new() };
    match help {
        Some(help) => finding.cure(help, edits),
        None => finding,
    }
}
