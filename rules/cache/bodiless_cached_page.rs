//! Answers to HEAD that are cached for GET.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Family, Part, parts};

use super::cached::{Cached, passes};
use crate::by_place::ByPlace;
use crate::say::passed_requests;

pub(crate) const RULE: Rule = Rule {
    name: "bodiless-cached-page",
    summary: "a HEAD request puts an empty page into the cache, and GET gets it",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("bodiless_cached_page.md"),
    check,
};

/// An empty page that is gone after so many seconds is hardly noticed.
const SHORT: u64 = 60;

/// Variables that are the same for HEAD and GET.
const SAME: [&[u8]; 15] = [
    b"scheme",
    b"host",
    b"http_host",
    b"server_name",
    b"server_port",
    b"request_uri",
    b"uri",
    b"document_uri",
    b"args",
    b"is_args",
    b"query_string",
    b"https",
    b"fastcgi_script_name",
    b"request_filename",
    b"document_root",
];

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for cached in passes(stack).filter(|cached| is_blind(*cached)) {
        if let (Some(key), Some((seconds, valid))) =
            (cached.effective("key"), cached.valid(200).filter(|(time, _)| *time > 0))
        {
            found.add(key.span(), (cached, key, seconds, valid));
        }
    }
    out.extend(found.iter().map(|((cached, key, seconds, valid), _)| {
        let name = cached.directive("key");
        Finding::new(&RULE, key.value_span(), format!("`{name}` is the same for HEAD and GET"))
            .level(if *seconds < SHORT { Level::Info } else { Level::Warning })
            .label(format!(
                "{} get an empty page once somebody has asked for it with HEAD",
                passed_requests(cached.pass)
            ))
            .related(valid.span(), "pages are kept this long")
            .note("PHP sends no body for HEAD, and nginx asks it with the visitor's own method")
            .help(format!("{name} \"$scheme$request_method$host$request_uri\";"))
            .predict(Prediction::answers(200, ""))
    }));
}

/// Whether the key does not know the method. Of the families only proxy asks with GET in place of HEAD
/// (`proxy_cache_convert_head`).
fn is_blind(cached: Cached<'_>) -> bool {
    let is_same = |part: &Part<'_>| match part {
        Part::Literal(_) => true,
        Part::Variable(name) => SAME.iter().any(|same| name.eq_ignore_ascii_case(same)),
    };
    let has_uri = |part: &Part<'_>| matches!(part, Part::Variable(name) if [&b"request_uri"[..], b"uri", b"document_uri"].contains(name));
    let value = cached.effective("key").and_then(|key| key.arg(0));
    let guards = format!("{}_no_cache", cached.pass.family().prefix());
    let is_guarded = cached.pass.scope().effective(&guards).is_some_and(|lines| {
        lines.directives.iter().any(|line| line.args().any(|arg| arg.text().contains("method")))
    });
    cached.pass.family() == Family::Fastcgi
        && !is_guarded
        && value.is_some_and(|value| {
            let parts = parts(&value.value);
            parts.iter().all(is_same) && parts.iter().any(has_uri)
        })
}
