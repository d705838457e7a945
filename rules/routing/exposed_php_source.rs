//! PHP scripts that nginx sends as they are.

use std::collections::HashSet;

use gatelint_lint::{Confidence, Edit, Finding, Findings, Level, Prediction, Rule, Safety, Stack};
use gatelint_model::nginx::{
    ContextKind, Directive, DocumentRoot, Family, Match, Scope, Serving, internal_uri,
};

use super::php_server::php_servers;
use super::probe::{self, Origin, Probe};
use super::unmatchable_location::never_matches;
use crate::edit::{self, Mend};
use crate::say::{clip, site};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "exposed-php-source",
    summary: "nginx sends a PHP script as it is: nothing runs it, and its source is downloaded",
    level: Level::Error,
    covers: &["H8", "H9", "H10", "H11", "H12"],
    since: "0.1.0",
    page: include_str!("exposed_php_source.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let passing: HashSet<_> = php_servers(stack).map(Scope::id).collect();
    for (server, probes) in probe::by_server(stack) {
        if !server.is_whole() || server.blocks_of(ContextKind::Location).any(never_matches) {
            continue;
        }
        let mut seen = HashSet::new();
        for probe in probes {
            let Some(found) = server.location_for(&probe.uri).known().copied() else { continue };
            let handles = found.unwrap_or(server);
            if seen.contains(&handles.id()) || !sends(handles, &probe.uri) {
                continue;
            }
            if let Some(finding) = finding(stack, server, handles, &probe, passing.contains(&server.id())) {
                seen.insert(handles.id());
                out.push(finding);
            }
        }
    }
    for tries in stack.directives("try_files") {
        out.extend(tested(stack, tries));
    }
}

fn sends(handles: Scope<'_>, uri: &[u8]) -> bool {
    handles.is_whole_to_server()
        && handles.document_root() != DocumentRoot::Default
        && handles.serving(uri) == Serving::File
}

fn finding(
    stack: &Stack,
    server: Scope<'_>,
    handles: Scope<'_>,
    probe: &Probe<'_>,
    runs_php: bool,
) -> Option<Finding> {
    let is_there = stack.has_file(handles, &probe.uri);
    let level = match (probe.origin, is_there) {
        (_, Some(false)) => return None,
        // A script that another location takes says nothing of this one.
        (Origin::Location | Origin::Area, _) if probe.scope != handles => return None,
        (Origin::Area, _) if !runs_php => return None,
        // Nothing but the tree says that it is to be served: it may be a leftover.
        (Origin::Found, _) if !runs_php => Level::Info,
        (Origin::Found, Some(true)) => Level::Warning,
        (_, Some(true)) | (Origin::Target, _) => Level::Error,
        (Origin::Location, None) if runs_php => Level::Error,
        (Origin::Area, None) if is_admin(&probe.uri) => Level::Warning,
        (Origin::Area, None) => return None,
        (Origin::Location, None) => Level::Warning,
        (Origin::Index, None) if runs_php => Level::Warning,
        (Origin::Index | Origin::Found, None) => Level::Info,
    };
    let uri = clip(&String::from_utf8_lossy(&probe.uri));
    let is_named =
        probe.origin != Origin::Location || matches!(handles.location_match(), Some(Match::Exact(_)));
    let name = if is_named { format!("`{uri}`") } else { "PHP scripts".into() };
    let message = match runs_php {
        true => format!("the source of {name} is sent: the block that takes it runs no PHP"),
        false => format!("the source of {name} is sent: nothing in this server runs PHP"),
    };
    let of = site(server).map(|site| format!(" of `{site}`")).unwrap_or_default();
    let mut finding = Finding::new(&RULE, probe.at, message)
        .level(level)
        .label(format!("requests for `{uri}`{of} end as a download of the script, and nothing is logged"))
        .predict(Prediction::answers(200, ""));
    if let Some(opener) = handles.opener().filter(|_| handles != probe.scope) {
        finding = finding.related(opener.span(), "takes the script and has no pass");
    }
    if is_there.is_none() {
        finding = finding.confidence(Confidence::Medium);
    }
    let inner = handles.parent().and_then(pass_of);
    Some(match (pass_of_server(stack, server), inner) {
        (_, Some(pass)) => {
            let edits = edit::append(handles, &[&format!("{pass};")]);
            finding.suggest(format!("an inner location inherits no pass: repeat `{pass};`"), edits)
        }
        (Some(pass), None) if runs_php => {
            let finding = finding.help(format!("add `{pass};` here too, or `return 404;`"));
            // A script that the configuration names is to run; of others nobody is to see the source.
            if matches!(probe.origin, Origin::Target | Origin::Index) {
                let edits = address_of(stack, server).map(|address| run(server, &address));
                return Some(finding.mend(Safety::Unsafe, "run PHP scripts", edits.unwrap_or_default()));
            }
            let is_exact = matches!(handles.location_match(), Some(Match::Exact(_)));
            let none: &[&str] = match is_exact {
                true => &["return 404;"],
                false => &["location ~ \\.php$ {", "    return 404;", "}"],
            };
            finding.mend(Safety::Unsafe, "answer scripts there with 404", edit::append(handles, none))
        }
        _ => {
            let pool = pool(stack);
            let address = pool.as_deref().unwrap_or("unix:/run/php/php-fpm.sock");
            let finding = finding.help(format!(
                "add `location ~ \\.php$ {{ include snippets/fastcgi-php.conf; fastcgi_pass {address}; }}`"
            ));
            let edits = pool.as_deref().map(|pool| run(server, pool));
            finding.mend(Safety::Unsafe, "run PHP scripts by the only pool", edits.unwrap_or_default())
        }
    })
}

/// A location that runs PHP scripts and nothing else, with parameters that every nginx brings.
fn run(server: Scope<'_>, address: &str) -> Vec<Edit> {
    let pass = format!("    fastcgi_pass {address};");
    let lines = [
        "location ~ \\.php$ {",
        "    try_files $uri =404;",
        "    include fastcgi_params;",
        "    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;",
        &pass,
        "}",
    ];
    edit::append(server, &lines)
}

/// What the PHP scripts of a server that run are passed to.
fn address_of(stack: &Stack, server: Scope<'_>) -> Option<String> {
    let pass = pass_of_server(stack, server)?;
    pass.strip_prefix("fastcgi_pass ").map(str::to_owned)
}

/// Where the only pool listens, as `fastcgi_pass` has it.
fn pool(stack: &Stack) -> Option<String> {
    let listens: Vec<String> =
        stack.fpm.pools().filter_map(|(_, pool)| Some(pool.get("listen")?.text()?.into_owned())).collect();
    match listens.as_slice() {
        [only] if only.starts_with('/') => Some(format!("unix:{only}")),
        [only] if only.contains(':') => Some(only.clone()),
        _ => None,
    }
}

/// Whether the name of an area says that an application is in it, and not files.
fn is_admin(uri: &[u8]) -> bool {
    uri.windows(5).any(|part| part.eq_ignore_ascii_case(b"admin"))
}

/// The text of the pass of a location.
fn pass_of(location: Scope<'_>) -> Option<String> {
    let pass = location.own("fastcgi_pass").next_back()?;
    Some(format!("fastcgi_pass {}", pass.arg(0)?.text()))
}

fn pass_of_server(stack: &Stack, server: Scope<'_>) -> Option<String> {
    let pass =
        stack.passes().find(|pass| pass.family() == Family::Fastcgi && pass.server() == Some(server))?;
    pass_of(pass.scope())
}

/// A script that `try_files` tests for before its last argument: it is sent by the very location.
fn tested(stack: &Stack, tries: Directive<'_>) -> Option<Finding> {
    let scope = tries.scope();
    let is_silent = || {
        scope.kind() != ContextKind::Location
            || !scope.is_whole_to_server()
            || scope.handler().is_some()
            || scope.document_root() == DocumentRoot::Default
    };
    let mut tested = tries.args().take(tries.args().len().saturating_sub(1));
    let (uri, arg) = tested.find_map(|arg| {
        let uri = internal_uri(&arg.value).filter(|uri| uri.ends_with(b".php"))?;
        (!is_silent() && stack.has_file(scope, &uri) != Some(false)).then_some((uri, arg))
    })?;
    let uri = clip(&String::from_utf8_lossy(&uri));
    let message = format!("`{uri}` is not the last argument of `try_files`: its source is sent");
    let mut finding = Finding::new(&RULE, arg.span, message)
        .label("every argument but the last is sent as a file by this very location, which runs no PHP")
        .predict(Prediction::answers(200, ""));
    if let Some(last) = tries.args().last() {
        finding = finding.related(last.span, "the last argument alone is a redirect to another location");
    }
    let meant = format!("try_files $uri {uri}$is_args$args");
    Some(finding.suggest(format!("let it be the last: `{meant};`"), edit::statement(tries, meant)))
}
