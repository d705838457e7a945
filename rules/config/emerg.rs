//! What the rules of refused directives have in common.

use gatelint_lint::{Finding, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::{Defect, Emerg, Evidence, Expected};
use gatelint_syntax::Span;

use crate::say::{clip, one_line};

/// What nginx refuses for a defect that `is_ours` takes, and that the target as such does not lack.
pub(crate) fn emergs<'a>(
    stack: &'a Stack,
    is_ours: impl Fn(Defect) -> bool + 'a,
) -> impl Iterator<Item = &'a Emerg> {
    stack.emergs().iter().filter(move |emerg| emerg.lack.is_none() && is_ours(emerg.defect))
}

/// A finding at the word to edit, with what nginx prints.
pub(crate) fn finding(rule: &Rule, emerg: &Emerg, message: String) -> Finding {
    let finding = Finding::new(rule, emerg.place, message).met(emerg.met);
    // What an older nginx takes for a name is the machine's to find.
    let finding = if emerg.lack.is_some() && emerg.message.starts_with("host not found") {
        finding
    } else {
        finding.predict(Prediction::nginx_refuses(emerg.at, one_line(&emerg.message)))
    };
    emerg.evidence.iter().fold(finding, |finding, (place, evidence)| {
        let text = match evidence {
            Evidence::First => "first here",
            Evidence::Against => "contradicts this",
            Evidence::Around => "in this block",
            Evidence::User => "needed here",
            Evidence::Inside => "not taken in there",
        };
        finding.related(*place, text)
    })
}

/// The text of a place, short.
pub(crate) fn text(stack: &Stack, place: Span) -> String {
    let text = String::from_utf8_lossy(place.range().of(stack.sources.bytes(place.file)));
    clip(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The directive with `word` in place of what is wrong, ready to paste; `None` where it is long or holds a block.
pub(crate) fn edited(stack: &Stack, emerg: &Emerg, word: &str) -> Option<String> {
    let end = emerg.at.filter(|at| at.file == emerg.place.file && at.start >= emerg.place.end)?;
    let bytes = stack.sources.bytes(emerg.place.file);
    let piece = |from: u32, to: u32| {
        let text = String::from_utf8_lossy(bytes.get(from as usize..to as usize)?);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (text.len() <= 120).then_some(text)
    };
    let (before, after) =
        (piece(emerg.directive.start, emerg.place.start)?, piece(emerg.place.end, end.start)?);
    let ending = if bytes.get(end.start as usize) == Some(&b'{') { " {" } else { ";" };
    let words: Vec<&str> = [&*before, word, &*after].into_iter().filter(|piece| !piece.is_empty()).collect();
    Some(words.join(" ") + ending)
}

/// What a directive reads, as a phrase.
pub(crate) fn expected(expected: Expected) -> String {
    match expected {
        Expected::OneOf(words) if words.len() > 12 => "one of its parameters".to_owned(),
        Expected::OneOf([]) => "nothing".to_owned(),
        Expected::OneOf([only]) => format!("`{only}`"),
        Expected::OneOf([rest @ .., last]) => {
            let rest: Vec<_> = rest.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", rest.join(", "))
        }
        Expected::Number => "a number".to_owned(),
        Expected::Between(low, high) => format!("a number from {low} to {high}"),
        Expected::Size => "a size such as `512`, `8k` or `1m`".to_owned(),
        Expected::Offset => "a size such as `512`, `8k`, `1m` or `2g`".to_owned(),
        Expected::Time => "a time such as `500ms`, `30s` or `1h`".to_owned(),
        Expected::Seconds => "a time such as `30s`, `5m` or `1h`".to_owned(),
        Expected::Level => "a number of characters".to_owned(),
        Expected::Variable => "`$name` or `${name}`".to_owned(),
        Expected::What(phrase) => phrase.to_owned(),
    }
}
