//! Addresses that servers share: `ngx_http_add_listen()` of `src/http/ngx_http.c` and its like in stream; pairs that
//! mail's servers, and those of older streams, do not share at all.

use std::cell::RefCell;
use std::rc::Rc;

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashMap;

use super::{Check, Log, is_complete};
use crate::nginx::inet::{self, Endpoint, Host};
use crate::nginx::trial::{Defect, Evidence, Expected, Fault};
use crate::nginx::{ContextId, ContextKind, Directive, Scope};

/// The most addresses of one configuration that are looked at: a range of ports may stand for many.
const MAX_ADDRESSES: usize = 1 << 20;

/// Which sockets of one kind are one: section, host, port, and whether it takes datagrams.
type Key = (ContextKind, Host, u16, bool);

/// One address and the servers behind it.
pub(super) struct Shared<'a> {
    pub(super) section: ContextKind,
    /// As nginx prints it.
    pub(super) text: String,
    pub(super) port: u16,
    is_any: bool,
    /// The server that takes what no other claims, and its `listen` (`None`: it has none).
    pub(super) default: (Scope<'a>, Option<Directive<'a>>),
    /// Whether a `default_server` says so.
    pub(super) is_default_said: bool,
    /// The `listen` with the socket's options.
    options: Option<Directive<'a>>,
    /// The first `listen` that asks for TLS.
    pub(super) tls: Option<Directive<'a>>,
    pub(super) servers: Vec<(Scope<'a>, Option<Directive<'a>>)>,
}

/// Every address, in the order in which nginx comes to them first.
#[derive(Default)]
pub(super) struct Table<'a> {
    pub(super) shared: Vec<Shared<'a>>,
    by_key: FxHashMap<Key, usize>,
}

impl<'a> Table<'a> {
    /// The addresses of one section in the order in which nginx goes through them: port by port, an address that
    /// takes all others last where `any_last` is set.
    pub(super) fn in_order(&self, section: ContextKind, any_last: bool) -> Vec<&Shared<'a>> {
        let mut first: FxHashMap<(u16, bool), usize> = FxHashMap::default();
        let mut found: Vec<_> = self.shared.iter().filter(|one| one.section == section).collect();
        let family = |one: &Shared<'_>| (one.port, one.text.starts_with('['));
        for (index, one) in found.iter().enumerate() {
            first.entry(family(one)).or_insert(index);
        }
        found.sort_by_key(|one| (first.get(&family(one)).copied(), any_last && one.is_any));
        found
    }
}

pub(super) struct Listens<'a> {
    table: Rc<RefCell<Table<'a>>>,
    /// The server that the last `listen` stands in.
    last: Option<ContextId>,
}

impl<'a> Listens<'a> {
    pub(super) fn new(table: Rc<RefCell<Table<'a>>>) -> Self {
        Self { table, last: None }
    }

    fn add(&mut self, listen: Directive<'a>, log: &mut Log) {
        let scope = listen.scope();
        let section = scope.kind();
        let default_port = if section == ContextKind::Server { 80 } else { 0 };
        let Some(text) = listen.arg(0).filter(|text| !text.value.contains(&b'$')) else { return };
        let Ok(Endpoint { host, ports }) = inet::endpoint(&text.value, default_port) else { return };
        if matches!(host, Host::Name(_)) {
            return;
        }
        let is_datagram = listen.args().skip(1).any(|arg| matches!(&*arg.value, b"udp" | b"quic"));
        let mut table = self.table.borrow_mut();
        for port in ports.0..=ports.1 {
            if table.shared.len() >= MAX_ADDRESSES {
                return;
            }
            let key = (section, host.clone(), port, is_datagram);
            let fault = match table.by_key.get(&key).copied() {
                Some(index) => {
                    table.shared.get_mut(index).and_then(|shared| shared.join(scope, listen, section, log))
                }
                None => {
                    let shared = Shared::new(scope, Some(listen), section, &host, port);
                    let index = table.shared.len();
                    table.by_key.insert(key, index);
                    table.shared.push(shared);
                    None
                }
            };
            if let Some((fault, against)) = fault {
                let emerg = log.refuse(listen, fault);
                if let (Some(emerg), Some(against)) = (emerg, against) {
                    emerg.show(against.span(), Evidence::First);
                }
                return;
            }
        }
    }

    /// A server of http without a `listen` takes port 80.
    fn add_default(&mut self, server: Scope<'a>) {
        let host = Host::V4([0; 4]);
        let mut table = self.table.borrow_mut();
        let key = (ContextKind::Server, host.clone(), 80, false);
        if let Some(index) = table.by_key.get(&key).copied() {
            if let Some(shared) = table.shared.get_mut(index) {
                shared.servers.push((server, None));
            }
            return;
        }
        let shared = Shared::new(server, None, ContextKind::Server, &host, 80);
        let index = table.shared.len();
        table.by_key.insert(key, index);
        table.shared.push(shared);
    }
}

impl<'a> Shared<'a> {
    fn new(
        server: Scope<'a>,
        listen: Option<Directive<'a>>,
        section: ContextKind,
        host: &Host,
        port: u16,
    ) -> Self {
        Self {
            section,
            text: inet::shown(host, port),
            port,
            is_any: matches!(host, Host::V4([0, 0, 0, 0])) || *host == Host::V6([0; 16]),
            default: (server, listen),
            is_default_said: listen.is_some_and(|listen| default_word(listen).is_some()),
            options: listen.filter(|listen| option_word(*listen).is_some()),
            tls: listen.filter(|listen| asks_tls(*listen)),
            servers: vec![(server, listen)],
        }
    }

    /// Another `listen` on this address: what nginx refuses in it, and what it contradicts.
    fn join(
        &mut self,
        server: Scope<'a>,
        listen: Directive<'a>,
        section: ContextKind,
        log: &Log,
    ) -> Option<(Fault, Option<Directive<'a>>)> {
        let text = &self.text;
        let fault = |word, message| Fault::new(Defect::Listen, word, message);
        let first = self.servers.last().and_then(|(_, listen)| *listen);
        let is_shared = match section {
            ContextKind::Server => true,
            // Before 1.25.5 an address has one server.
            ContextKind::StreamServer => log.target.is_at_least((1, 25, 5)) != Some(false),
            _ => false,
        };
        if !is_shared {
            return Some((fault(1, format!("duplicate \"{text}\" address and port pair")), first));
        }
        if self.servers.last().is_some_and(|(last, _)| *last == server) {
            return Some((fault(1, format!("a duplicate listen {text}")), first));
        }
        self.servers.push((server, Some(listen)));
        self.tls = self.tls.or(Some(listen).filter(|listen| asks_tls(*listen)));
        if let Some(word) = option_word(listen) {
            if self.options.is_some() {
                let message = format!("duplicate listen options for {text}");
                return Some((fault(word, message), self.options));
            }
            self.options = Some(listen);
        }
        if let Some(word) = default_word(listen) {
            if self.is_default_said {
                let message = format!("a duplicate default server for {text}");
                return Some((fault(word, message), self.default.1));
            }
            self.is_default_said = true;
            self.default = (server, Some(listen));
        }
        None
    }
}

/// The number of the word that `is_it` takes.
fn word(listen: Directive<'_>, is_it: fn(&[u8]) -> bool) -> Option<usize> {
    listen.args().skip(1).position(|arg| is_it(&arg.value)).map(|at| at + 2)
}

fn default_word(listen: Directive<'_>) -> Option<usize> {
    word(listen, |word| matches!(word, b"default_server" | b"default"))
}

/// A parameter that sets an option of the socket.
fn option_word(listen: Directive<'_>) -> Option<usize> {
    word(listen, |word| {
        let name = word.split(|&byte| byte == b'=').next().unwrap_or_default();
        matches!(
            name,
            b"bind"
                | b"setfib"
                | b"fastopen"
                | b"backlog"
                | b"rcvbuf"
                | b"sndbuf"
                | b"deferred"
                | b"ipv6only"
                | b"reuseport"
                | b"multipath"
                | b"so_keepalive"
        )
    })
}

fn asks_tls(listen: Directive<'_>) -> bool {
    word(listen, |word| matches!(word, b"ssl" | b"quic")).is_some()
}

impl<'a> Check<'a> for Listens<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["listen"]
    }

    fn directive(&mut self, _: Name, listen: Directive<'a>, log: &mut Log) {
        let scope = listen.scope();
        let is_server =
            matches!(scope.kind(), ContextKind::Server | ContextKind::StreamServer | ContextKind::MailServer);
        if is_server {
            self.last = Some(scope.id());
            self.add(listen, log);
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if self.last == Some(scope.id()) || !is_complete(scope) {
            return;
        }
        let Some(opener) = scope.opener() else { return };
        match scope.kind() {
            ContextKind::Server => self.add_default(scope),
            ContextKind::StreamServer | ContextKind::MailServer => {
                let what = Defect::Missing(Expected::What("a `listen`"));
                let fault = Fault::new(what, 0, "no \"listen\" is defined for server");
                log.refuse_at(opener, Some(opener.end_span()), fault);
            }
            _ => {}
        }
    }
}
