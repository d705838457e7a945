//! What a pass says when it opens a TLS connection, and who of this nginx hears it.

use gatelint_lint::Stack;
use gatelint_model::nginx::{Directive, Family, Listen, ListenAddress, Pass, Scope, Target};
use gatelint_model::{HostName, Value};
use gatelint_syntax::Span;

/// A pass that speaks TLS.
#[derive(Clone, Copy)]
pub(super) struct TlsPass<'a> {
    pub(super) pass: Pass<'a>,
}

/// The name that a pass expects of its server.
pub(super) struct Name {
    pub(super) text: String,
    /// Who says it: `proxy_ssl_name`, or the pass by its host.
    pub(super) at: Span,
    /// Whether it is what a group is called.
    pub(super) is_group: bool,
}

/// Every pass that surely speaks TLS.
pub(super) fn passes(stack: &Stack) -> impl Iterator<Item = TlsPass<'_>> {
    let can = |pass: &Pass<'_>| matches!(pass.family(), Family::Proxy | Family::Uwsgi | Family::Grpc);
    stack.passes().filter(can).filter(|pass| is_tls(*pass)).map(|pass| TlsPass { pass })
}

fn is_tls(pass: Pass<'_>) -> bool {
    let scheme: &[u8] = match pass.family() {
        Family::Proxy => b"https://",
        Family::Grpc => b"grpcs://",
        _ => b"suwsgi://",
    };
    let argument = pass.directive().arg(0);
    let starts = argument.is_some_and(|argument| {
        argument.value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let targets = pass.targets();
    starts || !targets.is_empty() && targets.iter().all(|target| target.tls)
}

impl<'a> TlsPass<'a> {
    /// The full name of a setting: `proxy_ssl_verify` for `verify`.
    pub(super) fn directive(self, what: &str) -> String {
        format!("{}_ssl_{what}", self.pass.family().prefix())
    }

    /// The line that sets it.
    pub(super) fn effective(self, what: &str) -> Option<Directive<'a>> {
        self.pass.scope().effective(&self.directive(what)).and_then(|effective| effective.last())
    }

    /// Whether a switch is on; `None`: a template decides.
    pub(super) fn is_on(self, what: &str) -> Option<bool> {
        self.pass.scope().flag(&self.directive(what), false).map(|flag| flag.value)
    }

    /// Whether all that could set something for it was read.
    pub(super) fn is_whole(self) -> bool {
        self.pass.scope().ancestors().all(Scope::is_whole)
    }

    /// The name that the certificate is compared with and that SNI says; `None` where a request decides.
    pub(super) fn name(self) -> Option<Name> {
        if let Some(by) = self.effective("name") {
            let value = by.arg(0)?;
            let Value::Known(folded) = self.pass.scope().fold(&value.value) else { return None };
            let text = String::from_utf8_lossy(&folded.value).into_owned();
            return Some(Name { text: without_port(&text).to_owned(), at: value.span, is_group: false });
        }
        let urls = self.pass.urls();
        let (url, _) = urls.known()?;
        if url.socket.is_some() {
            return None;
        }
        let is_group = self.pass.upstream().is_some();
        Some(Name { text: url.host.clone(), at: self.pass.span(), is_group })
    }
}

/// `ngx_http_upstream_ssl_name()` cuts a port off.
fn without_port(text: &str) -> &str {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, _)) => text.get(..inside.len() + 2).unwrap_or(text),
        None => text.split_once(':').map_or(text, |(host, _)| host),
    }
}

/// Whether a name is an address: SNI never says one, and a certificate's names are compared with it as with a name.
pub(super) fn is_address(name: &str) -> bool {
    matches!(HostName::new(name), HostName::Ip(_))
}

/// The most servers of one socket that are looked at; of more nothing is said.
const MOST: usize = 64;

/// The servers of this nginx that a TLS connection to `target` may reach, the one for connections without a
/// known name first; empty where it surely reaches none, or another program.
pub(super) fn servers<'a>(stack: &'a Stack, target: &Target<'_>) -> Vec<Listen<'a>> {
    if !stack.world.is_one_machine() {
        return Vec::new();
    }
    let behind = stack.listens_behind(target.address);
    let Some(first) = behind.first() else { return Vec::new() };
    let mut all: Vec<Listen<'a>> = match &first.address {
        ListenAddress::Tcp(_, port) => {
            stack.listens_on(*port).filter(|listen| listen.address == first.address).take(MOST + 1).collect()
        }
        ListenAddress::Unix(_) => behind.clone(),
    };
    if all.len() > MOST || !all.iter().any(Listen::is_tls) {
        return Vec::new();
    }
    let is_default = |listen: &Listen<'_>| listen.has("default_server") || listen.has("default");
    if let Some(at) = all.iter().position(is_default) {
        all.swap(0, at);
    }
    all
}
