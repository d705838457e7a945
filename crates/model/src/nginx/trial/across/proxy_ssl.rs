//! TLS towards servers behind nginx: `ngx_http_proxy_set_ssl()` of `src/http/modules/ngx_http_proxy_module.c` and its
//! like in grpc, uwsgi and stream.

use gatelint_catalog::nginx::Name;

use super::{Check, Log, is_complete};
use crate::nginx::trial::{Defect, Expected, Fault};
use crate::nginx::{ContextKind, Directive, Scope};

/// A directive that passes requests on, the scheme that means TLS (stream: a switch of its own), and the directives
/// of its certificates.
struct Family {
    pass: &'static str,
    scheme: &'static [u8],
    certificate: &'static str,
    key: &'static str,
    verify: &'static str,
    trusted: &'static str,
}

const FAMILIES: [Family; 3] = [
    Family {
        pass: "proxy_pass",
        scheme: b"https://",
        certificate: "proxy_ssl_certificate",
        key: "proxy_ssl_certificate_key",
        verify: "proxy_ssl_verify",
        trusted: "proxy_ssl_trusted_certificate",
    },
    Family {
        pass: "grpc_pass",
        scheme: b"grpcs://",
        certificate: "grpc_ssl_certificate",
        key: "grpc_ssl_certificate_key",
        verify: "grpc_ssl_verify",
        trusted: "grpc_ssl_trusted_certificate",
    },
    Family {
        pass: "uwsgi_pass",
        scheme: b"suwsgi://",
        certificate: "uwsgi_ssl_certificate",
        key: "uwsgi_ssl_certificate_key",
        verify: "uwsgi_ssl_verify",
        trusted: "uwsgi_ssl_trusted_certificate",
    },
];

/// The places from which requests go on with TLS, until their section ends.
#[derive(Default)]
pub(super) struct ProxyTls<'a> {
    passes: Vec<(&'static Family, Directive<'a>)>,
}

impl Family {
    /// Whether nginx makes ready for TLS: the scheme says so, or a variable may.
    fn is_tls(&self, pass: Directive<'_>) -> bool {
        let scope = pass.scope();
        if scope.kind() == ContextKind::StreamServer {
            return scope.flag("proxy_ssl", false).is_some_and(|switch| switch.value);
        }
        let address = pass.arg(0).map(|arg| arg.value).unwrap_or_default();
        let scheme = address.get(..self.scheme.len()).unwrap_or_default();
        scheme.eq_ignore_ascii_case(self.scheme) || address.contains(&b'$')
    }

    fn judge(&self, pass: Directive<'_>, log: &mut Log) {
        let scope = pass.scope();
        if !self.is_tls(pass) || !scope.ancestors().all(is_complete) {
            return;
        }
        let has = |name| scope.effective(name).is_some();
        if let Some(certificate) = scope.effective_last(self.certificate) {
            let file = certificate.arg(0).map(|file| file.text().into_owned()).unwrap_or_default();
            if !has(self.key) && !file.is_empty() {
                let message = format!("no \"{}\" is defined for certificate \"{file}\"", self.key);
                let what = Defect::Missing(Expected::What("the key of this certificate"));
                log.refuse_at(certificate, None, Fault::new(what, 0, message));
                return;
            }
        }
        let verify = scope.flag(self.verify, false).filter(|verify| verify.value && !has(self.trusted));
        if let Some(verify) = verify.and_then(|verify| verify.by) {
            let message = format!("no {} for {}", self.trusted, self.verify);
            let what = Defect::Missing(Expected::What("the certificates to verify with"));
            log.refuse_at(verify, None, Fault::new(what, 0, message));
        }
    }
}

impl<'a> Check<'a> for ProxyTls<'a> {
    fn names(&self) -> &'static [&'static str] {
        &["proxy_pass", "grpc_pass", "uwsgi_pass"]
    }

    fn directive(&mut self, name: Name, pass: Directive<'a>, _: &mut Log) {
        let family = FAMILIES.iter().find(|family| family.pass == name.text());
        self.passes.extend(family.map(|family| (family, pass)));
    }

    fn leave(&mut self, scope: Scope<'a>, log: &mut Log) {
        if matches!(scope.kind(), ContextKind::Http | ContextKind::Stream) {
            for (family, pass) in self.passes.drain(..) {
                family.judge(pass, log);
            }
        }
    }
}
