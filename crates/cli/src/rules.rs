//! The rules by name.

use std::io::{self, Write};

use gatelint_lint::Rule;
use gatelint_rules::RULES;

/// Refuses a name that no rule has, with the closest one that is.
pub(crate) fn find(name: &str) -> Result<&'static Rule, String> {
    if let Some(rule) = RULES.iter().find(|rule| rule.name == name) {
        return Ok(rule);
    }
    let closest = RULES.iter().max_by(|a, b| likeness(name, a).total_cmp(&likeness(name, b)));
    let hint = closest.filter(|rule| likeness(name, rule) > 0.6);
    Err(hint.map_or_else(
        || format!("there is no rule `{name}`; `gatelint rule` lists them all"),
        |rule| format!("there is no rule `{name}`; did you mean `{}`?", rule.name),
    ))
}

fn likeness(name: &str, rule: &Rule) -> f64 {
    strsim::normalized_damerau_levenshtein(name, rule.name)
}

/// Writes every rule with its level and what it finds.
pub(crate) fn list(out: &mut dyn Write) -> io::Result<()> {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in RULES {
        let level = if rule.is_pedantic() { "pedantic" } else { rule.level.name() };
        writeln!(out, "{:width$}  {level:8}  {}", rule.name, rule.summary)?;
    }
    Ok(())
}
