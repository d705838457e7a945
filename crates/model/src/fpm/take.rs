//! Taking entries: `fpm_conf_ini_parser_entry()` and `fpm_conf_ini_parser_array()` of `fpm_conf.c`.

use gatelint_catalog::fpm::{self, Key};
use gatelint_syntax::ini::{Entry, Text};
use gatelint_syntax::{FileId, Span, TextRange};

use super::entry::{exists, find, guess, guess_array};
use super::read::{Position, Reader};
use super::setting::reject;
use super::{Explanation, Guess, Place, Setting};

impl Reader<'_> {
    pub(super) fn entry(
        &mut self,
        position: &mut Position,
        pending: &mut Option<(u32, Text)>,
        line: u32,
        entry: Entry,
    ) {
        let file = position.file;
        let name = self.sources.text(entry.key.in_file(file)).to_vec();
        let Some(value) = &entry.value else {
            let key = String::from_utf8_lossy(&name).into_owned();
            let text = "value is NULL for a ZEND_INI_PARSER_ENTRY";
            self.refuse_line(position, line, entry.key, text, Explanation::NoValue { key });
            return;
        };
        if let Some(index) = &entry.index {
            self.array(position, line, &entry, &name, index, value);
            return;
        }
        if name == b"include" {
            if pending.is_some() {
                self.refuse_line(
                    position,
                    line,
                    entry.key,
                    "two includes at the same time !",
                    Explanation::Include,
                );
            } else {
                *pending = Some((line, value.clone()));
            }
            return;
        }
        let in_pool = self.current.is_some();
        let Some(key) = find(in_pool, &name).filter(|key| exists(key, self.layout.version)) else {
            self.unknown(position, line, entry.key, &name, in_pool);
            return;
        };
        let reason = match &value.bytes {
            Some(bytes) if !in_pool && key.kind == fpm::Kind::Text && has_pool(bytes) => {
                Some("Can't use '$pool' when the pool is not defined")
            }
            Some(bytes) => reject(key, bytes),
            None => None,
        };
        if let Some(reason) = reason {
            let text = format!("unable to parse value for entry '{}': {reason}", key.name);
            let place = if value.range.start == value.range.end { entry.range() } else { value.range };
            let explanation = Explanation::BadValue { key: key.name.to_owned(), reason: reason.to_owned() };
            self.refuse_line(position, line, place, &text, explanation);
            return;
        }
        self.set(file, key, None, &entry, value);
    }

    fn unknown(&mut self, position: &mut Position, line: u32, range: TextRange, name: &[u8], in_pool: bool) {
        let guess = guess(in_pool, name);
        let shown = String::from_utf8_lossy(name).into_owned();
        // A pool file of its own may be read after others that open its section.
        if !self.is_main && !self.in_section && guess == Guess::PoolKey {
            return;
        }
        if self.is_same_mistake(&guess, range.in_file(position.file)) {
            return;
        }
        let text = format!("unknown entry '{shown}'");
        self.refuse_line(position, line, range, &text, Explanation::UnknownKey { key: shown, guess });
    }

    /// Whether the file has shown another key that belongs elsewhere: mostly one header stands wrongly or lacks.
    /// A key of the other kind becomes a place of that refusal.
    fn is_same_mistake(&mut self, guess: &Guess, key: Span) -> bool {
        if !matches!(guess, Guess::PoolKey | Guess::GlobalKey) {
            return false;
        }
        let (file, first) = self.misplaced.unwrap_or((key.file, self.out.refusals.len()));
        match self.out.refusals.get_mut(first).filter(|_| file == key.file) {
            None => {
                self.misplaced = Some((key.file, self.out.refusals.len()));
                false
            }
            Some(refusal) => {
                let is_kind = |kind: &Explanation| matches!(kind, Explanation::UnknownKey { guess: own, .. } if own == guess);
                if !is_kind(&refusal.explanation) && refusal.places.is_empty() {
                    let text = match guess {
                        Guess::PoolKey => "a key of a pool, outside any",
                        _ => "a key of `[global]`, in a pool",
                    };
                    refusal.places.push(Place { span: key, text: text.to_owned() });
                }
                true
            }
        }
    }

    fn array(
        &mut self,
        position: &mut Position,
        line: u32,
        entry: &Entry,
        name: &[u8],
        index: &Text,
        value: &Text,
    ) {
        let shown = String::from_utf8_lossy(name).into_owned();
        let is_path = name == b"access.suppress_path";
        let index_bytes = index.bytes.as_deref();
        let value_bytes = value.bytes.as_deref();
        let array = fpm::array(name).filter(|key| exists(key, self.layout.version));
        let reason = |reason: &str| Explanation::BadValue { key: shown.clone(), reason: reason.to_owned() };
        let refusal = if is_path && index_bytes.is_some_and(|index| !index.is_empty()) {
            let text = "Keys provided to field 'access.suppress_path' are ignored";
            Some((text.to_owned(), reason("it takes no key")))
        } else if is_path && value_bytes.is_some_and(|value| !value.starts_with(b"/")) {
            let text = "Values provided to field 'access.suppress_path' must begin with '/'";
            Some((text.to_owned(), reason("it does not begin with `/`")))
        } else if !is_path && index_bytes.is_some_and(<[u8]>::is_empty) {
            Some((
                format!("You must provide a key for field '{shown}'"),
                reason("there is nothing in its brackets"),
            ))
        } else if self.current.is_none() {
            if !self.is_main && !self.in_section
                || self.is_same_mistake(&Guess::PoolKey, entry.key.in_file(position.file))
            {
                return;
            }
            let explanation = Explanation::UnknownKey { key: shown.clone(), guess: Guess::PoolKey };
            Some(("Array are not allowed in the global section".to_owned(), explanation))
        } else if array.is_none() {
            let explanation = Explanation::UnknownKey { key: shown.clone(), guess: guess_array(name) };
            Some((format!("unknown directive '{shown}'"), explanation))
        } else if name == b"env" && value_bytes.is_some_and(<[u8]>::is_empty) {
            Some(("empty value".to_owned(), reason("it is empty")))
        } else {
            let why = array.zip(value_bytes).and_then(|(key, value)| reject(key, value));
            why.map(|why| {
                let index = String::from_utf8_lossy(index_bytes.unwrap_or_default()).into_owned();
                (format!("error while parsing '{shown}[{index}]' : {why}"), reason(why))
            })
        };
        match (refusal, array) {
            (Some((text, explanation)), _) => {
                self.refuse_line(position, line, entry.range(), &text, explanation)
            }
            (None, Some(key)) => {
                let index = String::from_utf8_lossy(index_bytes.unwrap_or_default()).into_owned();
                self.set(position.file, key, Some(index), entry, value);
            }
            (None, None) => {}
        }
    }

    fn set(&mut self, file: FileId, key: &'static Key, index: Option<String>, entry: &Entry, value: &Text) {
        let pool = self.current.and_then(|index| self.out.pools.get_mut(index));
        let is_template = self.sources.is_template(file);
        let expand = |bytes: &Vec<u8>| match &pool {
            Some(pool) if key.kind == fpm::Kind::Text => replace_pool(bytes, pool.name.as_bytes()),
            _ => bytes.clone(),
        };
        let setting = Setting {
            key,
            index,
            value: value
                .bytes
                .clone()
                .or_else(|| without_pool(self.sources.text(value.range.in_file(file))))
                .as_ref()
                .map(expand),
            span: entry.range().in_file(file),
            key_span: entry.key.in_file(file),
            value_span: value.range.in_file(file),
        };
        let settings = &mut pool.map_or(&mut self.out.global, |pool| &mut pool.settings).all;
        let is_same = |other: &&mut Setting| other.key.name == key.name && other.index == setting.index;
        match settings.iter_mut().rev().find(is_same).filter(|_| is_template) {
            // Which of the two alternatives of a template holds is not known.
            Some(other) if other.value != setting.value => {
                other.value = None;
                settings.push(Setting { value: None, ..setting });
            }
            _ => settings.push(setting),
        }
    }
}

fn has_pool(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"$pool").is_some()
}

/// A value in which nothing but `${pool}` comes from the environment: a slip for `$pool`, and empty.
fn without_pool(written: &[u8]) -> Option<Vec<u8>> {
    let at = memchr::memmem::find(written, b"${pool}")?;
    let (head, tail) = (written.get(..at)?, written.get(at + b"${pool}".len()..)?);
    let is_plain = |text: &[u8]| !text.iter().any(|byte| b"\"'${".contains(byte));
    (is_plain(head) && is_plain(tail)).then(|| [head, tail].concat())
}

/// Replaces every `$pool`.
fn replace_pool(value: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr::memmem::find(rest, b"$pool") {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(name);
        rest = rest.get(at + b"$pool".len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
