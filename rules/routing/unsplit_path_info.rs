//! Path info that stays in the script's name, and PHP that does not look for it there.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::Scope;

use super::script::{directory, value};
use crate::edit::{self, Mend};
use crate::log;
use crate::params::list::{List, script_lists};
use crate::say::passed_requests;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "unsplit-path-info",
    summary: "a location passes `/x.php/y` as the script's name while `cgi.fix_pathinfo` is off",
    level: Level::Error,
    covers: &["H22"],
    since: "0.1.0",
    page: include_str!("unsplit_path_info.md"),
    check,
};

/// What gives PHP the script and the rest apart.
const SPLIT: [&str; 2] =
    ["fastcgi_split_path_info ^(.+?\\.php)(/.*)$;", "fastcgi_param PATH_INFO $fastcgi_path_info;"];

/// A URI with path info, as a request may bring it.
const SAMPLE: &[u8] = b"/index.php/x";

fn check(stack: &Stack, out: &mut Findings) {
    out.extend(script_lists(stack).filter_map(|list| finding(&list)));
}

/// Whether the location's own text takes path info behind a script, and the script alone too.
pub(crate) fn takes_path_info(location: Scope<'_>) -> bool {
    let takes = |uri| location.location_takes(uri) == Some(true);
    let is_chosen = || {
        let server = location.enclosing(gatelint_model::nginx::ContextKind::Server);
        server.is_some_and(|server| server.location_for(SAMPLE).known() == Some(&Some(location)))
    };
    location.location_match().is_some_and(|way| way.is_regex())
        && takes(SAMPLE)
        && !takes(b"/index.html")
        && is_chosen()
}

fn finding(list: &List<'_>) -> Option<Finding> {
    let location = list.pass.location().filter(|location| location.is_whole_to_server())?;
    let line = list.get("SCRIPT_FILENAME")?;
    let value = value(line)?;
    let is_whole_uri = directory(&value).is_some() || value == b"$request_filename";
    let is_changed = ["try_files", "rewrite"].iter().any(|name| location.own(name).len() > 0);
    let uses_split = value.ends_with(b"$fastcgi_script_name");
    let splits = uses_split && location.effective("fastcgi_split_path_info").is_some();
    if !is_whole_uri || is_changed || splits || !takes_path_info(location) {
        return None;
    }
    let params = list.pass.php_params();
    let (pool, setting) = list.pass.pools().find_map(|(_, pool)| {
        let setting = pool.php(params, "cgi.fix_pathinfo");
        (setting.flag() == Some(false)).then_some((pool, setting))
    })?;
    let allowed = pool.pool.limit_extensions();
    let (status, log) = match &allowed {
        // fpm_php_limit_extensions() looks at the end of the whole path.
        Some(_) => (
            403,
            format!(
                "FastCGI sent in stderr: \"Access to the script '{}' has been denied (see security.limit_extensions)\" \
                 while reading response header from upstream",
                script(location)
            ),
        ),
        None => (404, log::NO_SCRIPT.replace("Primary script unknown", "Unable to open primary script")),
    };
    let at = location.opener().and_then(|opener| opener.args().last()).map(|arg| arg.span)?;
    let mut finding = Finding::new(&RULE, at, "path info is passed to PHP as part of the script's name")
        .label(format!("{} that go on behind `.php` end as {status}", passed_requests(list.pass)))
        .predict(Prediction::answers(status, log))
        .suggest(
            "add `fastcgi_split_path_info ^(.+?\\.php)(/.*)$;` and `fastcgi_param PATH_INFO $fastcgi_path_info;`",
            if list.scope == location { edit::append(location, &SPLIT) } else { Vec::new() },
        )
        .help("or end the pattern with `\\.php$`");
    if let Some(span) = setting.origin.span() {
        finding = finding.related(span, "so PHP looks for no path info there");
    }
    Some(finding.related(line.span(), "the whole URI"))
}

/// The script as PHP names it for the sample.
fn script(location: Scope<'_>) -> String {
    let file = location.file_of(SAMPLE);
    let path =
        file.map_or_else(|| String::from_utf8_lossy(SAMPLE).into_owned(), |path| path.display().to_string());
    crate::say::clip(&path)
}
