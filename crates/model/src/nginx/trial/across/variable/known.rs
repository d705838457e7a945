//! The variables of `http` or of `stream`: those that nginx brings, those that the configuration defines, and those
//! that it evaluates.

use std::borrow::Cow;

use gatelint_catalog::nginx::{Name, Origin};
use gatelint_catalog::variable::{self, Variable};
use gatelint_syntax::Span;
use rustc_hash::{FxHashMap, FxHashSet};
use strsim::osa_distance;

use crate::nginx::trial::walk::Log;
use crate::nginx::trial::{Defect, Expected, Fault, Lack, Thing, meant};
use crate::nginx::{Directive, NameId};
use crate::{Flavour, Stack, Target};

/// What only log formats know.
pub(super) const LOG: &[&[u8]] = &[
    b"pipe",
    b"time_local",
    b"time_iso8601",
    b"msec",
    b"request_time",
    b"status",
    b"bytes_sent",
    b"body_bytes_sent",
    b"request_length",
];

/// How many unknown variables are compared with all that are known.
const MAX_MEANT: usize = 64;

/// What the catalogue lists and only a configuration makes.
const MADE: &[&str] = &["memcached_key", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Where a variable is evaluated first.
struct Use<'a> {
    /// In lower case.
    name: Vec<u8>,
    directive: Directive<'a>,
    word: usize,
}

/// The variables of one section.
#[derive(Default)]
pub(super) struct Section<'a> {
    pub(super) is_stream: bool,
    /// Whether something was not read that may define variables.
    pub(super) is_cut: bool,
    /// Directives that are evaluated at the end.
    pub(super) merged: Vec<(Name, Directive<'a>)>,
    /// In lower case.
    defined: FxHashSet<Vec<u8>>,
    seen: FxHashSet<Vec<u8>>,
    /// In the order of their first use.
    uses: Vec<Use<'a>>,
    /// How the names of variables begin that modules of other authors may bring.
    pub(super) foreign: FxHashSet<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn define(&mut self, name: &[u8]) {
        let name = lower(name);
        if !self.defined.contains(&*name) {
            self.defined.insert(name.into_owned());
        }
    }

    /// nginx evaluates a variable.
    pub(super) fn need(&mut self, name: &[u8], directive: Directive<'a>, word: usize) {
        let name = lower(name);
        if name.is_empty() || self.seen.contains(&*name) {
            return;
        }
        self.seen.insert(name.to_vec());
        // Those that every nginx has need not be kept.
        if !builtin(&name, self.is_stream).any(|one| one.origin == Origin::Oss && one.since.is_none()) {
            self.uses.push(Use { name: name.into_owned(), directive, word });
        }
    }

    /// Every variable that nobody defines.
    pub(super) fn report(&mut self, stack: &'a Stack, log: &mut Log) {
        let uses = std::mem::take(&mut self.uses);
        if self.is_cut || log.target.flavour == Some(Flavour::Fork) {
            return;
        }
        let target = log.target;
        let mut uses = uses;
        uses.retain(|one| !self.defined.contains(&one.name));
        if !uses.is_empty() {
            super::definition::of_strangers(stack, self);
        }
        let mut unknown = uses
            .into_iter()
            .filter(|one| !self.defined.contains(&one.name))
            .filter_map(|one| Some((self.lack(&one.name, &target)?, one)))
            .peekable();
        if unknown.peek().is_none() || has_foreign_directive(stack, &target) {
            return;
        }
        for (count, (lack, one)) in unknown.enumerate() {
            let message = format!("unknown \"{}\" variable", String::from_utf8_lossy(&one.name));
            let defect = match one.word {
                0 => Defect::Missing(Expected::What("a `set $memcached_key`")),
                _ => Defect::Undefined(Thing::Variable),
            };
            let fault = Fault { lack, ..Fault::new(defect, one.word, message) };
            let Some(emerg) = log.refuse_at(one.directive, None, fault) else { return };
            emerg.place = variable_in(stack, emerg.place, &one.name);
            if lack.is_none() && count < MAX_MEANT {
                emerg.meant = self.nearest(&one.name, &target).map(|name| Cow::Owned(format!("${name}")));
            }
        }
    }

    /// Whether the target surely lacks a variable that the configuration does not define, and why; `None`: it has it,
    /// or may have it.
    fn lack(&self, name: &[u8], target: &Target) -> Option<Option<Lack>> {
        let mut lack = None;
        for one in builtin(name, self.is_stream) {
            lack = Some(match one.origin {
                Origin::Oss => target.lacks(one.since, None),
                Origin::Plus => (target.is_plus() == Some(false)).then_some(Lack::Plus),
                Origin::ThirdParty => None,
            }?);
        }
        let beginning = name.split(|byte| *byte == b'_').next().unwrap_or_default();
        let is_foreign = self.foreign.iter().any(|foreign| foreign.as_bytes() == beginning);
        (!is_foreign).then_some(lack)
    }

    /// The variable that an unknown one is most likely a slip of.
    fn nearest(&self, name: &[u8], target: &Target) -> Option<String> {
        let name = std::str::from_utf8(name).ok()?;
        let limit = match name.len() {
            0..=2 => 0,
            3..=4 => 1,
            5..=9 => 2,
            _ => 3,
        };
        let builtin = variable::all().iter().filter(|one| {
            let is_here = if self.is_stream { one.stream } else { one.http };
            is_here && !one.prefix && one.origin == Origin::Oss && target.lacks(one.since, None).is_none()
        });
        let defined = self.defined.iter().filter_map(|name| std::str::from_utf8(name).ok());
        let ranked = defined.chain(builtin.map(|one| one.name)).filter_map(|known| {
            let is_near = known.len().abs_diff(name.len()) <= limit;
            let distance = if is_near { osa_distance(name, known) } else { usize::MAX };
            (distance <= limit).then_some((distance, known))
        });
        ranked.min().map(|(_, known)| known.to_owned())
    }
}

/// Where in a word a variable stands.
fn variable_in(stack: &Stack, word: Span, name: &[u8]) -> Span {
    let text = word.range().of(stack.sources.bytes(word.file));
    let dollars = memchr::memchr_iter(b'$', text);
    let found = dollars.filter_map(|at| {
        let rest = text.get(at + 1..)?;
        let (inner, bracket) = rest.strip_prefix(b"{").map_or((rest, 0), |inner| (inner, 1));
        let is_it = inner.get(..name.len())?.eq_ignore_ascii_case(name)
            && !inner.get(name.len()).is_some_and(|next| next.is_ascii_alphanumeric() || *next == b'_');
        is_it.then_some((at, at + 1 + name.len() + 2 * bracket))
    });
    let place = found.map(|(from, to)| (word.start + from as u32, word.start + to as u32)).next();
    place.map_or(word, |(start, end)| Span { start, end: end.min(word.end), ..word })
}

/// The variables of this name that modules bring.
pub(super) fn builtin(name: &[u8], is_stream: bool) -> impl Iterator<Item = &'static Variable> {
    let text = std::str::from_utf8(name).ok();
    let all = text.into_iter().flat_map(|text| variable::find(text).collect::<Vec<_>>());
    all.filter(move |one| if is_stream { one.stream } else { one.http })
        .filter(|one| !MADE.contains(&one.name))
}

/// Names of variables do not differ in case.
fn lower(name: &[u8]) -> Cow<'_, [u8]> {
    if name.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether the catalogue has the directives of a module that is loaded.
pub(super) fn is_known_module(load: Directive<'_>) -> bool {
    let Some(file) = load.arg(0) else { return true };
    let text = file.text();
    let stem = text.rsplit('/').next().unwrap_or_default().trim_end_matches(".so");
    let is_section = matches!(stem, "ngx_stream_module" | "ngx_mail_module" | "ndk_http_module");
    is_section || MODULES.contains(stem)
}

/// The modules that the catalogue knows.
static MODULES: std::sync::LazyLock<FxHashSet<&'static str>> = std::sync::LazyLock::new(|| {
    let known = gatelint_catalog::nginx::names().filter_map(|name| Name::find(name.as_bytes()));
    known.flat_map(|name| name.directives()).map(|directive| directive.module).collect()
});

/// Whether a directive stands somewhere that no module of the catalogue has and that is no slip of one: its module may
/// bring variables.
fn has_foreign_directive(stack: &Stack, target: &Target) -> bool {
    let mut told: FxHashMap<Vec<u8>, bool> = FxHashMap::default();
    stack.nginx.named(NameId::unknown()).iter().any(|place| {
        let directive = Directive { stack, id: *place };
        let kind = directive.scope().kind();
        if super::is_http(kind).is_none() {
            return false;
        }
        let Some(written) = directive.written() else { return false };
        let is_name = written.value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        is_name
            && *told
                .entry(written.value.into_owned())
                .or_insert_with_key(|name| name.contains(&b'_') && meant::meant(name, kind, target).is_none())
    })
}
