//! Arguments that nginx cannot read.

use gatelint_lint::{Finding, Findings, Level, Rule, Safety};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::{Defect, Expected};

use super::emerg::{self, text};
use crate::edit::{self, Mend};
use crate::words::nearest;

pub(crate) const RULE: Rule = Rule {
    name: "invalid-value",
    summary: "an argument is not what the directive reads",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("invalid_value.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in stack.emergs().iter().filter(|found| found.lack.is_none()) {
        let Defect::Value(expected) = found.defect else { continue };
        let (name, value) = (text(stack, found.directive), text(stack, found.place));
        let finding = emerg::finding(&RULE, found, format!("`{name}` does not take `{value}`"));
        let finding = finding.label(format!("nginx expects {}", emerg::expected(expected)));
        let Some(meant) = meant(expected, &value) else {
            out.push(finding);
            continue;
        };
        let edits = edit::word(found.place, &meant);
        let finding = finding.mend(Safety::Unsafe, format!("write `{meant}`"), edits);
        out.push(emerg::edited(stack, found, &meant).into_iter().fold(finding, Finding::help));
    }
}

/// What was most likely meant: a word that is close, a size or time with a unit that nginx does not have.
fn meant(expected: Expected, value: &str) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    match expected {
        Expected::OneOf(["on", "off"]) => match &*lower {
            "yes" | "true" | "1" | "enable" | "enabled" => Some("on".to_owned()),
            "no" | "false" | "0" | "disable" | "disabled" => Some("off".to_owned()),
            _ => nearest(value, ["on", "off"].into_iter()).map(str::to_owned),
        },
        Expected::OneOf(words) => {
            let (name, rest) = value.split_once('=').map_or((value, ""), |(name, rest)| (name, rest));
            let plain = |word: &&'static str| !word.ends_with('=');
            let whole = nearest(value, words.iter().copied().filter(plain)).map(str::to_owned);
            let keys = words.iter().filter_map(|word| word.strip_suffix('='));
            whole.or_else(|| {
                let key = nearest(name, keys).filter(|_| !rest.is_empty())?;
                Some(format!("{key}={rest}"))
            })
        }
        Expected::Size | Expected::Offset => {
            let digits = lower.find(|letter: char| !letter.is_ascii_digit())?;
            let (number, unit) = lower.split_at_checked(digits)?;
            let unit = unit.trim_end_matches("ib").trim_end_matches('b');
            (!number.is_empty() && matches!(unit, "" | "k" | "m")).then(|| format!("{number}{unit}"))
        }
        Expected::Time | Expected::Seconds => {
            let digits = lower.find(|letter: char| !letter.is_ascii_digit())?;
            let (number, unit) = lower.split_at_checked(digits)?;
            let unit = match unit {
                "sec" | "secs" | "second" | "seconds" => "s",
                "min" | "mins" | "minute" | "minutes" => "m",
                "hour" | "hours" | "hr" => "h",
                "day" | "days" => "d",
                _ => return None,
            };
            (!number.is_empty()).then(|| format!("{number}{unit}"))
        }
        _ => None,
    }
}
