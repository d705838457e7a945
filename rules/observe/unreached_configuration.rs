//! Vhosts and pools that lie where includes look, under a name that none takes.

use std::collections::HashSet;

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule, Stack};
use gatelint_model::nginx::{Directive, Scope};
use gatelint_model::unreached::{Holds, IdleServer, Unreached};
use gatelint_model::{Address, HostName, Value};
use gatelint_syntax::Span;

use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "unreached-configuration",
    summary: "a vhost or a pool lies where the includes look, and none of them takes its name",
    level: Level::Warning,
    covers: &["N8"],
    since: "0.1.0",
    page: include_str!("unreached_configuration.md"),
    check,
};

/// Directories whose files are meant to be in use.
const IN_USE: [&str; 5] = ["conf.d", "sites-enabled", "http.d", "vhosts.d", "vhost.d"];

fn check(stack: &Stack, out: &mut Findings) {
    if stack.unreached.is_empty() {
        return;
    }
    let names = stack.directives("server_name").flat_map(Directive::args);
    let served: HashSet<String> = names.map(|arg| arg.text().to_ascii_lowercase()).collect();
    for file in &stack.unreached {
        let Some(name) = file_name(stack, file) else { continue };
        match &file.holds {
            Holds::Servers(servers) => out.extend(of_servers(stack, file, &name, servers, &served)),
            Holds::Pool(pool, at) => out.extend(of_pool(stack, file, &name, pool, *at)),
        }
    }
}

fn file_name(stack: &Stack, file: &Unreached) -> Option<String> {
    let path = stack.sources.get(file.file)?.file();
    Some(path.file_name()?.to_string_lossy().into_owned())
}

/// Whether a name says that the file is kept and not used: `shop.conf.2024`, `shop.conf_old`, `shop.inc`.
fn is_kept(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words: Vec<String> = say::words(&lower).collect();
    let says = [
        "inc", "include", "snippet", "tpl", "template", "tmpl", "j2", "erb", "txt", "md", "old", "orig",
        "save",
    ];
    let more =
        ["bak", "backup", "disabled", "off", "example", "sample", "copy", "test", "unused", "deprecated"];
    let ends_otherwise = lower.find(".conf").is_some_and(|at| at + ".conf".len() < lower.len());
    ends_otherwise || words.iter().any(|word| says.contains(&word.as_str()) || more.contains(&word.as_str()))
}

fn of_servers(
    stack: &Stack,
    file: &Unreached,
    name: &str,
    servers: &[IdleServer],
    served: &HashSet<String>,
) -> Option<Finding> {
    let first = servers.first()?;
    let new = servers
        .iter()
        .find_map(|server| Some((server, server.names.iter().find(|(name, _)| !served.contains(name))?)));
    let at = new.map_or(first.at, |(_, (_, span))| *span);
    let message = format!("no `include` takes `{}`", say::clip(name));
    let mut finding = Finding::new(&RULE, at, message);
    if let Some(passed_by) = &file.passed_by {
        finding = finding.related(
            passed_by.at,
            format!("takes `{}` alone of this directory", say::clip(&passed_by.pattern)),
        );
    }
    let is_meant = file.passed_by.is_some() || is_in_use(stack, file) && !reads_beside(stack, file);
    let Some((server, (host, _))) = new.filter(|_| is_meant && !is_kept(name)) else {
        return Some(finding.level(Level::Info).label("nginx does not have this server"));
    };
    let host = say::clip(host);
    finding = finding.label(format!("requests for `{host}` get another server"));
    let suffix = file.passed_by.as_ref().and_then(|by| by.pattern.strip_prefix('*'));
    if let Some(end) = suffix.filter(|end| !end.is_empty() && !end.contains(['*', '?', '['])) {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        finding = finding.help(format!("mv {} {}", say::clip(name), say::clip(&format!("{stem}{end}"))));
    }
    let answer = server.ports.iter().find_map(|port| answering(stack, *port, &host));
    Some(match answer {
        Some((other, status)) => {
            let place = other.opener().map(|opener| opener.name_span());
            let finding = match place {
                Some(place) => finding.related(place, format!("this server answers for `{host}`")),
                None => finding,
            };
            match status {
                Some(status) => finding.predict(Prediction::answers(status, "")),
                None => finding.confidence(Confidence::Medium),
            }
        }
        None => finding.confidence(Confidence::Medium),
    })
}

/// Whether the directory's name says that its files are in use.
fn is_in_use(stack: &Stack, file: &Unreached) -> bool {
    let dirs =
        stack.sources.get(file.file).into_iter().flat_map(|source| source.file().ancestors().skip(1).take(2));
    dirs.filter_map(std::path::Path::file_name).any(|dir| IN_USE.iter().any(|name| dir == *name))
}

/// Whether files of the same directory are read by their names: then the choice is deliberate.
fn reads_beside(stack: &Stack, file: &Unreached) -> bool {
    let Some(dir) = stack.sources.get(file.file).and_then(|source| source.path.parent()) else { return true };
    stack.sources.iter().any(|(_, source)| source.path.parent() == Some(dir))
}

/// The server that answers for a host of an unread file, and its status where that is fixed.
fn answering<'a>(stack: &'a Stack, port: u16, host: &str) -> Option<(Scope<'a>, Option<u16>)> {
    let address = Address::Tcp(HostName::new("127.0.0.1"), port);
    let Value::Known(Some(server)) = stack.server_for(&address, host) else { return None };
    let own = |scope: Scope<'a>| scope.own("return").next()?.arg(0)?.text().parse::<u16>().ok();
    let in_root = || match server.location_for(b"/") {
        Value::Known(Some(location)) => own(location).or_else(|| {
            let last = location.own("try_files").next()?.args().last()?;
            last.text().strip_prefix('=')?.parse().ok()
        }),
        _ => None,
    };
    // 444 closes the connection.
    Some((server, own(server).or_else(in_root).filter(|status| *status != 444)))
}

fn of_pool(stack: &Stack, file: &Unreached, name: &str, pool: &str, at: Span) -> Option<Finding> {
    let is_there = stack.fpm.pools().any(|(_, own)| own.name.eq_ignore_ascii_case(pool));
    let finding = Finding::new(&RULE, at, format!("no `include` takes `{}`", say::clip(name)));
    let Some(passed_by) = file.passed_by.as_ref().filter(|_| !is_there && !is_kept(name)) else {
        return Some(finding.level(Level::Info).label("php-fpm does not have this pool"));
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Some(
        finding
            .label(format!("php-fpm does not start pool `{}`: nobody listens for it", say::clip(pool)))
            .related(
                passed_by.at,
                format!("takes `{}` alone of this directory", say::clip(&passed_by.pattern)),
            )
            .help(format!("mv {} {}", say::clip(name), say::clip(&format!("{stem}.conf")))),
    )
}
