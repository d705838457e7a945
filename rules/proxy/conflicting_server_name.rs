//! Servers that never run because another one has their name.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextId, ListenAddress, Scope};
use gatelint_model::{Address, HostName};
use gatelint_syntax::Span;
use rustc_hash::FxHashMap;

use crate::by_place::ByPlace;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "conflicting-server-name",
    summary: "two servers of one address have the same name; nginx asks only the first",
    level: Level::Warning,
    covers: &["H21"],
    since: "0.1.0",
    page: include_str!("conflicting_server_name.md"),
    check,
};

/// A name that another server has already.
struct Clash<'a> {
    name: String,
    address: ListenAddress,
    loser: Scope<'a>,
    winner: Span,
}

fn check(stack: &Stack, out: &mut Findings) {
    // By configuration, address and name: the server, and where it says the name.
    let mut taken: FxHashMap<(ContextId, usize, usize), (ContextId, Span)> = FxHashMap::default();
    // Addresses and names by number: few of the one, and each of the other several times.
    let mut addresses: FxHashMap<ListenAddress, usize> = FxHashMap::default();
    let mut numbers: FxHashMap<String, usize> = FxHashMap::default();
    let mut found = ByPlace::default();
    for server in stack.servers() {
        let Some(root) = server.ancestors().last().map(Scope::id) else { continue };
        let Some(opener) = server.opener() else { continue };
        if stack.sources.is_template(opener.span().file) || !server.is_whole() {
            continue;
        }
        let names: Vec<_> =
            server.own("server_name").flat_map(gatelint_model::nginx::Directive::args).collect();
        let names = names.iter().map(|arg| (arg.text().to_ascii_lowercase(), arg.span));
        // Without a name a server has the empty one.
        let mut names: Vec<_> = names.collect();
        if names.is_empty() {
            names.push((String::new(), opener.name_span()));
        }
        let listens = server.listens();
        for (name, span) in names {
            // Regular expressions are asked in order, and nginx does not compare them; nor does it these names.
            if name.starts_with('~') || name.contains('$') {
                continue;
            }
            let number = number(&mut numbers, &name);
            for listen in &listens {
                let is_default = listen.has("default_server") || listen.has("default");
                let key = (root, self::number(&mut addresses, &listen.address), number);
                match taken.get(&key) {
                    None => {
                        taken.insert(key, (server.id(), span));
                    }
                    // Whoever is the default still gets what has no other server.
                    Some(_) if is_default => {}
                    Some((first, winner)) if *first != server.id() => {
                        let clash = Clash {
                            name: name.clone(),
                            address: listen.address.clone(),
                            loser: server,
                            winner: *winner,
                        };
                        found.add(span, clash);
                    }
                    Some(_) => {}
                }
            }
        }
    }
    out.extend(found.iter().map(|(clash, _)| report(clash, span_of(clash))));
}

/// The number of a thing, the next one where it is new.
fn number<T: Clone + Eq + std::hash::Hash>(known: &mut FxHashMap<T, usize>, thing: &T) -> usize {
    let next = known.len();
    match known.get(thing) {
        Some(number) => *number,
        None => *known.entry(thing.clone()).or_insert(next),
    }
}

fn span_of(clash: &Clash<'_>) -> Span {
    let mut names = clash.loser.own("server_name").flat_map(gatelint_model::nginx::Directive::args);
    let own = names.find(|arg| arg.text().eq_ignore_ascii_case(&clash.name)).map(|arg| arg.span);
    own.or(clash.loser.opener().map(|opener| opener.name_span())).unwrap_or(clash.winner)
}

fn report(clash: &Clash<'_>, at: Span) -> Finding {
    let address = match &clash.address {
        ListenAddress::Unix(path) => Address::Unix(path.clone()).to_string(),
        ListenAddress::Tcp(host, port) => match host {
            HostName::Ip(ip) => Address::Tcp(HostName::Ip(*ip), *port).to_string(),
            HostName::Name(name) => format!("{name}:{port}"),
        },
    };
    let name = say::clip(&clash.name);
    let (what, label) = match name.as_str() {
        "" => ("a server without a name".to_owned(), "requests without a host never get here".to_owned()),
        name => (format!("a server called `{name}`"), format!("requests for `{name}` never get here")),
    };
    Finding::new(&RULE, at, format!("another server on `{address}` is {what} already"))
        .label(label)
        .related(clash.winner, "nginx asks this one")
        .note(format!("nginx warns: conflicting server name \"{name}\" on {address}, ignored"))
        .help("give the two servers different names or addresses, or make one of both")
}
