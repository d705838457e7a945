//! Variables that the configuration itself fixes: `set`, `map`, `geo`, `split_clients`.

use std::collections::HashMap;

use super::{ContextId, ContextKind, Directive, PlaceId, Scope};
use crate::{Stack, Value};

/// The most values that a text may fold into.
const MAX_VALUES: usize = 64;
/// The deepest chain of variables made of variables.
const MAX_DEPTH: usize = 8;

/// Where each variable gets its values, by its name in lower case.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    by_name: HashMap<String, Sources>,
}

/// Where one variable gets its values.
#[derive(Debug, Default)]
struct Sources {
    /// The `set`s of each server, in reading order: a variable that every vhost sets is looked up in one.
    sets: HashMap<Option<ContextId>, Vec<PlaceId>>,
    /// A table, or something that acts at run time.
    other: Option<PlaceId>,
}

impl Definitions {
    pub(crate) fn build(stack: &Stack) -> Self {
        let mut definitions = Self::default();
        for (directive, index) in [("set", 0), ("map", 1), ("split_clients", 1)] {
            for place in stack.directives(directive) {
                definitions.add(place, place.arg(index));
            }
        }
        for place in stack.directives("geo") {
            definitions.add(place, place.args().last());
        }
        // Whoever else makes a variable makes it at run time.
        for directive in
            ["auth_request_set", "perl_set", "js_set", "js_var", "set_by_lua", "set_by_lua_block", "keyval"]
        {
            for place in stack.directives(directive) {
                definitions.add(place, place.args().find(|arg| arg.value.first() == Some(&b'$')));
            }
        }
        definitions
    }

    fn add(&mut self, place: Directive<'_>, name: Option<super::Arg<'_>>) {
        let name = name.filter(|name| !place.stack.sources.is_filled_in(name.span));
        if let Some(name) = name.as_ref().and_then(|name| name.value.strip_prefix(b"$")) {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            let sources = self.by_name.entry(name).or_default();
            if place.name() == "set" {
                let server = place.scope().enclosing(ContextKind::Server).map(Scope::id);
                sources.sets.entry(server).or_default().push(place.id);
            } else {
                sources.other.get_or_insert(place.id);
            }
        }
    }
}

/// A piece of a text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// Bytes that stand for themselves.
    Literal(&'t [u8]),
    /// `$name` or `${name}`.
    Variable(&'t [u8]),
}

/// Splits a text as `ngx_http_script_compile()` does. A `$` that starts no name is an ordinary byte.
pub fn parts(text: &[u8]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'$', rest)) {
        let dollar = at + found;
        let rest = text.get(dollar + 1..).unwrap_or_default();
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let (name, length) = match rest.strip_prefix(b"{") {
            Some(inner) => {
                let name = inner.iter().take_while(is_name).count();
                if inner.get(name) == Some(&b'}') { (inner.get(..name), name + 2) } else { (None, 0) }
            }
            None => {
                let name = rest.iter().take_while(is_name).count();
                (rest.get(..name), name)
            }
        };
        at = dollar + 1 + length;
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            if let Some(literal) = text.get(from..dollar).filter(|literal| !literal.is_empty()) {
                parts.push(Part::Literal(literal));
            }
            parts.push(Part::Variable(name));
            from = at;
        }
    }
    if let Some(literal) = text.get(from..).filter(|literal| !literal.is_empty()) {
        parts.push(Part::Literal(literal));
    }
    parts
}

/// Whether a text holds a variable.
pub fn has_variables(text: &[u8]) -> bool {
    text.contains(&b'$') && parts(text).iter().any(|part| matches!(part, Part::Variable(_)))
}

/// One value that a text may take, and the directive that says it: the `set`, the line of the `map`, or `None`
/// where the text itself does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded<'a> {
    /// The value.
    pub value: Vec<u8>,
    /// Who says it.
    pub by: Option<Directive<'a>>,
}

impl<'a> Scope<'a> {
    /// The values that `text` may take when it is evaluated in this block.
    pub fn fold(self, text: &[u8]) -> Value<Folded<'a>> {
        match self.fold_deep(text, 0) {
            Some(mut all) => match all.len() {
                0 => Value::Unknown,
                1 => all.pop().map_or(Value::Unknown, Value::Known),
                _ => Value::OneOf(all),
            },
            None => Value::Unknown,
        }
    }

    fn fold_deep(self, text: &[u8], depth: usize) -> Option<Vec<Folded<'a>>> {
        let mut all = vec![Folded { value: Vec::new(), by: None }];
        for part in parts(text) {
            match part {
                Part::Literal(literal) => all.iter_mut().for_each(|one| one.value.extend_from_slice(literal)),
                Part::Variable(name) => {
                    let values = self.variable(name, depth + 1)?;
                    if all.len() * values.len() > MAX_VALUES {
                        return None;
                    }
                    let mut next: Vec<Folded<'a>> = Vec::with_capacity(all.len() * values.len());
                    for before in &all {
                        for value in &values {
                            let folded = Folded {
                                value: [before.value.as_slice(), &value.value].concat(),
                                by: value.by.or(before.by),
                            };
                            if !next.iter().any(|one| one.value == folded.value) {
                                next.push(folded);
                            }
                        }
                    }
                    all = next;
                }
            }
        }
        Some(all)
    }

    fn variable(self, name: &[u8], depth: usize) -> Option<Vec<Folded<'a>>> {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        let sources = self.stack.derived.definitions.by_name.get(&name)?;
        if depth > MAX_DEPTH {
            return None;
        }
        let directive = |id| Directive { stack: self.stack, id };
        if let Some(other) = sources.other.map(directive) {
            // A table in http is the only definition there is.
            let is_table = other.block().is_some() && other.name() != "set_by_lua_block";
            return if is_table { self.table(other, depth) } else { None };
        }
        let server = self.enclosing(ContextKind::Server).map(Scope::id);
        let sets: Vec<_> = sources.sets.get(&server)?.iter().copied().map(directive).collect();
        self.assigned(&sets, depth)
    }

    /// The values of a variable that `set` assigns in this server.
    fn assigned(self, sets: &[Directive<'a>], depth: usize) -> Option<Vec<Folded<'a>>> {
        // The rewrite phase of this block has run when at least one assignment surely has: one that stands in
        // this block or around it and not under `if`.
        let on_the_way = |set: &&Directive<'a>| {
            let scope = set.scope();
            self.ancestors().any(|around| around == scope)
                && !matches!(scope.kind(), ContextKind::IfInServer | ContextKind::IfInLocation)
        };
        let certain = sets.iter().rev().find(on_the_way)?;
        let mut values = Vec::new();
        for set in sets {
            // An assignment on the same way that another one follows is overwritten.
            if on_the_way(&set) && set != certain && set.scope() == certain.scope() && set.id < certain.id {
                continue;
            }
            let value = set.arg(1)?;
            for mut folded in set.scope().fold_deep(&value.value, depth)? {
                folded.by = folded.by.or(Some(*set));
                if !values.iter().any(|one: &Folded<'a>| one.value == folded.value) {
                    values.push(folded);
                }
            }
            if values.len() > MAX_VALUES {
                return None;
            }
        }
        Some(values)
    }

    /// The values of a `map`, `geo` or `split_clients` block.
    fn table(self, table: Directive<'a>, depth: usize) -> Option<Vec<Folded<'a>>> {
        let keywords: &[&str] = match table.name().as_ref() {
            "map" => &["hostnames", "volatile", "include"],
            "geo" => &["delete", "proxy", "proxy_recursive", "ranges", "include"],
            _ => &["include"],
        };
        let body = table.block()?;
        let (mut values, mut has_default): (Vec<Folded<'a>>, bool) = (Vec::new(), false);
        for line in body.lines() {
            let key = line.name();
            if keywords.contains(&key.as_ref()) {
                continue;
            }
            has_default |= key == "default" || key == "*" && table.name() == "split_clients";
            let value = line.arg(0)?;
            for mut folded in self.fold_deep(&value.value, depth)? {
                folded.by = Some(line);
                if !values.iter().any(|one| one.value == folded.value) {
                    values.push(folded);
                }
            }
            if values.len() > MAX_VALUES {
                return None;
            }
        }
        if !has_default && !values.iter().any(|one| one.value.is_empty()) {
            values.push(Folded { value: Vec::new(), by: Some(table) });
        }
        Some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    #[test]
    fn texts_split_as_nginx_splits_them() {
        let check = |text: &str, expected: &[(bool, &str)]| {
            let got: Vec<(bool, String)> = parts(text.as_bytes())
                .into_iter()
                .map(|part| match part {
                    Part::Literal(text) => (false, String::from_utf8_lossy(text).into_owned()),
                    Part::Variable(text) => (true, String::from_utf8_lossy(text).into_owned()),
                })
                .collect();
            let got: Vec<(bool, &str)> =
                got.iter().map(|(variable, text)| (*variable, text.as_str())).collect();
            assert_eq!(got, expected, "{text}");
        };
        check("http://$host:80$uri", &[(false, "http://"), (true, "host"), (false, ":80"), (true, "uri")]);
        check("${a}b$", &[(true, "a"), (false, "b$")]);
        check("plain", &[(false, "plain")]);
    }
}
