//! Public hosts whose certificate nobody looks at.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::Target;
use gatelint_model::{Address, HostName};
use rustc_hash::FxHashSet;

use super::settings::passes;
use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "unverified-upstream-certificate",
    summary: "the certificate of a public host behind nginx is not checked",
    level: Level::Info,
    covers: &["J2"],
    since: "0.1.0",
    page: include_str!("unverified_upstream_certificate.md"),
    check,
};

/// Endings of names that no public certificate names.
const PRIVATE: &[&str] =
    &[".local", ".internal", ".lan", ".home", ".corp", ".svc", ".consul", ".docker", ".localhost"];

fn check(stack: &Stack, out: &mut Findings) {
    let mut seen = FxHashSet::default();
    for pass in passes(stack).filter(|pass| pass.is_whole() && pass.is_on("verify") == Some(false)) {
        let targets = pass.pass.targets();
        let Some((target, host)) = targets.iter().find_map(|target| Some((target, public(stack, target)?)))
        else {
            continue;
        };
        if !seen.insert(target.span) {
            continue;
        }
        let (verify, trusted) = (pass.directive("verify"), pass.directive("trusted_certificate"));
        let finding =
            Finding::new(&RULE, target.span, format!("the certificate of `{}` is not checked", clip(host)))
                .label(format!("whoever answers there gets {}", passed_requests(pass.pass)))
                .suggest(
                    format!("`{verify} on; {trusted} /etc/ssl/certs/ca-certificates.crt;`"),
                    edit::put(
                        pass.pass.scope(),
                        &format!("{verify} on; {trusted} /etc/ssl/certs/ca-certificates.crt;"),
                    ),
                );
        out.push(match pass.effective("verify") {
            Some(off) => finding.related(off.span(), "this is the default"),
            None => finding.note(format!("`{verify}` is off by default")),
        });
    }
}

/// The host, where its name is a public one.
fn public<'t>(stack: &Stack, target: &Target<'t>) -> Option<&'t str> {
    let Address::Tcp(HostName::Name(name), _) = target.address else { return None };
    let bare = name.strip_suffix('.').unwrap_or(name);
    let top = bare.rsplit('.').next().unwrap_or_default();
    let is_public = bare.contains('.')
        && top.len() > 1
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !PRIVATE.iter().any(|ending| bare.ends_with(ending))
        && stack.host.addresses(bare).is_empty();
    is_public.then_some(bare)
}
