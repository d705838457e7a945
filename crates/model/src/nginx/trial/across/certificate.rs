//! Certificates and keys that TLS needs: `ngx_http_ssl_merge_srv_conf()` and `ngx_http_ssl_init()` of
//! `src/http/modules/ngx_http_ssl_module.c`, and the merges of the modules of that name in stream and mail.

use std::cell::RefCell;
use std::rc::Rc;

use gatelint_catalog::nginx::Name;
use rustc_hash::{FxHashMap, FxHashSet};

use super::listen::{Shared, Table};
use super::{Check, Log, is_complete};
use crate::nginx::trial::{Defect, Evidence, Expected, Fault};
use crate::nginx::{ContextId, ContextKind, Directive, Scope};

/// What one block says of TLS; what it does not say, the block around it may.
#[derive(Clone, Default)]
struct Facts<'a> {
    certificates: Vec<Directive<'a>>,
    keys: usize,
    /// The last `listen ... ssl` of the block itself.
    listen: Option<Directive<'a>>,
    /// `ssl on`.
    ssl: Option<Directive<'a>>,
    starttls: Option<Directive<'a>>,
    verify: Option<Directive<'a>>,
    has_client_ca: bool,
    has_trusted_ca: bool,
    reject: Option<Directive<'a>>,
    ocsp: Option<Directive<'a>>,
}

impl<'a> Facts<'a> {
    fn take(&mut self, name: &str, directive: Directive<'a>) {
        match name {
            "ssl_certificate" => self.certificates.push(directive),
            "ssl_certificate_key" => self.keys += 1,
            "ssl" => self.ssl = Some(directive),
            "starttls" => self.starttls = Some(directive),
            "ssl_verify_client" => self.verify = Some(directive),
            "ssl_client_certificate" => self.has_client_ca = true,
            "ssl_trusted_certificate" => self.has_trusted_ca = true,
            "ssl_reject_handshake" => self.reject = Some(directive),
            "ssl_ocsp" => self.ocsp = Some(directive),
            _ if directive.args().skip(1).any(|arg| *arg.value == *b"ssl") => self.listen = Some(directive),
            _ => {}
        }
    }

    /// With what the block around says where this one is silent.
    fn within(mut self, outer: &Self) -> Self {
        if self.certificates.is_empty() {
            self.certificates.clone_from(&outer.certificates);
        }
        if self.keys == 0 {
            self.keys = outer.keys;
        }
        self.ssl = self.ssl.or(outer.ssl);
        self.starttls = self.starttls.or(outer.starttls);
        self.verify = self.verify.or(outer.verify);
        self.has_client_ca |= outer.has_client_ca;
        self.has_trusted_ca |= outer.has_trusted_ca;
        self.reject = self.reject.or(outer.reject);
        self.ocsp = self.ocsp.or(outer.ocsp);
        self
    }
}

/// Whether a directive's first argument is other than `off`.
fn is_on(directive: Option<Directive<'_>>) -> bool {
    directive.and_then(|one| one.arg(0)).is_some_and(|arg| !arg.value.eq_ignore_ascii_case(b"off"))
}

fn missing(what: &'static str, message: String) -> Fault {
    Fault::new(Defect::Missing(Expected::What(what)), 0, message)
}

pub(super) struct Certificates<'a> {
    table: Rc<RefCell<Table<'a>>>,
    facts: FxHashMap<ContextId, Facts<'a>>,
}

impl<'a> Certificates<'a> {
    pub(super) fn new(table: Rc<RefCell<Table<'a>>>) -> Self {
        Self { table, facts: FxHashMap::default() }
    }

    /// What holds in a server; `None` where not all was read.
    fn effective(&self, server: Scope<'a>) -> Option<Facts<'a>> {
        let outer = server.parent().filter(|&outer| is_complete(outer) && is_complete(server))?;
        let own = self.facts.get(&server.id()).cloned().unwrap_or_default();
        Some(match self.facts.get(&outer.id()) {
            Some(outer) => own.within(outer),
            None => own,
        })
    }

    /// A certificate without a key; `mode` says who needs it, and where nginx places that.
    fn keyless(facts: &Facts<'a>, mode: Option<(&str, Directive<'a>)>, log: &mut Log) -> bool {
        let Some(last) = facts.certificates.last().copied().filter(|_| facts.keys < facts.certificates.len())
        else {
            return false;
        };
        let file = last.arg(0).map(|file| file.text().into_owned()).unwrap_or_default();
        let key = "no \"ssl_certificate_key\" is defined for";
        let message = match mode {
            None => format!("{key} certificate \"{file}\""),
            Some((mode, _)) if facts.keys == 0 => format!("{key} the \"{mode}\" directive"),
            Some((mode, _)) => format!("{key} certificate \"{file}\" and the \"{mode}\" directive"),
        };
        let at = mode.map(|(_, user)| user.end_span());
        log.refuse_at(last, at, missing("an `ssl_certificate_key`", message));
        true
    }

    /// What `ssl_verify_client` and `ssl_ocsp` need.
    fn verification(facts: &Facts<'a>, log: &mut Log) {
        let Some(verify) = facts.verify.filter(|verify| is_on(Some(*verify))) else { return };
        let is_lax = verify.arg(0).is_some_and(|arg| arg.value.eq_ignore_ascii_case(b"optional_no_ca"));
        // Since 1.27.2 either will do.
        let takes_trusted = log.target.is_at_least((1, 27, 2));
        let has_ca = facts.has_client_ca || facts.has_trusted_ca && takes_trusted != Some(false);
        if !is_lax && !has_ca {
            let either = if takes_trusted == Some(true) { " or ssl_trusted_certificate" } else { "" };
            let message = format!("no ssl_client_certificate{either} for ssl_verify_client");
            log.refuse_at(verify, None, missing("an `ssl_client_certificate` beside it", message));
        } else if let Some(ocsp) = facts.ocsp.filter(|ocsp| is_lax && is_on(Some(*ocsp))) {
            let message = "\"ssl_ocsp\" is incompatible with \"ssl_verify_client optional_no_ca\"";
            let emerg = log.refuse_at(ocsp, None, Fault::new(Defect::Conflict, 0, message));
            if let Some(emerg) = emerg {
                emerg.show(verify.span(), Evidence::Against);
            }
        }
    }

    /// The merge of one http server.
    fn merge_http(&self, server: Scope<'a>, log: &mut Log) {
        let Some(facts) = self.effective(server) else { return };
        let ssl = facts.ssl.filter(|ssl| is_on(Some(*ssl)));
        if Self::keyless(&facts, ssl.map(|ssl| ("ssl", ssl)), log) {
            return;
        }
        let rejects = is_on(facts.reject);
        if facts.certificates.is_empty() && !rejects {
            if let Some(ssl) = ssl {
                let message = "no \"ssl_certificate\" is defined for the \"ssl\" directive";
                log.refuse_at(ssl, Some(ssl.end_span()), missing("an `ssl_certificate`", message.to_owned()));
            }
            return;
        }
        Self::verification(&facts, log);
    }

    /// The merge of one server of mail, or of stream before it had virtual servers.
    fn merge_other(&self, server: Scope<'a>, log: &mut Log) {
        let Some(facts) = self.effective(server) else { return };
        let is_mail = server.kind() == ContextKind::MailServer;
        let on = |directive: Option<Directive<'a>>| directive.filter(|one| is_mail && is_on(Some(*one)));
        let modes =
            [("listen ... ssl", facts.listen), ("ssl", on(facts.ssl)), ("starttls", on(facts.starttls))];
        let Some((mode, user)) = modes.into_iter().find_map(|(mode, user)| Some((mode, user?))) else {
            return;
        };
        if facts.certificates.is_empty() {
            let message = format!("no \"ssl_certificate\" is defined for the \"{mode}\" directive");
            log.refuse_at(user, Some(user.end_span()), missing("an `ssl_certificate`", message));
        } else if !Self::keyless(&facts, Some((mode, user)), log) {
            Self::verification(&facts, log);
        }
    }

    /// Every address with TLS needs a certificate in the server that takes what no other claims.
    fn shared(&self, section: Scope<'a>, kind: ContextKind, log: &mut Log) {
        let table = self.table.borrow();
        // What was not read may make another server the default.
        let is_sure = section.blocks_of(kind).all(is_complete);
        let mut told = FxHashSet::default();
        for shared in table.in_order(kind, false) {
            let Some(user) = shared.tls.filter(|_| is_sure || shared.is_default_said) else { continue };
            let Some(facts) = self.effective(shared.default.0) else { continue };
            if !facts.certificates.is_empty() {
                continue;
            }
            let lacking = if is_on(facts.reject) {
                let lacks = |(server, _): &&(Scope<'a>, Option<Directive<'a>>)| {
                    let facts = self.effective(*server);
                    facts.is_some_and(|facts| facts.certificates.is_empty() && !is_on(facts.reject))
                };
                shared.servers.iter().find(lacks).copied()
            } else {
                Some(shared.default)
            };
            if let Some((server, listen)) = lacking
                && told.insert(server.id())
            {
                Self::no_certificate(shared, server, listen.unwrap_or(user), log);
            }
        }
    }

    fn no_certificate(shared: &Shared<'a>, server: Scope<'a>, listen: Directive<'a>, log: &mut Log) {
        let Some(opener) = server.opener() else { return };
        let is_quic = listen.args().skip(1).any(|arg| *arg.value == *b"quic");
        let name = if is_quic { "quic" } else { "ssl" };
        let message = format!("no \"ssl_certificate\" is defined for the \"listen ... {name}\" directive");
        let fault = missing("an `ssl_certificate`", message);
        // Beside its key is where a certificate belongs.
        let key = server.effective_last("ssl_certificate_key");
        let by = key.unwrap_or(listen);
        let Some(emerg) = log.refuse_at(by, Some(opener.end_span()), fault) else { return };
        if by != listen {
            emerg.show(listen.span(), Evidence::User);
        }
        if let Some(user) = shared.tls.filter(|user| *user != listen) {
            emerg.show(user.span(), Evidence::User);
        }
    }
}

impl<'a> Check<'a> for Certificates<'a> {
    fn names(&self) -> &'static [&'static str] {
        &[
            "listen",
            "ssl",
            "starttls",
            "ssl_certificate",
            "ssl_certificate_key",
            "ssl_verify_client",
            "ssl_client_certificate",
            "ssl_trusted_certificate",
            "ssl_reject_handshake",
            "ssl_ocsp",
        ]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, _: &mut Log) {
        self.facts.entry(directive.scope().id()).or_default().take(name.text(), directive);
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        match scope.kind() {
            ContextKind::Http => {
                for server in scope.blocks_of(ContextKind::Server) {
                    self.merge_http(server, log);
                }
                self.shared(scope, ContextKind::Server, log);
            }
            ContextKind::Stream if log.target.is_at_least((1, 25, 5)) != Some(false) => {
                self.shared(scope, ContextKind::StreamServer, log);
            }
            ContextKind::Stream => {
                for server in scope.blocks_of(ContextKind::StreamServer) {
                    self.merge_other(server, log);
                }
            }
            ContextKind::Mail => {
                for server in scope.blocks_of(ContextKind::MailServer) {
                    self.merge_other(server, log);
                }
            }
            _ => {}
        }
    }
}
