//! Zones of shared memory: `ngx_shared_memory_add()` and `ngx_init_cycle()` of `src/core/ngx_cycle.c`, and the modules
//! that define and use them.

use std::borrow::Cow;

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashMap;

use super::{Check, Log};
use crate::nginx::trial::setter::zone::shared;
use crate::nginx::trial::{Defect, Evidence, Expected, Fault, Thing};
use crate::nginx::{ContextKind, Directive, Scope, number};

/// The directives that define zones and use them.
const NAMES: &[&str] = &[
    "limit_req_zone",
    "limit_conn_zone",
    "limit_req",
    "limit_conn",
    "proxy_cache_path",
    "fastcgi_cache_path",
    "uwsgi_cache_path",
    "scgi_cache_path",
    "proxy_cache",
    "fastcgi_cache",
    "uwsgi_cache",
    "scgi_cache",
    "zone",
    "ssl_session_cache",
    "ssl_ocsp_cache",
];

/// Who uses a zone: nginx's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    LimitReq,
    LimitConn,
    StreamLimitConn,
    /// The cache of a module, named after its directive.
    Cache(&'static str),
    Upstream,
    StreamUpstream,
    Sessions(Layer),
    Ocsp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Http,
    Stream,
    Mail,
}

/// A zone as it was named first.
struct Zone<'a> {
    tag: Tag,
    /// In bytes; 0: not known so far, or never.
    size: u64,
    /// Whether the size is written in a way that cannot be read.
    is_vague: bool,
    first: Directive<'a>,
    word: usize,
    /// Who defined it: where a second definition is refused.
    definer: Option<Directive<'a>>,
}

/// One mention of a zone.
struct Mention<'a> {
    name: Cow<'a, [u8]>,
    tag: Tag,
    word: usize,
    /// In bytes; 0 for a use.
    size: u64,
    is_definition: bool,
    is_vague: bool,
}

#[derive(Default)]
pub(super) struct Zones<'a> {
    by_name: FxHashMap<Vec<u8>, Zone<'a>>,
    /// Names in the order in which nginx hears of them.
    order: Vec<Vec<u8>>,
    /// Uses of caches, which are looked up at the end of `http`.
    caches: Vec<(Directive<'a>, Vec<u8>)>,
    /// Whether something was not read that may define zones.
    is_cut: bool,
}

impl<'a> Check<'a> for Zones<'a> {
    fn names(&self) -> &'static [&'static str] {
        NAMES
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let Some(layer) = layer(directive.scope().kind()) else { return };
        let mut first = None;
        for mention in mentions(name, layer, directive) {
            if name.text() == "limit_req" || name.text() == "limit_conn" {
                self.repeated(name, directive, &mention, log);
            }
            if log.is_refused() && !mention.is_definition {
                continue;
            }
            if name.text().ends_with("_cache") && matches!(mention.tag, Tag::Cache(_)) {
                self.caches.push((directive, mention.name.to_vec()));
            }
            let fault = self.mention(name, directive, mention);
            first = first.or(fault);
        }
        if let Some((fault, definer)) = first.filter(|_| !log.is_refused())
            && let Some(emerg) = log.refuse(directive, fault)
        {
            emerg.show(definer.span(), Evidence::First);
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        self.is_cut |= !scope.is_whole();
        if !scope.is_in_main() || self.is_cut {
            return;
        }
        match scope.kind() {
            ContextKind::Http => self.unknown_caches(scope, log),
            ContextKind::Main if scope.opener().is_none() => self.without_size(log),
            _ => {}
        }
    }
}

fn layer(kind: ContextKind) -> Option<Layer> {
    Some(match kind {
        ContextKind::Stream | ContextKind::StreamServer | ContextKind::StreamUpstream => Layer::Stream,
        ContextKind::Mail | ContextKind::MailServer => Layer::Mail,
        ContextKind::Http
        | ContextKind::Server
        | ContextKind::Location
        | ContextKind::Upstream
        | ContextKind::IfInServer
        | ContextKind::IfInLocation
        | ContextKind::LimitExcept => Layer::Http,
        _ => return None,
    })
}

/// The zones that a directive names.
fn mentions<'a>(name: Name, layer: Layer, directive: Directive<'a>) -> Vec<Mention<'a>> {
    let stream = layer == Layer::Stream;
    let limit_conn = if stream { Tag::StreamLimitConn } else { Tag::LimitConn };
    let sized = |prefix: &'static str, tag| keyed(directive, prefix, tag).into_iter().collect();
    let plain = |index: usize, tag, size: Option<Cow<'a, [u8]>>| {
        let mention = directive.arg(index).map(|arg| Mention {
            name: arg.value,
            tag,
            word: index + 1,
            size: size.as_ref().and_then(|size| number::size(size)).unwrap_or(0),
            is_definition: false,
            is_vague: size.is_some_and(|size| number::size(&size).is_none()),
        });
        mention.into_iter().collect()
    };
    match name.text() {
        "limit_req_zone" => sized("zone=", Tag::LimitReq),
        "limit_conn_zone" => sized("zone=", limit_conn),
        "limit_req" => {
            let uses = directive.args().enumerate().filter_map(|(index, arg)| {
                let name = arg.value.strip_prefix(b"zone=")?.to_vec();
                Some(Mention {
                    name: Cow::Owned(name),
                    tag: Tag::LimitReq,
                    word: index + 1,
                    size: 0,
                    is_definition: false,
                    is_vague: false,
                })
            });
            uses.take(1).collect()
        }
        "limit_conn" => plain(0, limit_conn, None),
        "zone" => {
            let tag = if stream { Tag::StreamUpstream } else { Tag::Upstream };
            plain(0, tag, directive.arg(1).map(|size| size.value))
        }
        "proxy_cache_path" => sized("keys_zone=", Tag::Cache("proxy_cache")),
        "fastcgi_cache_path" => sized("keys_zone=", Tag::Cache("fastcgi_cache")),
        "uwsgi_cache_path" => sized("keys_zone=", Tag::Cache("uwsgi_cache")),
        "scgi_cache_path" => sized("keys_zone=", Tag::Cache("scgi_cache")),
        cache @ ("proxy_cache" | "fastcgi_cache" | "uwsgi_cache" | "scgi_cache") => {
            let is_zone =
                directive.arg(0).is_some_and(|arg| *arg.value != *b"off" && !arg.value.contains(&b'$'));
            if is_zone { plain(0, Tag::Cache(cache), None) } else { Vec::new() }
        }
        "ssl_session_cache" => shared_zones(directive, Tag::Sessions(layer)),
        "ssl_ocsp_cache" => shared_zones(directive, Tag::Ocsp),
        _ => Vec::new(),
    }
}

/// `zone=name:size`: the last of a directive counts.
fn keyed<'a>(directive: Directive<'a>, prefix: &'static str, tag: Tag) -> Option<Mention<'a>> {
    let args = directive.args().enumerate();
    let (index, arg) = args.filter(|(_, arg)| arg.value.starts_with(prefix.as_bytes())).last()?;
    let value = arg.value.get(prefix.len()..)?;
    let colon = memchr::memchr(b':', value);
    let size = colon.and_then(|at| number::size(value.get(at + 1..)?));
    let name = value.get(..colon.unwrap_or(value.len()))?;
    (!name.is_empty()).then(|| Mention {
        name: Cow::Owned(name.to_vec()),
        tag,
        word: index + 1,
        size: size.unwrap_or(0),
        is_definition: true,
        is_vague: size.is_none(),
    })
}

fn shared_zones(directive: Directive<'_>, tag: Tag) -> Vec<Mention<'_>> {
    let zones = directive.args().enumerate().filter_map(|(index, arg)| {
        let (name, size) = shared(&arg.value)?;
        Some(Mention {
            name: Cow::Owned(name.to_vec()),
            tag,
            word: index + 1,
            size,
            is_definition: false,
            is_vague: false,
        })
    });
    zones.collect()
}

impl<'a> Zones<'a> {
    /// What nginx refuses in one mention, with the earlier one that it contradicts.
    fn mention(
        &mut self,
        name: Name,
        directive: Directive<'a>,
        mention: Mention<'a>,
    ) -> Option<(Fault, Directive<'a>)> {
        let Some(zone) = self.by_name.get_mut(&*mention.name) else {
            let zone = Zone {
                tag: mention.tag,
                size: mention.size,
                is_vague: mention.is_vague,
                first: directive,
                word: mention.word,
                definer: mention.is_definition.then_some(directive),
            };
            self.order.push(mention.name.to_vec());
            self.by_name.insert(mention.name.into_owned(), zone);
            return None;
        };
        let shown = String::from_utf8_lossy(&mention.name);
        if zone.tag != mention.tag {
            // What it lacks follows from this.
            zone.is_vague = true;
            let message =
                format!("the shared memory zone \"{shown}\" is already declared for a different use");
            let fault = Fault::new(Defect::Redefined(Thing::Zone), mention.word, message);
            return Some((fault, zone.definer.unwrap_or(zone.first)));
        }
        zone.is_vague |= mention.is_vague;
        if zone.size == 0 {
            zone.size = mention.size;
        }
        if mention.size > 0 && zone.size != mention.size && !zone.is_vague {
            let message = format!(
                "the size {} of shared memory zone \"{shown}\" conflicts with already declared size {}",
                mention.size, zone.size
            );
            let fault = Fault::new(Defect::Redefined(Thing::Zone), mention.word, message);
            return Some((fault, zone.definer.unwrap_or(zone.first)));
        }
        if !mention.is_definition {
            return None;
        }
        let definer = zone.definer.replace(directive)?;
        let message = match mention.tag {
            Tag::Cache(_) => format!("duplicate zone \"{shown}\""),
            _ => {
                let key = definer.arg(0)?;
                format!("{} \"{shown}\" is already bound to key \"{}\"", name.text(), key.text())
            }
        };
        Some((Fault::new(Defect::Redefined(Thing::Zone), mention.word, message), definer))
    }

    /// A limit that a block already has.
    fn repeated(&self, name: Name, directive: Directive<'a>, mention: &Mention<'a>, log: &mut Log) {
        let before = directive.scope().own(name.text()).take_while(|other| other.id() < directive.id());
        let zone_of = |other: Directive<'a>| {
            let mut args = other.args().map(|arg| arg.value);
            match name.text() {
                "limit_conn" => args.next(),
                _ => args.find_map(|arg| Some(Cow::Owned(arg.strip_prefix(b"zone=")?.to_vec()))),
            }
        };
        // A list of limits is short; what is longer is no list that a person wrote.
        let first = before.take(64).find(|other| zone_of(*other).as_ref() == Some(&mention.name));
        if let Some(first) = first.filter(|_| !log.is_refused()) {
            let message = format!("\"{}\" directive is duplicate", name.text());
            if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Duplicate, mention.word, message)) {
                emerg.show(first.span(), Evidence::First);
            }
        }
    }

    /// At the end of `http`: caches that no directive defines.
    fn unknown_caches(&mut self, http: Scope<'a>, log: &mut Log) {
        let mut told: Vec<Vec<u8>> = Vec::new();
        for (directive, name) in std::mem::take(&mut self.caches) {
            let is_defined = self.by_name.get(&name).is_none_or(|zone| zone.definer.is_some());
            if is_defined || told.contains(&name) {
                continue;
            }
            let shown = String::from_utf8_lossy(&name);
            let message = format!("\"{}\" zone \"{shown}\" is unknown", directive.name());
            let at = http.opener().map(Directive::close_span);
            log.refuse_at(directive, at, Fault::new(Defect::Undefined(Thing::Zone), 1, message));
            // It is told once: it would have no size either.
            if let Some(zone) = self.by_name.get_mut(&name) {
                zone.is_vague = true;
            }
            told.push(name);
        }
    }

    /// After everything: zones that nobody gave a size.
    fn without_size(&mut self, log: &mut Log) {
        for name in &self.order {
            let Some(zone) = self.by_name.get(name).filter(|zone| zone.size == 0 && !zone.is_vague) else {
                continue;
            };
            let message = format!("zero size shared memory zone \"{}\"", String::from_utf8_lossy(name));
            let defect = match zone.tag {
                Tag::Upstream | Tag::StreamUpstream => {
                    Defect::Missing(Expected::What("a size behind the zone's name"))
                }
                _ => Defect::Undefined(Thing::Zone),
            };
            log.refuse_at(zone.first, None, Fault::new(defect, zone.word, message));
        }
    }
}
