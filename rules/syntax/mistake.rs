//! What the rules of repairs have in common.

use gatelint_lint::{Edit, Finding, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{Repair, RepairKind};
use gatelint_syntax::{FileId, TextRange};

use crate::edit;
use crate::say::{clip, one_line};

/// The repairs of some kinds, each with its file.
pub(crate) fn repairs<'a>(
    stack: &'a Stack,
    kinds: &'a [RepairKind],
) -> impl Iterator<Item = (FileId, &'a Repair)> {
    stack.repairs().filter(|(_, repair)| kinds.contains(&repair.kind))
}

/// A finding at the place to edit. Where nginx takes the text all the same it is a warning.
pub(crate) fn finding(rule: &Rule, file: FileId, repair: &Repair, message: String) -> Finding {
    let finding = Finding::new(rule, repair.place.in_file(file), message);
    match &repair.refusal {
        Some(refusal) => finding.predict(refusal_at(file, refusal.at, &refusal.message)),
        None => finding.level(Level::Warning),
    }
}

/// What undoes the mistake; what is written at one place is one edit.
pub(crate) fn edits(stack: &Stack, file: FileId, repair: &Repair) -> Vec<Edit> {
    match (repair.kind, repair.edits.as_slice()) {
        (RepairKind::ExtraCloseBrace | RepairKind::ExtraOpenBrace, [one]) if one.insert.is_empty() => {
            let brace = TextRange::new(one.at, one.at + one.delete).in_file(file);
            return edit::lines_of(stack, brace, "");
        }
        (RepairKind::MissingCloseBrace, [one]) if one.delete == 0 => {
            let indent = edit::indent(stack.sources.bytes(file), repair.subject.start);
            let own = edit::indent(stack.sources.bytes(file), one.at);
            let text = match one.insert.strip_prefix('\n') {
                Some(rest) => format!("\n{indent}{rest}"),
                // On a line without anything else.
                None if one.insert == "}" => {
                    indent.strip_prefix(own.as_str()).unwrap_or_default().to_owned() + one.insert
                }
                None => one.insert.to_owned(),
            };
            return edit::replace(TextRange::empty(one.at).in_file(file), text);
        }
        _ => {}
    }
    let mut edits: Vec<Edit> = Vec::new();
    for one in &repair.edits {
        let span = TextRange::new(one.at, one.at + one.delete).in_file(file);
        match edits.last_mut() {
            Some(last) if last.span == span && one.delete == 0 => last.text += one.insert,
            _ => edits.push(Edit { span, text: one.insert.to_owned() }),
        }
    }
    edits
}

/// nginx refuses at one byte.
pub(crate) fn refusal_at(file: FileId, at: u32, message: &str) -> Prediction {
    let place = TextRange::new(at, at + 1).in_file(file);
    Prediction::nginx_refuses(Some(place), one_line(message))
}

/// The bytes of a range as one short line of text.
pub(crate) fn words(stack: &Stack, file: FileId, range: TextRange) -> String {
    let text = String::from_utf8_lossy(range.of(stack.sources.bytes(file)));
    clip(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first word of a range.
pub(crate) fn name(stack: &Stack, file: FileId, range: TextRange) -> String {
    words(stack, file, range).split(' ').next().unwrap_or_default().to_owned()
}
