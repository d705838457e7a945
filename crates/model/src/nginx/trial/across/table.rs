//! Free-form bodies whose lines contradict each other: `src/http/modules/ngx_http_map_module.c`,
//! `ngx_http_geo_module.c`, `ngx_http_split_clients_module.c`, `ngx_http_charset_filter_module.c`, the same of stream,
//! and `ngx_hash_add_key()` of `src/core/ngx_hash.c`.

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashMap;

use super::{Check, Log};
use crate::nginx::inet::inet4;
use crate::nginx::trial::body;
use crate::nginx::trial::{Defect, Evidence, Expected, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope, number};

#[derive(Default)]
pub(super) struct Tables<'a> {
    /// The pairs of every `charset_map`, in lower case.
    charsets: Vec<(String, String, Directive<'a>)>,
    /// The first map of `http` and of `stream`.
    maps: [Option<Directive<'a>>; 2],
}

impl<'a> Check<'a> for Tables<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["charset_map", "map", "map_hash_bucket_size", "map_hash_max_size"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let slot = usize::from(directive.scope().kind() == ContextKind::Stream);
        match name.text() {
            "charset_map" => self.charset(directive, log),
            "map" => {
                if let Some(first) = self.maps.get_mut(slot) {
                    first.get_or_insert(directive);
                }
            }
            // The first map settles the sizes.
            _ => {
                if let Some(map) = self.maps.get(slot).copied().flatten().filter(|_| !log.is_refused()) {
                    let message = format!("\"{}\" directive is duplicate", name.text());
                    if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 0, message)) {
                        emerg.show(map.name_span(), Evidence::Against);
                    }
                }
            }
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        let Some(opener) = scope.opener().filter(|_| scope.kind() == ContextKind::Body) else { return };
        match opener.name().as_ref() {
            "map" => map(scope, opener, log),
            "geo" => geo(scope, log),
            "split_clients" => split_clients(scope, opener, log),
            "charset_map" => bytes(scope, opener, log),
            _ => {}
        }
    }
}

impl<'a> Tables<'a> {
    fn charset(&mut self, directive: Directive<'a>, log: &mut Log) {
        let (Some(from), Some(to)) = (directive.arg(0), directive.arg(1)) else { return };
        let (from_key, to_key) = (from.text().to_lowercase(), to.text().to_lowercase());
        if from_key == to_key {
            let message = format!(
                "\"charset_map\" between the same charsets \"{}\" and \"{}\"",
                from.text(),
                to.text()
            );
            log.refuse(directive, Fault::value(2, Expected::What("another charset"), message));
            return;
        }
        let first = self.charsets.iter().find(|(one, other, _)| {
            (one == &from_key && other == &to_key) || (one == &to_key && other == &from_key)
        });
        if let Some((_, _, first)) = first {
            let message =
                format!("duplicate \"charset_map\" between \"{}\" and \"{}\"", from.text(), to.text());
            if let Some(emerg) =
                log.refuse(directive, Fault::new(Defect::Redefined(Thing::Other), 1, message))
            {
                emerg.show(first.span(), Evidence::First);
            }
        }
        self.charsets.push((from_key, to_key, directive));
    }
}

/// The keys of one map.
#[derive(Default)]
struct Keys<'a> {
    exact: FxHashMap<Vec<u8>, Directive<'a>>,
    /// `*.example.com` and `.example.com`, without their beginning.
    heads: FxHashMap<Vec<u8>, Directive<'a>>,
    /// `www.example.*`.
    tails: FxHashMap<Vec<u8>, Directive<'a>>,
}

/// Why a key is not taken.
enum Refusal<'a> {
    Invalid,
    Taken(Directive<'a>),
}

impl<'a> Keys<'a> {
    /// Adds a key in lower case, as `ngx_hash_add_key()` does.
    fn add(&mut self, key: &[u8], are_hosts: bool, line: Directive<'a>) -> Result<(), Refusal<'a>> {
        let put = |keys: &mut FxHashMap<Vec<u8>, Directive<'a>>, key: &[u8]| match keys.get(key) {
            Some(first) => Err(Refusal::Taken(*first)),
            None => {
                keys.insert(key.to_vec(), line);
                Ok(())
            }
        };
        if are_hosts {
            let stars = key.iter().filter(|byte| **byte == b'*').count();
            if stars > 1 || key.contains(&0) || key.windows(2).any(|pair| pair == b"..") {
                return Err(Refusal::Invalid);
            }
            match key {
                [b'.', rest @ ..] if !rest.is_empty() => {
                    put(&mut self.exact, rest)?;
                    return put(&mut self.heads, rest);
                }
                [b'*', b'.', rest @ ..] if !rest.is_empty() => return put(&mut self.heads, rest),
                [rest @ .., b'.', b'*'] if !rest.is_empty() => return put(&mut self.tails, rest),
                _ if stars > 0 => return Err(Refusal::Invalid),
                _ => {}
            }
        }
        put(&mut self.exact, key)
    }
}

fn map<'a>(scope: Scope<'a>, opener: Directive<'a>, log: &mut Log) {
    let (mut keys, mut default, mut are_hosts): (_, Option<Directive<'a>>, _) =
        (Keys::default(), None, false);
    let bucket = bucket_size(opener);
    let mut too_long = None;
    for line in scope.lines() {
        let Some(written) = line.written() else { continue };
        if line.args().len() != 1 {
            are_hosts |= *written.value == *b"hostnames" && line.args().len() == 0;
            continue;
        }
        let (defect, message, first) = match &*written.value {
            b"include" => continue,
            b"default" => match default {
                Some(first) => ("duplicate", "duplicate default map parameter".to_owned(), Some(first)),
                None => {
                    default = Some(line);
                    continue;
                }
            },
            [b'~', ..] => continue,
            key => {
                let key = key.strip_prefix(b"\\").unwrap_or(key);
                let lower = key.to_ascii_lowercase();
                match keys.add(&lower, are_hosts, line) {
                    Ok(()) => {
                        if too_long.is_none()
                            && keys.exact.contains_key(&lower)
                            && is_too_long(&lower, bucket)
                        {
                            too_long = Some(line);
                        }
                        continue;
                    }
                    Err(Refusal::Invalid) => {
                        let key = String::from_utf8_lossy(key);
                        ("invalid", format!("invalid hostname or wildcard \"{key}\""), None)
                    }
                    Err(Refusal::Taken(first)) => {
                        let key = String::from_utf8_lossy(&lower);
                        ("duplicate", format!("conflicting parameter \"{key}\""), Some(first))
                    }
                }
            }
        };
        let defect = if defect == "invalid" {
            Defect::Value(Expected::What("a host name, `*.name`, `.name` or `name.*`"))
        } else {
            Defect::Redefined(Thing::MapKey)
        };
        if let (Some(emerg), Some(first)) = (log.refuse(line, Fault::new(defect, 0, message)), first) {
            emerg.show(first.span(), Evidence::First);
        }
    }
    if let (Some(line), Some(bucket)) = (too_long, bucket) {
        let message = format!("could not build map_hash, you should increase map_hash_bucket_size: {bucket}");
        let key = Expected::What("a shorter key, or a greater `map_hash_bucket_size`");
        log.refuse_at(line, None, Fault::value(0, key, message));
    }
}

/// The size of a bucket of this map's hash, in bytes; `None` where that cannot be read.
fn bucket_size(map: Directive<'_>) -> Option<u64> {
    /// A line of the processor's cache, in bytes.
    const LINE: u64 = 64;
    let mut sizes = map.scope().own("map_hash_bucket_size").rev();
    match sizes.find(|size| size.id() < map.id()) {
        Some(size) => Some(number::integer(&size.arg(0)?.value)?.checked_next_multiple_of(LINE)?),
        None if map.scope().is_whole() => Some(LINE),
        None => None,
    }
}

/// Whether a key and its two pointers do not fit into a bucket (`ngx_hash_init()`).
fn is_too_long(key: &[u8], bucket: Option<u64>) -> bool {
    let need = (key.len() as u64 + 2).next_multiple_of(8) + 16;
    bucket.is_some_and(|bucket| bucket < need)
}

fn geo<'a>(scope: Scope<'a>, log: &mut Log) {
    let (mut ranges, mut network) = (false, None::<Directive<'a>>);
    for line in scope.lines() {
        let Some(written) = line.written() else { continue };
        let key = &*written.value;
        match (key, line.args().len()) {
            (b"ranges", 0) => {
                ranges = true;
                if let Some(first) = network {
                    let message = "the \"ranges\" directive must be the first directive inside \"geo\" block";
                    if let Some(emerg) = log.refuse(line, Fault::new(Defect::Conflict, 0, message)) {
                        emerg.show(first.span(), Evidence::Against);
                    }
                    return;
                }
            }
            (b"include" | b"proxy", 1) => {}
            (_, 1) => {
                let is_deletion = key == b"delete";
                let Some(net) = (if is_deletion { line.arg(0) } else { line.written() }) else { continue };
                let word = usize::from(is_deletion);
                if !ranges {
                    network.get_or_insert(line);
                }
                if key == b"default" {
                    continue;
                }
                let fault = if ranges { range(word, &net.value) } else { body::network(word, &net.value) };
                if let Some(fault) = fault {
                    log.refuse(line, fault);
                }
            }
            _ => {}
        }
    }
}

/// `10.0.0.0-10.0.0.255`.
fn range(word: usize, net: &[u8]) -> Option<Fault> {
    let text = std::str::from_utf8(net).ok()?;
    let ends = text.split_once('-');
    let is_range =
        ends.and_then(|(from, to)| Some(inet4(from.as_bytes())? <= inet4(to.as_bytes())?)).unwrap_or(false);
    (!is_range).then(|| {
        let expected = Expected::What("a range such as `10.0.0.0-10.0.0.255`");
        Fault::value(word, expected, format!("invalid range \"{text}\""))
    })
}

fn split_clients<'a>(scope: Scope<'a>, opener: Directive<'a>, log: &mut Log) {
    let mut sum = 0u64;
    for line in scope.lines() {
        let Some(written) = line.written() else { continue };
        sum = match body::hundredths(&written.value) {
            Some(part) => sum.saturating_add(part),
            None if *written.value == *b"*" => 10_000,
            None => return,
        };
        if sum > 10_000 {
            let defect = Defect::Value(Expected::What("parts of at most 100% in all"));
            let fault = Fault::new(defect, 0, "percent total is greater than 100%");
            log.refuse_at(line, Some(opener.close_span()), fault);
            return;
        }
        if *written.value == *b"*" {
            // The rest is taken; nginx counts on from here.
            sum = 10_000;
        }
    }
}

/// What a character becomes: one byte, or several in UTF-8.
fn bytes<'a>(scope: Scope<'a>, opener: Directive<'a>, log: &mut Log) {
    let is_utf8 = opener.arg(1).is_some_and(|to| to.value.eq_ignore_ascii_case(b"utf-8"));
    for line in scope.lines() {
        let Some(to) = line.arg(0).filter(|to| to.value.iter().all(u8::is_ascii_hexdigit)) else { continue };
        let is_valid = if is_utf8 { to.value.len() % 2 == 0 } else { body::byte_of(&to.value).is_some() };
        if !is_valid {
            let what =
                if is_utf8 { "bytes in hexadecimal, two digits each" } else { "one byte in hexadecimal" };
            let message = format!("invalid value \"{}\"", to.text());
            log.refuse(line, Fault::value(1, Expected::What(what), message));
        }
    }
}
