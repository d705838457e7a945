//! What a block does with a request that it takes: whether nginx looks for a file and sends it.

use std::sync::LazyLock;

use gatelint_catalog::nginx::{Name, names};

use super::effective::HANDLERS;
use super::sample;
use super::{ContextKind, Directive, Match, NameId, Scope, has_variables, parts, variables::Part};

/// Where a block looks for files: `root` or `alias`, whichever is nearest (`ngx_http_core_merge_loc_conf()`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentRoot<'a> {
    /// `root`.
    Root(Directive<'a>),
    /// `alias`.
    Alias(Directive<'a>),
    /// Neither: `html` below the directory that nginx was built for.
    Default,
}

/// What becomes of a URI in the block that takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// A file of that name is sent as it is.
    File,
    /// Something else answers: a pass, a `return`, a refusal, another location.
    Other,
    /// A condition, a rewrite or a module decides.
    Unknown,
}

/// Directives that answer in place of the file, besides the passes.
const ANSWERS: [&str; 6] = ["return", "stub_status", "empty_gif", "random_index", "internal", "dav_methods"];

/// Directives by which a script answers.
static MODULES: LazyLock<Vec<NameId>> = LazyLock::new(|| {
    let is_one = |text: &&str| text.contains("_by_lua") || *text == "perl";
    names().filter(is_one).filter_map(|text| Name::find(text.as_bytes())).map(NameId::known).collect()
});

/// What conditions of `if` ask about the client and not about the URI.
const ABOUT_THE_CLIENT: [&str; 5] = ["http_", "host", "scheme", "request_method", "https"];

impl<'a> DocumentRoot<'a> {
    /// The directive that says it.
    pub fn directive(self) -> Option<Directive<'a>> {
        match self {
            Self::Alias(directive) | Self::Root(directive) => Some(directive),
            Self::Default => None,
        }
    }
}

impl<'a> Scope<'a> {
    /// Where this block looks for files.
    pub fn document_root(self) -> DocumentRoot<'a> {
        for scope in self.ancestors() {
            if let Some(alias) = scope.own("alias").next_back() {
                return DocumentRoot::Alias(alias);
            }
            if let Some(root) = scope.own("root").next_back() {
                return DocumentRoot::Root(root);
            }
        }
        DocumentRoot::Default
    }

    /// Whether this server and all between it and this block was read.
    pub fn is_whole_to_server(self) -> bool {
        let mut inner = true;
        self.ancestors()
            .take_while(|scope| std::mem::replace(&mut inner, scope.kind() != ContextKind::Server))
            .all(Scope::is_whole)
    }

    /// Its pass or whatever else answers in place of a file, where it has one.
    pub fn handler(self) -> Option<Directive<'a>> {
        HANDLERS.iter().chain(&ANSWERS).find_map(|name| self.own(name).next_back())
    }

    /// What becomes of `uri`, which this location (or server, where no location takes it) handles.
    pub fn serving(self, uri: &[u8]) -> Serving {
        if self.handler().is_some() || self.is_denied() {
            return Serving::Other;
        }
        let server = self.enclosing(ContextKind::Server);
        let levels = [Some(self), server.filter(|server| *server != self)];
        for level in levels.into_iter().flatten() {
            if level.own("return").len() > 0 {
                return Serving::Other;
            }
            let is_open = !level.is_whole()
                || !level.own_ids(NameId::unknown()).is_empty()
                || MODULES.iter().any(|name| !level.own_ids(*name).is_empty());
            if is_open || level.rewrites(uri) || level.blocks().any(|block| block.is_deciding_if()) {
                return Serving::Unknown;
            }
        }
        let Some(tries) = self.own("try_files").next_back() else { return Serving::File };
        let tested: Vec<_> = tries.args().take(tries.args().len().saturating_sub(1)).collect();
        let is_uri = |arg: &super::Arg<'_>| matches!(&*arg.value, b"$uri" | b"$document_uri");
        if tested.iter().any(is_uri) {
            Serving::File
        } else if tested.iter().any(|arg| has_variables(&arg.value)) {
            Serving::Unknown
        } else {
            Serving::Other
        }
    }

    /// Whether everyone is refused, but for those that an `allow` names.
    fn is_denied(self) -> bool {
        let denies = self.effective("deny");
        denies.is_some_and(|denies| {
            denies.directives.iter().any(|deny| deny.arg(0).is_some_and(|arg| *arg.value == *b"all"))
        })
    }

    /// Whether a `rewrite` of this very block takes `uri`, or may do so.
    fn rewrites(self, uri: &[u8]) -> bool {
        self.own("rewrite").any(|rewrite| {
            rewrite.arg(0).is_none_or(|pattern| self.is_match(&pattern.value, uri) != Some(false))
        })
    }

    /// Whether `text` matches a case-sensitive regular expression; `None`: not known.
    pub fn is_match(self, pattern: &[u8], text: &[u8]) -> Option<bool> {
        self.stack.derived.patterns.is_match(pattern, false, text)
    }

    /// Whether it is an `if` that may answer or change the URI of a request, by more than who asks.
    fn is_deciding_if(self) -> bool {
        if !matches!(self.kind(), ContextKind::IfInServer | ContextKind::IfInLocation) {
            return false;
        }
        let acts = self.handler().is_some() || self.own("rewrite").len() > 0;
        let asks = self.opener().and_then(|opener| opener.arg(0));
        let about_client = asks.is_some_and(|asked| {
            let text = asked.text().trim_start_matches(['(', '$', ' ']).to_ascii_lowercase();
            ABOUT_THE_CLIENT.iter().any(|name| text.starts_with(name))
        });
        acts && !about_client
    }

    /// URIs that this location surely takes, other locations left aside: those of its own text.
    pub fn sample_uris(self) -> Vec<Vec<u8>> {
        let all = match self.location_match() {
            Some(Match::Exact(uri) | Match::Prefix(uri) | Match::PrefixOnly(uri)) => vec![uri.clone()],
            Some(Match::Regex(pattern) | Match::RegexNoCase(pattern)) => sample::samples(pattern),
            _ => Vec::new(),
        };
        all.into_iter().filter(|uri| self.location_takes(uri) == Some(true)).collect()
    }
}

/// The URI of an internal redirect as `try_files`, `rewrite` and `error_page` take it, without its arguments; `None`
/// where it holds variables or is none.
pub fn internal_uri(text: &[u8]) -> Option<Vec<u8>> {
    if text.first() != Some(&b'/') {
        return None;
    }
    let mut uri = Vec::new();
    for part in parts(text) {
        match part {
            Part::Literal(literal) => match literal.iter().position(|byte| *byte == b'?') {
                Some(end) => {
                    uri.extend_from_slice(literal.get(..end).unwrap_or_default());
                    break;
                }
                None => uri.extend_from_slice(literal),
            },
            Part::Variable(b"is_args") => break,
            Part::Variable(_) => return None,
        }
    }
    uri.starts_with(b"/").then_some(uri)
}
