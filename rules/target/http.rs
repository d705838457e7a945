//! Addresses that by all evidence speak HTTP, whoever listens there.

use std::collections::HashMap;

use gatelint_lint::{Finding, Level, Prediction, Stack};
use gatelint_model::Address;
use gatelint_model::links::Reached;
use gatelint_model::nginx::{Family, Pass, Target};
use gatelint_syntax::Span;

use super::mismatched_pass_protocol::{NOT_FASTCGI, RULE, with_pass};
use crate::edit::{self, Mend};
use crate::say;

/// Ports that HTTP servers and development servers of applications listen on.
const PORTS: [u16; 4] = [80, 443, 3000, 8080];

/// The addresses that `proxy_pass` leads to, each with where it is written.
pub(super) struct HttpTargets(HashMap<Address, Span>);

impl HttpTargets {
    pub(super) fn of(stack: &Stack) -> Self {
        let proxies = stack.passes().filter(|pass| pass.family() == Family::Proxy);
        let targets = proxies.flat_map(|pass| {
            pass.targets().into_iter().map(move |target| (target.address.clone(), pass.span()))
        });
        Self(targets.collect())
    }

    /// Whether a `proxy_pass` leads there too.
    pub(super) fn has(&self, address: &Address) -> bool {
        self.0.contains_key(address)
    }

    /// FastCGI spoken to what speaks HTTP. Where a pool is known to be missing, a port alone proves nothing.
    pub(super) fn finding(&self, stack: &Stack, pass: Pass<'_>, target: &Target<'_>) -> Option<Finding> {
        let address = target.address;
        let is_off = target.server.is_some_and(|server| server.args().any(|arg| *arg.value == *b"down"));
        let is_port = matches!(address, Address::Tcp(_, port) if PORTS.contains(port));
        let is_open = || {
            let is_unknown = matches!(stack.pools_behind(address), Reached::Unknown);
            is_unknown || stack.fpm.pools().next().is_none()
        };
        let finding = match self.0.get(address) {
            _ if is_off => return None,
            Some(proxy) => {
                let message =
                    format!("`fastcgi_pass` leads to `{address}`, to which `proxy_pass` speaks HTTP");
                let finding =
                    Finding::new(&RULE, pass.span(), message).related(*proxy, "HTTP is spoken here");
                let is_here = target.span == pass.span();
                if is_here { finding } else { finding.related(target.span, "the address comes from here") }
            }
            None if is_port && is_open() => {
                let message = format!("`fastcgi_pass` leads to `{address}`, a port of HTTP servers");
                with_pass(Finding::new(&RULE, target.span, message), pass, target)
            }
            None => return None,
        };
        let finding = finding
            .label(format!("{} likely end as 502", say::passed_requests(pass)))
            .level(Level::Warning)
            .suggest(
                format!("proxy_pass http://{address};"),
                edit::statement(
                    pass.directive(),
                    format!("proxy_pass http://{}", super::invalid_pass_address::text(pass)),
                ),
            );
        Some(finding.predict(Prediction::answers(502, NOT_FASTCGI)))
    }
}
