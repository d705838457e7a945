//! Scripts that nginx passes and PHP-FPM will not run for their names.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Part, Pass, Scope, ScriptPath, parts};
use gatelint_syntax::Span;
use rustc_hash::{FxHashMap, FxHashSet};

use super::served::{Served, served};
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "denied-script-extension",
    summary: "nginx passes scripts whose extension `security.limit_extensions` of the pool leaves out",
    level: Level::Error,
    covers: &["F9"],
    since: "0.1.0",
    page: include_str!("denied_script_extension.md"),
    check,
};

/// Extensions that people hand to PHP.
const KNOWN: [&str; 21] = [
    ".php", ".php3", ".php4", ".php5", ".php7", ".php8", ".phtml", ".phtm", ".pht", ".phps", ".phar",
    ".html", ".htm", ".shtml", ".inc", ".xml", ".rss", ".js", ".css", ".ctp", ".tpl",
];

fn check(stack: &Stack, out: &mut Findings) {
    let mut said = FxHashSet::default();
    let mut texts = Texts::default();
    for way in served(stack) {
        let Some(allowed) = way.to.pool.limit_extensions() else { continue };
        let denies = |name: &str| !allowed.iter().any(|one| name.ends_with(one.as_str()));
        let Some(script) = way.pass.script() else { continue };
        if !script.is_by_uri {
            let name = script.start.rsplit('/').next().unwrap_or_default();
            // Without an extension it is mostly a page of PHP-FPM's own: `/status`, `/ping`.
            let Some(extension) = name.rfind('.').and_then(|dot| name.get(dot..)) else { continue };
            let is_denied = denies(&script.start) && said.insert(script.by.span());
            out.extend(is_denied.then(|| fixed(&way, &script, extension, &allowed)));
            continue;
        }
        let Some(location) = way.pass.location() else { continue };
        let taken = texts.extensions(location);
        let denied = taken
            .iter()
            .copied()
            .filter(|one| asked_for(location, &script, one).is_some_and(|name| denies(&name)));
        let denied: Vec<&str> = denied.collect();
        let denied: Vec<&str> = denied.into_iter().filter(|one| arrives(way.pass, location, one)).collect();
        if let Some((first, place)) = denied.first().zip(place(location))
            && said.insert(place)
        {
            out.push(by_location(&way, place, first, denied.len() < taken.len(), &allowed));
        }
    }
}

/// What the texts of locations name; many locations have one text.
#[derive(Default)]
struct Texts {
    known: FxHashMap<Vec<u8>, Vec<&'static str>>,
}

impl Texts {
    /// The extensions that a regular expression takes by name: one that takes any name says nothing.
    fn extensions(&mut self, location: Scope<'_>) -> Vec<&'static str> {
        let Some(pattern) = location.location_match().filter(|by| by.is_regex()) else {
            return Vec::new();
        };
        let takes = |end: &str| location.location_takes(format!("/x{end}").as_bytes()) == Some(true);
        let extensions =
            || if takes(".any") { Vec::new() } else { KNOWN.into_iter().filter(|one| takes(one)).collect() };
        self.known.entry(pattern.text().to_vec()).or_insert_with(extensions).clone()
    }
}

/// Whether a request for such a script comes to this location and no other.
fn arrives(pass: Pass<'_>, location: Scope<'_>, extension: &str) -> bool {
    let chosen = pass.server().map(|server| server.location_for(format!("/x{extension}").as_bytes()));
    chosen.and_then(|chosen| chosen.known().copied().flatten()) == Some(location)
}

/// The script that a request for such a name asks PHP-FPM for: `fastcgi_split_path_info` may take its end for
/// PATH_INFO. `None` where only run time tells.
fn asked_for(location: Scope<'_>, script: &ScriptPath<'_>, extension: &str) -> Option<String> {
    let name = format!("/x{extension}");
    let is_split = script.by.arg(1).is_some_and(|arg| {
        parts(&arg.value).iter().any(
            |part| matches!(part, Part::Variable(name) if name.eq_ignore_ascii_case(b"fastcgi_script_name")),
        )
    });
    let by = location.effective("fastcgi_split_path_info").and_then(|found| found.last());
    let Some(by) = by.filter(|_| is_split) else { return Some(name) };
    let groups = location.captures(&by.arg(0)?.value, false, name.as_bytes())?;
    let first = groups.and_then(|groups| groups.into_iter().next());
    Some(first.map_or(name, |first| String::from_utf8_lossy(&first).into_owned()))
}

/// The pattern of a location.
fn place(location: Scope<'_>) -> Option<Span> {
    location.opener()?.args().last().map(|arg| arg.span)
}

fn by_location(way: &Served<'_>, at: Span, extension: &str, is_part: bool, allowed: &[String]) -> Finding {
    let pool = clip(&way.to.pool.name);
    let root = way.pass.script().map(|script| script.start).unwrap_or_default();
    let finding = Finding::new(&RULE, at, format!("pool `{pool}` runs no script that ends in `{extension}`"))
        .label(format!("requests for `*{extension}` end as 403 `Access denied.`"));
    let finding = if is_part { finding.level(Level::Warning) } else { finding };
    with_evidence(finding, way, extension, &format!("{root}/x{extension}"), allowed)
}

fn fixed(way: &Served<'_>, script: &ScriptPath<'_>, extension: &str, allowed: &[String]) -> Finding {
    let pool = clip(&way.to.pool.name);
    let message = format!("pool `{pool}` does not run `{}` for its extension", clip(&script.start));
    let finding = Finding::new(&RULE, script.by.span(), message)
        .label(format!("{} end as 403 `Access denied.`", passed_requests(way.pass)));
    with_evidence(finding, way, extension, &script.start, allowed)
}

fn with_evidence(
    finding: Finding,
    way: &Served<'_>,
    extension: &str,
    script: &str,
    allowed: &[String],
) -> Finding {
    let log = format!(
        "FastCGI sent in stderr: \"Access to the script '{}' has been denied (see security.limit_extensions)\" while reading response header from upstream",
        clip(script)
    );
    let list = clip(&allowed.join(" "));
    let finding = finding.predict(Prediction::answers(403, log));
    let finding = match way.to.pool.get("security.limit_extensions") {
        Some(setting) => finding.related(setting.at(), "the extensions that the pool runs"),
        None => finding.related(
            way.to.pool.header,
            format!("`security.limit_extensions` is not set here: the default is `{list}`"),
        ),
    };
    let line = format!("security.limit_extensions = {} {extension}", allowed.join(" "));
    finding.suggest(
        format!("in the pool: security.limit_extensions = {list} {extension}"),
        edit::assign(way.pass.directive().stack(), way.to.pool, &line),
    )
}
