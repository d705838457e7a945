//! The values that PHP-FPM works with: in the shape of `php-fpm -tt`, or for programs.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::clean;
use crate::json::escaped;

/// A section's name, and its keys and values in order; a key may stand there more than once.
pub type Section = (String, Vec<(String, String)>);

/// Writes sections as `php-fpm -tt` prints them, without time and level.
///
/// # Errors
/// When `out` does not take it.
pub fn effective(sections: &[Section], out: &mut dyn Write) -> io::Result<()> {
    for (at, (name, values)) in sections.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "[{}]", clean(name))?;
        for (key, value) in values {
            writeln!(out, "\t{} = {}", clean(key), clean(value))?;
        }
    }
    Ok(())
}

/// Writes one line for each value.
///
/// # Errors
/// When `out` does not take it.
pub fn effective_concise(sections: &[Section], out: &mut dyn Write) -> io::Result<()> {
    for (name, values) in sections {
        for (key, value) in values {
            writeln!(out, "[{}] {} = {}", clean(name), clean(key), clean(value))?;
        }
    }
    Ok(())
}

/// Writes one JSON object: sections by name, values by key; a key that stands there more than once has a list.
///
/// # Errors
/// When `out` does not take it.
pub fn effective_json(sections: &[Section], out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&Sections(sections))?;
    out.write_all(escaped(&text).as_bytes())?;
    out.write_all(b"\n")
}

struct Sections<'a>(&'a [Section]);

impl Serialize for Sections<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, values) in self.0 {
            map.serialize_entry(name, &Values::of(values))?;
        }
        map.end()
    }
}

/// Every key once, in the order in which they first stand there.
struct Values<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Values<'a> {
    fn of(values: &'a [(String, String)]) -> Self {
        let mut places = std::collections::HashMap::new();
        let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
        for (key, value) in values {
            let at = *places.entry(key.as_str()).or_insert(all.len());
            match all.get_mut(at) {
                Some((_, values)) => values.push(value),
                None => all.push((key, vec![value])),
            }
        }
        Self(all)
    }
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, values) in &self.0 {
            match values.as_slice() {
                [one] => map.serialize_entry(key, one)?,
                many => map.serialize_entry(key, many)?,
            }
        }
        map.end()
    }
}
