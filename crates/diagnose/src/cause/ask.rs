//! The directive that decides, where no finding foretold the line.

use gatelint_model::address::normal_path;
use gatelint_model::fpm::{Bind, PhpOrigin};
use gatelint_model::nginx::{Directive, Effective, ListenAddress, Scope};
use gatelint_model::{HostName, Stack};
use gatelint_syntax::Span;

use super::{Cause, place};
use crate::case::{Case, main_of};
use crate::dictionary::Ask;

/// The most places that one question is answered with.
const MAX_PLACES: usize = 4;

/// The places that a question leads to, the likeliest first.
pub(crate) fn ask(case: &Case<'_>, question: Ask) -> Vec<Cause> {
    let mut found = match question {
        Ask::Family(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("{}_{name}", case.family())).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            case.pass.map_or(Vec::new(), |pass| settings(pass.scope(), &names, pass.span()))
        }
        Ask::Here(names) => case.scope().map_or(Vec::new(), |scope| settings(scope, names, anchor(scope))),
        Ask::Least(name) => least(case, name),
        Ask::Address => address(case),
        Ask::Listener => listeners(case),
        Ask::Pool(keys) => pool(case, keys, true),
        Ask::Set(keys) => pool(case, keys, false),
        Ask::Php(name) => php(case, name).into_iter().collect(),
        Ask::Main(names) => outside(case, names),
        Ask::Group => group(case),
        Ask::Cycle => cycle(case),
        Ask::Zone(name) => zone(case, name),
        Ask::Bound => bound(case),
        Ask::Place => {
            let at = place::named(case.stack, &case.message);
            at.map(|at| Cause::new(at, "the line that the program names")).into_iter().collect()
        }
        Ask::Refusal => refusal(case),
        Ask::Server => case
            .server
            .map(|server| Cause::new(anchor(server), "the server that answers"))
            .into_iter()
            .collect(),
    };
    found.truncate(MAX_PLACES);
    found
}

/// Where a block begins.
fn anchor(scope: Scope<'_>) -> Span {
    scope.opener().map(Directive::span).unwrap_or_else(|| {
        let first = scope.blocks().next().and_then(|block| block.opener()).map(Directive::span);
        first.or_else(|| scope.directives().next().map(Directive::span)).unwrap_or(Span {
            file: gatelint_syntax::FileId(0),
            start: 0,
            end: 0,
        })
    })
}

fn written(stack: &Stack, span: Span) -> String {
    String::from_utf8_lossy(stack.sources.text(span)).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The line of an array that a name like `fastcgi_param SCRIPT_FILENAME` means, else the last one.
fn line<'a>(effective: &Effective<'a>, key: Option<&str>) -> Option<Directive<'a>> {
    match key {
        Some(key) => {
            let is_it = |by: &&Directive<'a>| by.arg(0).is_some_and(|arg| *arg.value == *key.as_bytes());
            effective.directives.iter().rev().find(is_it).copied()
        }
        None => effective.last(),
    }
}

/// What is set of `names`; where nothing is, the default of the first one, at `fallback`.
fn settings(scope: Scope<'_>, names: &[&str], fallback: Span) -> Vec<Cause> {
    let mut found = Vec::new();
    for name in names {
        let (name, key) = name.split_once(' ').map_or((*name, None), |(name, key)| (name, Some(key)));
        let by = scope.effective(name).and_then(|effective| line(&effective, key));
        if let Some(by) = by {
            found.push(Cause::new(by.span(), format!("`{}` holds here", written(by.stack(), by.span()))));
        }
    }
    let first = names.first().copied().unwrap_or_default();
    let (bare, key) = first.split_once(' ').map_or((first, None), |(name, key)| (name, Some(key)));
    let is_first_set = scope.effective(bare).is_some_and(|effective| line(&effective, key).is_some());
    if !is_first_set && !first.is_empty() {
        let default = scope.default_of(bare).filter(|_| key.is_none());
        let text = match default {
            Some(default) => format!("`{first}` is not set: its default `{default}` holds"),
            None => format!("`{first}` is not set"),
        };
        found.insert(0, Cause::new(fallback, text));
    }
    found
}

/// The block on the way with the least limit.
fn least(case: &Case<'_>, name: &str) -> Vec<Cause> {
    let limits = case.blocks.iter().filter_map(|scope| {
        let setting = scope.size(name, 1 << 20)?;
        Some((setting.value, setting.by, *scope))
    });
    // 0 stands for none.
    let limited = limits.filter(|(value, ..)| *value > 0);
    let Some((_, by, scope)) = limited.min_by_key(|(value, ..)| *value) else {
        return case.scope().map_or(Vec::new(), |scope| settings(scope, &[name], anchor(scope)));
    };
    match by {
        Some(_) => settings(scope, &[name], anchor(scope)),
        None => vec![Cause::new(anchor(scope), format!("`{name}` is not set: its default `1m` holds"))],
    }
}

fn address(case: &Case<'_>) -> Vec<Cause> {
    let mut found = Vec::new();
    if let Some(at) = case.target {
        found.push(Cause::new(at, "nginx connects to what stands here"));
    }
    if let Some(pass) = case.pass
        && Some(pass.span()) != case.target
    {
        found.push(Cause::new(pass.span(), "the pass"));
    }
    if found.is_empty() {
        // A name that is looked up at run time: the passes with variables of that server.
        let variable = case.stack.passes().filter(|pass| pass.is_variable() && pass.server() == case.server);
        found.extend(variable.map(|pass| Cause::new(pass.span(), "the pass with a variable")));
    }
    found
}

fn listeners(case: &Case<'_>) -> Vec<Cause> {
    let of = |pool: &gatelint_model::links::PoolRef<'_>| {
        let listener = pool.pool.listener.as_ref()?;
        Some(Cause::new(listener.span, format!("pool `{}` listens here: is it running?", pool.pool.name)))
    };
    case.pools.iter().filter_map(of).collect()
}

/// What the pool sets of `keys`; where it sets none, and that is asked too, the pool.
fn pool(case: &Case<'_>, keys: &[&str], unset_too: bool) -> Vec<Cause> {
    let mut found = Vec::new();
    for pool in &case.pools {
        for key in keys {
            let set = pool.pool.get(key).or_else(|| pool.master.global.get(key));
            if let Some(set) = set {
                let text = written(case.stack, set.span);
                found.push(Cause::new(set.span, format!("`{text}` of pool `{}`", pool.pool.name)));
            }
        }
        if found.is_empty() && unset_too {
            let key = keys.first().copied().unwrap_or_default();
            found.push(Cause::new(
                pool.pool.header,
                format!("pool `{}` does not set `{key}`", pool.pool.name),
            ));
        }
    }
    if case.pools.is_empty() {
        let globals = case
            .stack
            .fpm
            .masters
            .iter()
            .filter_map(|master| keys.iter().find_map(|key| master.global.get(key)));
        found.extend(globals.map(|set| Cause::new(set.span, format!("`{}`", written(case.stack, set.span)))));
    }
    found
}

fn php(case: &Case<'_>, name: &str) -> Option<Cause> {
    let pool = case.pools.first()?;
    let params = case.pass.map(|pass| pass.php_params().clone()).unwrap_or_default();
    let setting = pool.php(&params, name);
    let value = setting.text().unwrap_or_default();
    let from = match setting.origin {
        PhpOrigin::Default => "PHP's default",
        PhpOrigin::Ini(_) => "php.ini",
        PhpOrigin::Pool(_) | PhpOrigin::PoolAdmin(_) => "the pool",
        PhpOrigin::User(_) => ".user.ini",
        PhpOrigin::Pass(_) => "the pass",
    };
    Some(match setting.origin.span() {
        Some(span) => Cause::new(span, format!("`{name}` is `{value}` here, by {from}")),
        None => Cause::new(pool.pool.header, format!("`{name}` is not set: PHP's default `{value}` holds")),
    })
}

/// Directives of the outermost block and of `events` and `http`.
fn outside(case: &Case<'_>, names: &[&str]) -> Vec<Cause> {
    let Some(main) = main_of(case.stack, case.scope()) else { return Vec::new() };
    let blocks: Vec<Scope<'_>> = std::iter::once(main).chain(main.blocks()).collect();
    let mut found = Vec::new();
    for name in names {
        let by = blocks.iter().find_map(|block| block.own(name).next_back());
        if let Some(by) = by {
            found.push(Cause::new(by.span(), format!("`{}`", written(case.stack, by.span()))));
        }
    }
    if found.is_empty() {
        let name = names.first().copied().unwrap_or_default();
        found.push(Cause::new(anchor(main), format!("`{name}` is not set")));
    }
    found
}

fn group(case: &Case<'_>) -> Vec<Cause> {
    let name = case.authority();
    let Some(upstream) = case.stack.upstream(&name, false) else { return Vec::new() };
    let head = upstream.name_span().map(|at| Cause::new(at, format!("the group `{}`", upstream.name())));
    let peers =
        upstream.peers().take(MAX_PLACES).map(|peer| Cause::new(peer.directive.span(), "one of its servers"));
    head.into_iter().chain(peers).collect()
}

fn cycle(case: &Case<'_>) -> Vec<Cause> {
    let target = case.message.split('"').nth(1).map(str::to_owned);
    let sends = |by: &Directive<'_>| {
        let last = by.args().last();
        last.is_some_and(|arg| target.as_deref().is_some_and(|to| arg.text().split('?').next() == Some(to)))
    };
    let server = case.server.into_iter();
    let mut blocks: Vec<Scope<'_>> = case.blocks.iter().rev().copied().chain(server).collect();
    blocks.dedup();
    let lines = || {
        blocks.iter().flat_map(|block| {
            ["try_files", "rewrite", "error_page", "index"].into_iter().flat_map(|name| block.own(name))
        })
    };
    let found: Vec<Directive<'_>> = lines().filter(sends).collect();
    let found = if found.is_empty() { lines().collect() } else { found };
    let mut seen = std::collections::HashSet::new();
    found
        .into_iter()
        .filter(|by| seen.insert(by.text_id()))
        .map(|by| Cause::new(by.span(), format!("`{}` sends it on", written(case.stack, by.span()))))
        .collect()
}

/// Directives called `name` that hold the name in quotes of the message, those of this request first.
fn zone(case: &Case<'_>, name: &str) -> Vec<Cause> {
    let Some(wanted) = case.message.split('"').nth(1) else { return Vec::new() };
    let is_it = |text: &str| {
        let value = text.split_once('=').map_or(text, |(_, value)| value);
        value.split(':').next() == Some(wanted)
    };
    let names = |by: &Directive<'_>| by.args().any(|arg| is_it(&arg.text()));
    let own = case
        .scope()
        .and_then(|scope| scope.effective(name))
        .map(|found| found.directives)
        .unwrap_or_default();
    let mut all: Vec<Directive<'_>> = own.into_iter().filter(names).collect();
    if all.is_empty() {
        let directives = if name == "keys_zone" {
            ["proxy_cache_path", "fastcgi_cache_path", "limit_req_zone", "limit_conn_zone"].as_slice()
        } else {
            &[name][..]
        };
        all = directives.iter().flat_map(|name| case.stack.directives(name)).filter(names).collect();
    }
    all.into_iter().map(|by| Cause::new(by.span(), format!("`{}`", written(case.stack, by.span())))).collect()
}

/// The `listen`s, of nginx and of pools, of the address that a message names.
fn bound(case: &Case<'_>) -> Vec<Cause> {
    let message = &*case.message;
    let named = message.split_once("bind() to ").map(|(_, rest)| rest.split(' ').next().unwrap_or_default());
    let quoted = message.split('\'').nth(1);
    let last = message.split_once("listen on ").map(|(_, rest)| rest.trim());
    let Some(address) = named.or(quoted).or(last) else { return Vec::new() };
    let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let mut found = Vec::new();
    let is_nginx = case.entry.program == crate::log::Program::Nginx;
    if is_nginx {
        for server in case.stack.servers() {
            for listen in server.listens() {
                let is_it = match (&listen.address, port) {
                    (ListenAddress::Tcp(host, own), Some(port)) => {
                        let host_of = address.rsplit_once(':').map_or(address, |(host, _)| host);
                        *own == port && (HostName::new(host_of) == *host || matches!(host, HostName::Name(_)))
                    }
                    (ListenAddress::Unix(path), None) => {
                        *path == normal_path(address.trim_start_matches("unix:"))
                    }
                    _ => false,
                };
                let at = listen.directive.map_or_else(|| anchor(server), Directive::span);
                if is_it && found.len() < MAX_PLACES {
                    found.push(Cause::new(at, "nginx wants the address here"));
                }
            }
        }
    }
    for (_, pool) in case.stack.fpm.pools() {
        let Some(listener) = &pool.listener else { continue };
        let is_it = match &listener.bind {
            Bind::Unix(path) => *path == normal_path(address),
            Bind::Any(own) | Bind::Ip(_, own) | Bind::Name(_, own) => Some(*own) == port,
        };
        if is_it {
            found.push(Cause::new(listener.span, format!("pool `{}` wants it here", pool.name)));
        }
    }
    found
}

/// What keeps the PHP-FPM from starting that the line is about.
fn refusal(case: &Case<'_>) -> Vec<Cause> {
    let of_pool = case.pools.first().map(|pool| pool.master);
    let is_fpm = case.entry.program == crate::log::Program::PhpFpm;
    let broken = case.stack.fpm.masters.iter().find(|master| !master.starts()).filter(|_| is_fpm);
    let master = of_pool.filter(|master| !master.starts()).or(broken);
    let refusal = master.and_then(|master| master.refusals.iter().find(|one| !one.is_likely));
    let text = |log: &str| format!("PHP-FPM does not start: {log}");
    let first = refusal.map(|one| Cause::new(one.primary, text(&one.log)));
    let others = refusal.into_iter().flat_map(|one| &one.places);
    first.into_iter().chain(others.map(|place| Cause::new(place.span, place.text.clone()))).collect()
}
