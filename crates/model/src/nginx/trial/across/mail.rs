//! What a server of mail lacks or contradicts: `src/mail/ngx_mail_core_module.c`, `ngx_mail_auth_http_module.c` and
//! `ngx_mail_ssl_module.c`.

use gatelint_catalog::nginx::Name;
use rustc_hash::FxHashSet;

use super::{Check, Log, is_complete};
use crate::nginx::inet;
use crate::nginx::trial::{Defect, Evidence, Expected, Fault};
use crate::nginx::{ContextId, ContextKind, Directive, Scope};

/// The ports that name their protocol: POP3, IMAP, SMTP.
const PORTS: [u16; 7] = [110, 995, 143, 993, 25, 587, 465];

#[derive(Default)]
pub(super) struct Mail<'a> {
    /// Servers whose protocol is known, or cannot be told.
    speaking: FxHashSet<ContextId>,
    /// The last `ssl on` and the last `starttls`, which exclude each other in one block.
    tls: [Option<Directive<'a>>; 2],
}

impl<'a> Mail<'a> {
    fn listen(&mut self, listen: Directive<'a>) {
        let Some(text) = listen.arg(0) else { return };
        let speaks = inet::endpoint(&text.value, 0).is_ok_and(|endpoint| PORTS.contains(&endpoint.ports.0));
        if speaks || text.value.contains(&b'$') {
            self.speaking.insert(listen.scope().id());
        }
    }

    /// `ssl` and `starttls`, each as it comes.
    fn secure(&mut self, index: usize, directive: Directive<'a>, log: &mut Log) {
        let is_on = directive.arg(0).is_some_and(|value| !value.value.eq_ignore_ascii_case(b"off"));
        let Some(own) = self.tls.get_mut(index) else { return };
        *own = Some(directive).filter(|_| is_on);
        let other = self.tls.get(1 - index).copied().flatten();
        let Some(other) = other.filter(|other| is_on && other.scope() == directive.scope()) else { return };
        let message = match index {
            0 => "\"starttls\" directive conflicts with \"ssl on\"",
            _ => "\"ssl\" directive conflicts with \"starttls\"",
        };
        if let Some(emerg) = log.refuse(directive, Fault::new(Defect::Conflict, 0, message)) {
            emerg.show(other.span(), Evidence::Against);
        }
    }
}

impl<'a> Check<'a> for Mail<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["listen", "protocol", "ssl", "starttls"]
    }

    fn directive(&mut self, name: Name, directive: Directive<'a>, log: &mut Log) {
        let scope = directive.scope();
        if !matches!(scope.kind(), ContextKind::Mail | ContextKind::MailServer) {
            return;
        }
        match name.text() {
            "listen" => self.listen(directive),
            "protocol" => _ = self.speaking.insert(scope.id()),
            "ssl" => self.secure(0, directive, log),
            _ => self.secure(1, directive, log),
        }
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() == ContextKind::Mail {
            let speaks = |server: Scope<'a>| self.speaking.contains(&server.id());
            lacks(scope, speaks, "a `protocol`", "unknown mail protocol for server", log);
        }
    }
}

/// Every server of mail asks somebody whom to let in.
#[derive(Default)]
pub(super) struct AuthHttp {
    asking: FxHashSet<ContextId>,
}

impl<'a> Check<'a> for AuthHttp {
    fn names(&self) -> &'static [&'static str] {
        &["auth_http"]
    }

    fn directive(&mut self, _: Name, directive: Directive<'a>, _: &mut Log) {
        self.asking.insert(directive.scope().id());
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if scope.kind() == ContextKind::Mail && is_complete(scope) && !self.asking.contains(&scope.id()) {
            let asks = |server: Scope<'a>| self.asking.contains(&server.id());
            lacks(scope, asks, "an `auth_http`", "no \"auth_http\" is defined for server", log);
        }
    }
}

/// Refuses the servers of mail that have not what they need.
fn lacks<'a>(
    mail: Scope<'a>,
    has: impl Fn(Scope<'a>) -> bool,
    what: &'static str,
    message: &str,
    log: &mut Log,
) {
    for server in mail.blocks_of(ContextKind::MailServer).filter(|server| !has(*server)) {
        if let Some(opener) = server.opener().filter(|_| is_complete(server)) {
            let fault = Fault::new(Defect::Missing(Expected::What(what)), 0, message);
            log.refuse_at(opener, Some(opener.end_span()), fault);
        }
    }
}
