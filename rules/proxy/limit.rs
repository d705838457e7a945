//! `limit_req` and `limit_conn`: which zone, which key, how much.

use gatelint_lint::Stack;
use gatelint_model::nginx::{Arg, ContextKind, Directive, Part, Scope, number, parts};

/// A zone that limits count in.
pub(super) struct Zone<'a> {
    /// `limit_req_zone` or `limit_conn_zone`.
    pub(super) by: Directive<'a>,
}

/// The value of a parameter such as `rate=`.
fn parameter<'a>(directive: Directive<'a>, name: &str) -> Option<(String, Arg<'a>)> {
    directive.args().find_map(|arg| {
        let value = arg.text().strip_prefix(name)?.to_owned();
        Some((value, arg))
    })
}

/// What a limit says of itself.
pub(super) struct Limit<'a> {
    /// `limit_req` or `limit_conn`.
    pub(super) by: Directive<'a>,
    /// The name of its zone.
    pub(super) name: String,
    /// The zone.
    pub(super) zone: Zone<'a>,
}

/// Every limit of one kind (`limit_req`, `limit_conn`) of http whose zone is known.
pub(super) fn limits<'a>(stack: &'a Stack, kind: &'static str) -> Vec<Limit<'a>> {
    let zones = format!("{kind}_zone");
    let zones: Vec<(String, Directive<'a>)> = stack
        .directives(&zones)
        .filter(|by| by.scope().kind() == ContextKind::Http)
        .filter_map(|by| {
            let (value, _) = parameter(by, "zone=")?;
            Some((value.split(':').next().unwrap_or_default().to_owned(), by))
        })
        .collect();
    let all = stack.directives(kind).filter(|by| {
        matches!(by.scope().kind(), ContextKind::Http | ContextKind::Server | ContextKind::Location)
    });
    all.filter_map(|by| {
        let name = match kind {
            "limit_req" => parameter(by, "zone=")?.0,
            _ => by.arg(0)?.text().into_owned(),
        };
        let zone = zones.iter().find(|(own, _)| *own == name)?.1;
        Some(Limit { by, name, zone: Zone { by: zone } })
    })
    .collect()
}

/// Variables that are the same for all visitors of a site.
const SHARED: [&[u8]; 10] = [
    b"server_name",
    b"host",
    b"http_host",
    b"server_port",
    b"server_addr",
    b"scheme",
    b"hostname",
    b"nginx_version",
    b"server_protocol",
    b"ssl_server_name",
];

impl Zone<'_> {
    /// Whether its key is the same for all visitors of a site.
    pub(super) fn is_shared(&self) -> bool {
        let Some(key) = self.by.arg(0) else { return false };
        let all = parts(&key.value);
        let is_shared = |part: &Part<'_>| match part {
            Part::Literal(_) => true,
            Part::Variable(name) => SHARED.contains(name),
        };
        !all.is_empty() && all.iter().all(is_shared)
    }

    /// Requests in a thousand seconds, as `ngx_http_limit_req_zone()` reads `rate=`.
    pub(super) fn rate(&self) -> Option<u64> {
        let (rate, _) = parameter(self.by, "rate=")?;
        let (digits, seconds) = match (rate.strip_suffix("r/s"), rate.strip_suffix("r/m")) {
            (Some(digits), _) => (digits, 1),
            (_, Some(digits)) => (digits, 60),
            _ => (rate.as_str(), 1),
        };
        number::integer(digits.as_bytes())?.checked_mul(1000).map(|rate| rate / seconds)
    }

    /// The rate as written.
    pub(super) fn rate_text(&self) -> String {
        parameter(self.by, "rate=").map(|(rate, _)| rate).unwrap_or_default()
    }
}

impl Limit<'_> {
    /// How many requests may wait or go at once beyond the rate.
    pub(super) fn burst(&self) -> Option<u64> {
        match parameter(self.by, "burst=") {
            Some((burst, _)) => number::integer(burst.as_bytes()),
            None => Some(0),
        }
    }

    /// How many connections `limit_conn` lets in.
    pub(super) fn connections(&self) -> Option<u64> {
        number::integer(&self.by.arg(1)?.value)
    }

    /// Whether nothing is refused.
    pub(super) fn is_dry(&self, kind: &str) -> bool {
        self.by.scope().flag(&format!("{kind}_dry_run"), false).is_none_or(|dry| dry.value)
    }

    /// The status of what is refused; `None` where it is not readable.
    pub(super) fn status(&self, kind: &str) -> Option<u16> {
        match self.by.scope().effective(&format!("{kind}_status")) {
            None => Some(503),
            Some(set) => set.last()?.arg(0)?.text().parse().ok(),
        }
    }

    /// Whether it holds for whole sites: in http, a server, or the location `/`.
    pub(super) fn is_wide(&self) -> bool {
        let scope = self.by.scope();
        // `return` answers before limits are asked.
        if scope.ancestors().any(|scope| scope.own("return").next().is_some()) {
            return false;
        }
        match scope.kind() {
            ContextKind::Location => takes_all(scope),
            _ => true,
        }
    }
}

/// Whether a location takes whatever no other takes, or every script.
fn takes_all(location: Scope<'_>) -> bool {
    use gatelint_model::nginx::Match;
    match location.location_match() {
        Some(Match::Prefix(text) | Match::PrefixOnly(text)) => text == b"/",
        Some(Match::Regex(_) | Match::RegexNoCase(_)) => {
            let takes = |uri: &[u8]| location.location_takes(uri) == Some(true);
            takes(b"/any/page.php") || takes(b"/any/page") && takes(b"/style.css")
        }
        _ => false,
    }
}
