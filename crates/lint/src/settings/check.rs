//! A table beside its schema: what fits is kept, with its place, the rest is said.

use std::collections::BTreeMap;
use std::ops::Range;

use gatelint_syntax::{FileId, Span, TextRange};
use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::schema::resolved;
use super::value::FORMATS;
use super::{Problem, ProblemKind};
use crate::nearest::nearest;

/// The most problems of one file: whoever reads them has long seen that it is the wrong file.
const MAX_PROBLEMS: usize = 50;

/// A file on the way.
pub(super) struct Check<'s> {
    file: FileId,
    /// The whole schema.
    root: &'s Value,
    problems: Vec<Problem>,
    places: BTreeMap<String, Span>,
}

impl<'s> Check<'s> {
    pub(super) fn new(file: FileId, root: &'s Value) -> Self {
        Self { file, root, problems: Vec::new(), places: BTreeMap::new() }
    }

    pub(super) fn end(self) -> (Vec<Problem>, BTreeMap<String, Span>) {
        (self.problems, self.places)
    }

    pub(super) fn problem(&mut self, range: TextRange, kind: ProblemKind) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { span: range.in_file(self.file), kind });
        }
    }

    /// What of a table its schema takes. As deep as the schema, however deep the text is.
    pub(super) fn table(&mut self, table: &DeTable<'_>, schema: &'s Value, above: &str) -> Value {
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut kept = Map::new();
        for (key, value) in table {
            let (name, at) = (key.get_ref().as_ref(), range(key.span()));
            let path = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
            let Some(property) = properties.and_then(|all| all.get(name)) else {
                if self.problems.len() >= MAX_PROBLEMS {
                    continue;
                }
                let names = properties.into_iter().flat_map(|all| all.keys()).map(String::as_str);
                let (nearest, name) = (nearest(name, names).map(str::to_owned), name.to_owned());
                let is_rule = above == "rules" || above.ends_with(".rules");
                self.problem(
                    at,
                    match is_rule {
                        true => ProblemKind::UnknownRule { name, nearest },
                        false => ProblemKind::UnknownKey { key: name, table: above.to_owned(), nearest },
                    },
                );
                continue;
            };
            if let Some(value) = self.value(value, property, &path) {
                self.places.insert(path, at.in_file(self.file));
                kept.insert(name.to_owned(), value);
            }
        }
        Value::Object(kept)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, schema: &'s Value, key: &str) -> Option<Value> {
        let schema = resolved(self.root, schema);
        let wrong = |check: &mut Self, expected: String| {
            check.problem(range(value.span()), ProblemKind::WrongValue { key: key.to_owned(), expected });
            None
        };
        match (kind(schema), value.get_ref()) {
            ("object", DeValue::Table(table)) => {
                let kept = self.table(table, schema, key);
                let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
                let missing = required.filter_map(Value::as_str).find(|name| kept.get(name).is_none());
                match missing {
                    // A value that is there and wrong has been told of.
                    Some(name) if !table.contains_key(name) => {
                        let kind = ProblemKind::MissingKey { key: format!("{key}.{name}") };
                        self.problem(range(value.span()), kind);
                        None
                    }
                    Some(_) => None,
                    None => Some(kept),
                }
            }
            ("array", DeValue::Array(items)) => {
                let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(u64::MAX);
                if items.len() as u64 > most {
                    return wrong(self, format!("at most {most} entries"));
                }
                let schema = schema.get("items").unwrap_or(&Value::Null);
                let all = items.iter().enumerate();
                let kept =
                    all.filter_map(|(index, item)| self.value(item, schema, &format!("{key}[{index}]")));
                Some(Value::Array(kept.collect()))
            }
            ("boolean", DeValue::Boolean(is)) => Some(Value::Bool(*is)),
            ("string", DeValue::String(text)) => match expected_text(schema, text) {
                None => Some(Value::String(text.to_string())),
                Some(expected) => wrong(self, expected),
            },
            ("integer", DeValue::Integer(written)) => {
                let number = i64::from_str_radix(&written.as_str().replace('_', ""), written.radix()).ok();
                match number.filter(|number| is_within(schema, *number as f64)) {
                    Some(number) => Some(Value::Number(number.into())),
                    None => wrong(self, bounds(schema)),
                }
            }
            ("number", DeValue::Float(_) | DeValue::Integer(_)) => {
                let written = match value.get_ref() {
                    DeValue::Float(float) => float.as_str(),
                    DeValue::Integer(integer) => integer.as_str(),
                    _ => "",
                };
                let number: Option<f64> = written.replace('_', "").parse().ok();
                let number = number.filter(|number| is_within(schema, *number)).and_then(Number::from_f64);
                match number {
                    Some(number) => Some(Value::Number(number)),
                    None => wrong(self, bounds(schema)),
                }
            }
            (kind, _) => {
                let expected = match kind {
                    "object" => "a table".to_owned(),
                    "array" => "a list in brackets".to_owned(),
                    "boolean" => "`true` or `false`".to_owned(),
                    "integer" | "number" => bounds(schema),
                    _ => expected_text(schema, "\0").unwrap_or_else(|| "a text in quotes".to_owned()),
                };
                wrong(self, expected)
            }
        }
    }
}

fn range(range: Range<usize>) -> TextRange {
    TextRange::new(range.start as u32, range.end as u32)
}

/// The type of what a schema takes; that of words to choose from is a string.
fn kind(schema: &Value) -> &str {
    schema.get("type").and_then(Value::as_str).unwrap_or("string")
}

/// The words that a schema takes, where it takes only some.
fn words(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let described = described.filter_map(|one| one.get("const")?.as_str());
    listed.chain(described).collect()
}

/// What is expected in place of a text that does not fit.
fn expected_text(schema: &Value, text: &str) -> Option<String> {
    let words = words(schema);
    if !words.is_empty() {
        let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        return (!words.contains(&text)).then(|| format!("one of {}", quoted.join(", ")));
    }
    let name = schema.get("format").and_then(Value::as_str)?;
    let format = FORMATS.iter().find(|format| format.name == name)?;
    (!(format.is_valid)(text)).then(|| format.expected.to_owned())
}

fn is_within(schema: &Value, number: f64) -> bool {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    bound("minimum").is_none_or(|least| number >= least) && bound("maximum").is_none_or(|most| number <= most)
}

fn bounds(schema: &Value) -> String {
    let bound = |name: &str| schema.get(name).map(Value::to_string);
    let noun = if kind(schema) == "integer" { "a whole number" } else { "a number" };
    match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => format!("{noun} from {least} to {most}"),
        _ => noun.to_owned(),
    }
}
