//! Which location handles a URI, as `ngx_http_core_find_location()` of `src/http/ngx_http_core_module.c` chooses.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use pcre2::bytes::{Regex, RegexBuilder};

use super::{ContextId, ContextKind, Scope};
use crate::Value;

/// How a location is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// `= /uri`
    Exact(Vec<u8>),
    /// `/uri`
    Prefix(Vec<u8>),
    /// `^~ /uri`: no regular expression is asked after it.
    PrefixOnly(Vec<u8>),
    /// `~ pattern`
    Regex(Vec<u8>),
    /// `~* pattern`
    RegexNoCase(Vec<u8>),
    /// `@name`: internal only.
    Named(Vec<u8>),
}

impl Match {
    /// The URI, pattern or name.
    pub fn text(&self) -> &[u8] {
        match self {
            Self::Exact(text)
            | Self::Prefix(text)
            | Self::PrefixOnly(text)
            | Self::Regex(text)
            | Self::RegexNoCase(text)
            | Self::Named(text) => text,
        }
    }

    /// Whether it is a regular expression.
    pub fn is_regex(&self) -> bool {
        matches!(self, Self::Regex(_) | Self::RegexNoCase(_))
    }
}

/// How a location says which URIs it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `= /uri`
    Exact,
    /// `/uri`
    Prefix,
    /// `^~ /uri`
    PrefixOnly,
    /// `~ pattern` or `~* pattern`
    Regex {
        /// Whether case is ignored.
        no_case: bool,
    },
    /// `@name`
    Named,
}

/// The arguments of a `location` (`ngx_http_core_location()`).
#[derive(Clone, Debug)]
pub(crate) struct LocationName<'a> {
    pub(crate) way: Way,
    pub(crate) name: Cow<'a, [u8]>,
    /// The number of the word that holds the name.
    pub(crate) word: usize,
}

impl<'a> LocationName<'a> {
    /// Reads one argument or two; `None` for a modifier that nginx does not know.
    pub(crate) fn read(first: Cow<'a, [u8]>, second: Option<Cow<'a, [u8]>>) -> Option<Self> {
        if let Some(name) = second {
            let way = match &*first {
                b"=" => Way::Exact,
                b"^~" => Way::PrefixOnly,
                b"~" => Way::Regex { no_case: false },
                b"~*" => Way::Regex { no_case: true },
                _ => return None,
            };
            return Some(Self { way, name, word: 2 });
        }
        // The modifier may be glued to the name.
        let (way, length) = match &*first {
            [b'=', ..] => (Way::Exact, 1),
            [b'^', b'~', ..] => (Way::PrefixOnly, 2),
            [b'~', b'*', ..] => (Way::Regex { no_case: true }, 2),
            [b'~', ..] => (Way::Regex { no_case: false }, 1),
            [b'@', ..] => (Way::Named, 0),
            _ => (Way::Prefix, 0),
        };
        let name = match first {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(length..).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(length..).unwrap_or_default().to_vec()),
        };
        Some(Self { way, name, word: 1 })
    }
}

/// The most patterns that are compiled; whether a further one matches is not known.
const MAX_PATTERNS: usize = 1 << 16;

/// A pattern and whether case matters.
type Pattern = (Vec<u8>, bool);

/// The regular expressions of a run, each compiled once, when first asked; `None`: PCRE refuses it.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: RwLock<HashMap<Pattern, Option<Arc<Regex>>>>,
}

impl Patterns {
    fn get(&self, pattern: &[u8], no_case: bool) -> Option<Arc<Regex>> {
        let key = (pattern.to_vec(), no_case);
        if let Some(known) = self.compiled.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        if self.compiled.read().unwrap_or_else(PoisonError::into_inner).len() >= MAX_PATTERNS {
            return None;
        }
        let compiled = compile(pattern, no_case).map(Arc::new);
        self.compiled.write().unwrap_or_else(PoisonError::into_inner).insert(key, compiled.clone());
        compiled
    }

    /// Whether `text` matches; `None` where PCRE refuses the pattern or gives up within its limits.
    pub(crate) fn is_match(&self, pattern: &[u8], no_case: bool, text: &[u8]) -> Option<bool> {
        self.get(pattern, no_case)?.is_match(text).ok()
    }

    /// The groups of the first match; within: `None` where nothing matches.
    fn captures(&self, pattern: &[u8], no_case: bool, text: &[u8]) -> Option<Option<Vec<Vec<u8>>>> {
        let found = self.get(pattern, no_case)?.captures(text).ok()?;
        Some(found.map(|found| {
            let group = |at: usize| found.get(at).map(|one| one.as_bytes().to_vec()).unwrap_or_default();
            (1..found.len()).map(group).collect()
        }))
    }
}

/// Compiles with limits, so that no pattern can hold the program up.
fn compile(pattern: &[u8], no_case: bool) -> Option<Regex> {
    let pattern = std::str::from_utf8(pattern).ok()?;
    let limited = format!("(*LIMIT_MATCH=100000)(*LIMIT_DEPTH=1000)(*LIMIT_HEAP=4096){pattern}");
    RegexBuilder::new().caseless(no_case).build(&limited).ok()
}

/// How each location is chosen, by context; read when first asked.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    by_context: OnceLock<Vec<Option<Chosen>>>,
}

/// How a location is chosen, with its pattern once it was asked.
#[derive(Debug)]
struct Chosen {
    by: Match,
    compiled: OnceLock<Option<Arc<Regex>>>,
}

impl Chosen {
    /// Whether a pattern takes a text; `None` where PCRE cannot tell.
    fn matches(&self, patterns: &Patterns, no_case: bool, text: &[u8]) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| patterns.get(self.by.text(), no_case));
        compiled.as_ref()?.is_match(text).ok()
    }
}

impl<'a> Scope<'a> {
    /// What the groups of a regular expression hold, the first one first; within: `None` where it does not match.
    /// `None`: PCRE refuses it, or gives up.
    pub fn captures(self, pattern: &[u8], no_case: bool, text: &[u8]) -> Option<Option<Vec<Vec<u8>>>> {
        self.stack.derived.patterns.captures(pattern, no_case, text)
    }

    /// How this location is chosen; `None` for any other block, and where a template fills that in.
    pub fn location_match(self) -> Option<&'a Match> {
        self.chosen().map(|chosen| &chosen.by)
    }

    fn chosen(self) -> Option<&'a Chosen> {
        let all = self.stack.derived.matches.by_context.get_or_init(|| {
            let contexts = 0..self.stack.nginx.contexts.len() as u32;
            let read = |id| Self { stack: self.stack, id: ContextId(id) }.read_match();
            contexts.map(|id| Some(Chosen { by: read(id)?, compiled: OnceLock::new() })).collect()
        });
        all.get(self.id.0 as usize)?.as_ref()
    }

    fn read_match(self) -> Option<Match> {
        let opener = self.opener().filter(|_| self.kind() == ContextKind::Location)?;
        if self.stack.sources.is_filled_in(opener.span()) {
            return None;
        }
        let LocationName { way, name, .. } =
            LocationName::read(opener.arg(0)?.value, opener.arg(1).map(|arg| arg.value))?;
        let name = name.into_owned();
        Some(match way {
            Way::Exact => Match::Exact(name),
            Way::Prefix => Match::Prefix(name),
            Way::PrefixOnly => Match::PrefixOnly(name),
            Way::Regex { no_case: false } => Match::Regex(name),
            Way::Regex { no_case: true } => Match::RegexNoCase(name),
            Way::Named => Match::Named(name),
        })
    }

    /// Whether this location's own pattern takes `uri`, other locations left aside; `None`: not known.
    pub fn location_takes(self, uri: &[u8]) -> Option<bool> {
        let patterns = &self.stack.derived.patterns;
        let chosen = self.chosen()?;
        match &chosen.by {
            Match::Exact(text) => Some(text == uri),
            Match::Prefix(text) | Match::PrefixOnly(text) => Some(uri.starts_with(text)),
            Match::Regex(_) => chosen.matches(patterns, false, uri),
            Match::RegexNoCase(_) => chosen.matches(patterns, true, uri),
            Match::Named(_) => Some(false),
        }
    }

    /// The location below this server (or location) that handles `uri`, an absolute path without arguments.
    /// `Known(None)`: no location does, the block itself handles it.
    pub fn location_for(self, uri: &[u8]) -> Value<Option<Scope<'a>>> {
        match self.find(uri, 0) {
            Ok(found) => Value::Known(found.scope),
            Err(()) => Value::Unknown,
        }
    }

    fn find(self, uri: &[u8], depth: usize) -> Result<Choice<'a>, ()> {
        // Deeper than any real nesting; also the bound of this recursion.
        if depth > 32 {
            return Err(());
        }
        let mut longest: Option<(usize, Scope<'a>, bool)> = None;
        let mut regexes = Vec::new();
        for location in self.blocks_of(ContextKind::Location) {
            match location.chosen().map(|chosen| &chosen.by) {
                Some(Match::Exact(text)) if text == uri => {
                    return Ok(Choice { scope: Some(location), settled: true });
                }
                Some(way @ (Match::Prefix(_) | Match::PrefixOnly(_))) => {
                    let length = way.text().len();
                    let is_longer = longest.as_ref().is_none_or(|(before, ..)| length > *before);
                    if is_longer && uri.starts_with(way.text()) {
                        longest = Some((length, location, matches!(way, Match::PrefixOnly(_))));
                    }
                }
                Some(way) if way.is_regex() => regexes.push(location),
                _ => {}
            }
        }
        let mut choice = Choice { scope: None, settled: false };
        let mut ask_regexes = true;
        if let Some((_, location, only)) = longest {
            let inner = location.find(uri, depth + 1)?;
            if inner.settled {
                return Ok(inner);
            }
            choice.scope = inner.scope.or(Some(location));
            ask_regexes = !only;
        }
        if ask_regexes {
            for location in regexes {
                if location.location_takes(uri).ok_or(())? {
                    let inner = location.find(uri, depth + 1)?;
                    return Ok(Choice { scope: inner.scope.or(Some(location)), settled: true });
                }
            }
        }
        Ok(choice)
    }
}

/// What a search found, and whether an outer level may still ask its regular expressions.
struct Choice<'a> {
    scope: Option<Scope<'a>>,
    settled: bool,
}
