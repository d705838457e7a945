//! A socket in `/tmp`, which systemd may give each service for itself.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Bind, Pool};
use gatelint_model::host::Unit;
use gatelint_model::nginx::{Pass, Target};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say::{clip, connect_log, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "private-tmp-socket",
    summary: "a socket lies in `/tmp`, and nginx or PHP-FPM has a `/tmp` of its own",
    level: Level::Error,
    covers: &["N3"],
    since: "0.1.0",
    page: include_str!("private_tmp_socket.md"),
    check,
};

/// A pass to a pool's socket in `/tmp`.
struct Shared<'a> {
    pass: Pass<'a>,
    target: Target<'a>,
    pool: &'a Pool,
    /// Where the pool listens.
    listener: gatelint_syntax::Span,
    verdict: Verdict,
}

#[derive(Clone, Copy)]
enum Verdict {
    /// This unit says `PrivateTmp`.
    Private(&'static str),
    /// As Red Hat's packages are: both units say it.
    Packaged,
    /// Nothing says it.
    Open,
}

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.world.is_one_machine() {
        return;
    }
    let mut found = ByPlace::default();
    for pass in stack.passes() {
        for (at, reached) in pass.pools() {
            let Some(listener) = reached.pool.listener.as_ref() else { continue };
            let Bind::Unix(path) = &listener.bind else { continue };
            if !["/tmp/", "/var/tmp/"].iter().any(|dir| path.starts_with(dir)) {
                continue;
            }
            let verdict = verdict(stack, reached.master.layout.is_debian);
            let (Some(target), pool) = (pass.target(at), reached.pool) else { continue };
            found.add(listener.span, Shared { pass, target, pool, listener: listener.span, verdict });
        }
    }
    out.extend(found.iter().map(|(shared, _)| finding(shared)));
}

fn verdict(stack: &Stack, is_debian: bool) -> Verdict {
    let is_private = |unit: &Unit| {
        // `systemd.exec(5)`; `disconnected` is private too.
        let value = unit.get("PrivateTmp").unwrap_or_default().to_ascii_lowercase();
        ["yes", "true", "on", "1", "disconnected"].contains(&value.as_str())
    };
    let units = &stack.host.units;
    if units.get("nginx").is_some_and(is_private) {
        return Verdict::Private("nginx");
    }
    if units.iter().any(|(name, unit)| name != "nginx" && is_private(unit)) {
        return Verdict::Private("PHP-FPM");
    }
    if is_debian || units.contains_key("nginx") { Verdict::Open } else { Verdict::Packaged }
}

fn finding(shared: &Shared<'_>) -> Finding {
    let message = format!("the socket of pool `{}` lies in `/tmp`", clip(&shared.pool.name));
    let log = connect_log(shared.target.written, "fastcgi", "2: No such file or directory");
    let finding = Finding::new(&RULE, shared.listener, message)
        .related(shared.pass.span(), format!("{} look for it in nginx's own", passed_requests(shared.pass)))
        .suggest(
            "listen = /run/php/php-fpm.sock",
            edit::move_socket(shared.pass.directive().stack(), shared.pool, &shared.target),
        )
        .predict(Prediction::answers(502, log));
    match shared.verdict {
        Verdict::Private(whose) => finding
            .label(format!("{whose} has a `/tmp` of its own: the other side does not see the socket"))
            .note(format!("the unit of {whose} says `PrivateTmp`")),
        Verdict::Packaged => finding
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .label("where a unit says `PrivateTmp`, the other side does not see it")
            .note("assumed units as Red Hat ships them: both say `PrivateTmp=true`"),
        Verdict::Open => finding
            .level(Level::Info)
            .confidence(Confidence::Low)
            .label("where a unit says `PrivateTmp`, the other side does not see it"),
    }
}
