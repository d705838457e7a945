//! `gatelint show URL`: who answers a request, and by which values.

use std::path::PathBuf;
use std::sync::Arc;

use gatelint_model::links::Reached;
use gatelint_model::nginx::{
    Choice, ChosenBy, ContextId, End, Pass, Request, Scope, Step, StepKind, Way, normal_uri, that_matter,
};
use gatelint_report::{Answer, Block, Failure, From, Row};

use super::sheet::{Sheet, name_of};
use super::{Asked, pool, tell};
use crate::args::Options;
use crate::facts;
use crate::gather::{Gathered, World, read};
use crate::progress::Progress;
use crate::settings::Store;

/// The most servers of a group that are named.
const MAX_TARGETS: usize = 16;

/// What a URL comes to.
///
/// # Errors
/// When it is none, or no configuration can be read.
pub(super) fn answer_of(
    url: &str,
    paths: &[PathBuf],
    asked: &Asked,
    options: &Options,
) -> Result<Answer, String> {
    let request = request(url, asked)?;
    let store = Arc::new(Store::new(options.settings(facts::replayed(options)?.map(Arc::new)))?);
    let gathered = read(paths, options, &store, &Progress::start(options))?;
    let Gathered { found: worlds, errors, passed_over, .. } = gathered;
    if worlds.is_empty() {
        let first = errors.into_iter().next();
        return Err(
            first.map_or("no configuration".to_owned(), |one| format!("{}: {}", one.path, one.message))
        );
    }
    let mut problems: Vec<Failure> = errors.into_iter().chain(passed_over).collect();
    let mut answer = Answer { version: 1, asked: format!("{} {url}", request.method), ..Answer::default() };
    for World { place, checked, .. } in &worlds {
        let stack = &checked.loaded.stack;
        problems.extend(
            stack
                .problems
                .iter()
                .map(|one| Failure { path: place.name(&one.path), message: one.message.clone() }),
        );
        let sheet = Sheet { stack, place };
        let choices = stack.choices(&request);
        if choices.len() > 1 {
            answer.notes.push(
                "the address that the client connects to decides which of these servers answers".into(),
            );
        }
        for choice in &choices {
            answer_choice(sheet, choice, &request, &mut answer);
        }
    }
    if answer.blocks.is_empty() {
        let way = if request.tls { "https" } else { "http" };
        answer.notes.push(format!("nothing of this nginx listens on port {} for {way}", request.port));
    }
    tell(&problems);
    Ok(answer)
}

/// Takes a URL apart.
fn request(url: &str, asked: &Asked) -> Result<Request, String> {
    let wrong = |what: &str| format!("{url}: {what}");
    let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("no URL"))?;
    let tls = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return Err(wrong("expected http:// or https://")),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let start = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(start);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = split_port(authority).ok_or_else(|| wrong("not a host and a port"))?;
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    let (path, args) = target.split_once('?').unwrap_or((&target, ""));
    let uri = normal_uri(path.as_bytes()).ok_or_else(|| wrong("nginx answers 400: not a path"))?;
    let mut headers = Vec::new();
    for header in &asked.header {
        let (name, value) = header.split_once(':').ok_or_else(|| wrong("a header is `NAME: VALUE`"))?;
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        headers.push((name, value.trim().as_bytes().to_vec()));
    }
    let named = headers.iter().find(|(name, _)| name == "host");
    let named = named.map(|(_, value)| String::from_utf8_lossy(value).to_ascii_lowercase());
    let named = named.and_then(|host| split_port(&host).map(|(host, _)| host.to_owned()));
    let host = named.unwrap_or_else(|| host.to_ascii_lowercase());
    if host.is_empty() {
        return Err(wrong("no host"));
    }
    Ok(Request {
        tls,
        host: host.trim_end_matches('.').to_owned(),
        port: port.unwrap_or(if tls { 443 } else { 80 }),
        method: asked.method.to_ascii_uppercase(),
        uri,
        request_uri: target.clone().into_bytes(),
        args: args.as_bytes().to_vec(),
        headers: (!headers.is_empty()).then_some(headers),
    })
}

/// `host:port`, `[::1]:port`; `None` where the port is no number.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => return Some((authority, None)),
    };
    if port.is_empty() { Some((host, None)) } else { Some((host, Some(port.parse().ok()?))) }
}

fn answer_choice(sheet: Sheet<'_>, choice: &Choice<'_>, request: &Request, answer: &mut Answer) {
    let Some(server) = choice.server else {
        let rows = vec![sheet.row("server", "a name that is filled in later decides", None)];
        answer.blocks.push(Block { kind: "server", title: "server".into(), rows });
        return;
    };
    let mut rows = Vec::new();
    for listen in &choice.listens {
        match listen.directive {
            Some(by) => rows.push(sheet.directive(by)),
            None => rows.push(Row { name: "listen".into(), value: "*:80".into(), from: From::Default }),
        }
    }
    match &choice.by {
        ChosenBy::Name(arg) => rows.push(sheet.row("server_name", arg.text(), Some(arg.span))),
        ChosenBy::Default => {
            let marked = choice.listens.iter().find(|one| one.has("default_server") || one.has("default"));
            let value = match marked {
                Some(_) => "no name fits: it is the default server",
                None => "no name fits: it is the first server of this address",
            };
            rows.push(sheet.row("chosen", value, server.opener().map(|by| by.span())));
        }
    }
    let title = name_of(server);
    answer.blocks.push(Block { kind: "server", title, rows });
    let speaks_tls = choice.listens.iter().any(|listen| listen.is_tls());
    if !choice.listens.is_empty() && speaks_tls != request.tls {
        answer.notes.push(match request.tls {
            true => "no TLS is spoken on this port: the client sees a handshake that fails".to_owned(),
            false => "TLS is spoken on this port: nginx answers plain HTTP with 400".to_owned(),
        });
        return;
    }
    let ways = server.ways(request);
    let count = ways.all.len();
    if count > 1 {
        answer
            .notes
            .push("what only run time knows is taken both ways; `?` marks what is assumed".to_owned());
    }
    if ways.is_cut {
        answer.notes.push("there are more ways than are followed".to_owned());
    }
    let mut told: Vec<(ContextId, Option<gatelint_syntax::Span>)> = Vec::new();
    for (at, way) in ways.all.iter().enumerate() {
        answer.blocks.push(steps(sheet, way, at, count));
        let key = (way.scope.id(), way.pass().map(Pass::span));
        if !told.contains(&key) {
            told.push(key);
            values(sheet, way, answer);
        }
    }
}

/// What happens to the request on one way.
fn steps(sheet: Sheet<'_>, way: &Way<'_>, at: usize, count: usize) -> Block {
    let mut rows: Vec<Row> = way.steps.iter().map(|one| step(sheet, one)).collect();
    rows.extend(end(sheet, way));
    let title = if count > 1 { format!("way {} of {count}", at + 1) } else { "way".to_owned() };
    Block { kind: "way", title, rows }
}

fn step(sheet: Sheet<'_>, step: &Step<'_>) -> Row {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (name, value) = match &step.kind {
        StepKind::Location(scope) => {
            let name = name_of(*scope);
            ("location", name.strip_prefix("location ").map_or(name.clone(), str::to_owned))
        }
        StepKind::NoLocation(_) => ("location", "none: the server itself".to_owned()),
        StepKind::If { by, holds } => {
            let verb = if *holds { "holds" } else { "does not hold" };
            ("if", format!("{} {verb}", sheet.text(by.span())))
        }
        StepKind::Rewrite { uri } => ("rewrite", format!("to {}", text(uri))),
        StepKind::Found { uri } => ("try_files", format!("{} is there", text(uri))),
        StepKind::Fallback { to } => {
            ("try_files", format!("nothing is there: {}", text(to).trim_end_matches('?')))
        }
        StepKind::Index { uri } => ("index", format!("{} is there", text(uri))),
        StepKind::ErrorPage { status, to } => ("error_page", format!("{status}: {}", text(to))),
        StepKind::Access(by) => ("access", format!("`{}` decides who goes on", sheet.text(by.span()))),
    };
    let name = if step.is_assumed { format!("{name} ?") } else { name.to_owned() };
    sheet.row(name, value, step.at)
}

/// How a way ends, down to who listens.
fn end(sheet: Sheet<'_>, way: &Way<'_>) -> Vec<Row> {
    let said =
        |status: Option<u16>| status.map_or("a status of run time".to_owned(), |status| status.to_string());
    match &way.end {
        End::Pass(pass) => targets(sheet, *pass),
        End::Handler(by) => vec![sheet.directive(*by)],
        End::Answer { status, text, by } => {
            let text = text.as_ref().map(|text| format!(" {}", String::from_utf8_lossy(text)));
            let value = said(*status) + &text.unwrap_or_default();
            vec![sheet.row("answer", value, by.map(|by| by.span()))]
        }
        End::File { path, is_there } => {
            let path = path.as_ref().map_or("a file".to_owned(), |path| path.display().to_string());
            let value = match is_there {
                Some(true) => path,
                Some(false) => format!("404: {path} is not there"),
                None => format!("{path}, 404 where it is not there"),
            };
            vec![sheet.row("file", value, way.scope.document_root().directive().map(|by| by.span()))]
        }
        End::Directory { listed: true } => vec![sheet.row("answer", "200, a list of the directory", None)],
        End::Directory { listed: false } => {
            vec![sheet.row("answer", "403, a directory without an index", None)]
        }
        End::Cycle(by) => vec![sheet.row("answer", "500, it goes round in circles", by.map(|by| by.span()))],
        End::Unknown(by) => vec![sheet.row("answer", "not known: run time decides", by.map(|by| by.span()))],
    }
}

fn targets(sheet: Sheet<'_>, pass: Pass<'_>) -> Vec<Row> {
    let mut rows = vec![sheet.directive(pass.directive())];
    let targets = pass.targets();
    if let Some(upstream) = pass.upstream() {
        rows.push(sheet.row("upstream", upstream.name(), upstream.name_span()));
    }
    for target in targets.iter().take(MAX_TARGETS) {
        if let Some(server) = target.server {
            rows.push(sheet.directive(server));
        } else if target.span != pass.span() {
            rows.push(sheet.row("value", target.written, Some(target.span)));
        }
        match sheet.stack.pools_behind(target.address) {
            Reached::Pools(pools) => {
                for one in pools {
                    let at = one.pool.listener.as_ref().map(|listener| listener.span);
                    rows.push(sheet.row("pool", one.pool.name.clone(), at));
                }
            }
            Reached::Nobody if pass.php_evidence().is_some() => {
                rows.push(sheet.row("pool", format!("none listens on {}", target.written), None));
            }
            _ => {}
        }
    }
    if targets.len() > MAX_TARGETS {
        rows.push(sheet.row("server", format!("and {} more", targets.len() - MAX_TARGETS), None));
    }
    if !pass.is_closed() {
        rows.push(sheet.row("address", "made at run time", Some(pass.span())));
    }
    rows
}

/// What holds where a way ends.
fn values(sheet: Sheet<'_>, way: &Way<'_>, answer: &mut Answer) {
    let answers_itself = matches!(way.end, End::Answer { .. } | End::Cycle(_) | End::Unknown(_));
    if answers_itself {
        return;
    }
    let scope: Scope<'_> = way.scope;
    let pass = way.pass();
    let tls = pass.is_some_and(|pass| pass.targets().iter().any(|target| target.tls));
    let mut rows = Vec::new();
    for name in that_matter(pass.map(Pass::family), tls) {
        rows.extend(sheet.effective(scope, name));
    }
    if let Some(least) = limit(sheet, way) {
        rows.push(least);
    }
    answer.blocks.push(Block { kind: "values", title: format!("what holds in {}", name_of(scope)), rows });
    let Some(pass) = pass else { return };
    let params = pass.php_params();
    let mut told = Vec::new();
    for target in pass.targets().iter().take(MAX_TARGETS) {
        for one in sheet.stack.pools_behind(target.address).pools() {
            if !told.contains(&one.pool.header) {
                told.push(one.pool.header);
                answer.blocks.push(pool::matters(sheet, *one, params));
            }
        }
    }
}

/// A smaller `client_max_body_size` of a block that the request passes on its way.
fn limit(sheet: Sheet<'_>, way: &Way<'_>) -> Option<Row> {
    const NAME: &str = "client_max_body_size";
    // 0 stands for no limit.
    let size = |value: u64| if value == 0 { u64::MAX } else { value };
    let own = size(way.scope.size(NAME, 1 << 20)?.value);
    let on_the_way = way.blocks().filter_map(|scope| Some((scope.size(NAME, 1 << 20)?, scope)));
    let (least, scope) = on_the_way.min_by_key(|(setting, _)| size(setting.value))?;
    if size(least.value) >= own {
        return None;
    }
    let value = format!("{} bytes on the way, in {}", least.value, name_of(scope));
    let at = least.by.map(|by| by.span()).or(scope.opener().map(|by| by.span()));
    Some(sheet.row(NAME, value, at))
}
