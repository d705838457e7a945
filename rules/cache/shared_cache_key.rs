//! Cache keys under which different pages are one.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Family, Match, Part, parts};

use super::cached::{Cached, passes};
use crate::by_place::ByPlace;
use crate::say::passed_requests;

pub(crate) const RULE: Rule = Rule {
    name: "shared-cache-key",
    summary: "every page of a location has the same cache key: visitors get each other's pages",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: include_str!("shared_cache_key.md"),
    check,
};

/// Variables that are the same for all pages of a site.
const SAME: [&[u8]; 14] = [
    b"scheme",
    b"host",
    b"http_host",
    b"server_name",
    b"request_method",
    b"proxy_host",
    b"proxy_port",
    b"server_port",
    b"server_addr",
    b"server_protocol",
    b"https",
    b"document_root",
    b"realpath_root",
    b"hostname",
];

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for cached in passes(stack).filter(|cached| is_shared(*cached)) {
        found.add(cached.effective("key").unwrap_or(cached.by).span(), cached);
    }
    out.extend(found.iter().map(|(cached, count)| finding(*cached, count)));
}

fn is_shared(cached: Cached<'_>) -> bool {
    let Some(key) = cached.effective("key") else {
        // `ngx_http_proxy_merge_loc_conf()` alone has a default.
        return cached.pass.family() != Family::Proxy;
    };
    // One page has one key.
    let is_one = cached
        .pass
        .location()
        .is_some_and(|location| matches!(location.location_match(), Some(Match::Exact(_))));
    let is_same = |part: &Part<'_>| match part {
        Part::Literal(_) => true,
        Part::Variable(name) => SAME.iter().any(|same| name.eq_ignore_ascii_case(same)),
    };
    !is_one && key.arg(0).is_some_and(|arg| parts(&arg.value).iter().all(is_same))
}

fn finding(cached: Cached<'_>, count: usize) -> Finding {
    let name = cached.directive("key");
    let key = cached.effective("key");
    let message = match key {
        Some(_) => format!("`{name}` has nothing of the URI in it"),
        None => format!("`{}` has no `{name}`", cached.by.name()),
    };
    let requests = passed_requests(cached.pass);
    // Without a time nothing is kept unless the application asks for it.
    let valid = cached.valid(200).filter(|(time, _)| *time > 0);
    let finding = Finding::new(&RULE, key.unwrap_or(cached.by).span(), message)
        .level(if valid.is_some() { Level::Error } else { Level::Warning })
        .label(format!("{requests} all get the page that was cached first"))
        .help(format!("{name} \"$scheme$request_method$host$request_uri\";"));
    let finding = match valid {
        Some((_, line)) => {
            finding.related(line.span(), "pages are kept").predict(Prediction::answers(200, ""))
        }
        None => finding.note("kept is what has a `Cache-Control`, `Expires` or `X-Accel-Expires` of its own"),
    };
    let finding = if key.is_some() { finding.related(cached.by.span(), "the cache") } else { finding };
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}
