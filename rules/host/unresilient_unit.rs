//! Services that nobody starts again.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::host::Unit;
use gatelint_model::nginx::{ContextKind, Scope};
use gatelint_syntax::Span;
use rustc_hash::FxHashSet;

use crate::pool::served::served_pools;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unresilient-unit",
    summary: "the unit of nginx or PHP-FPM is not started after a reboot, or not again after it ends",
    level: Level::Info,
    covers: &["N6"],
    since: "0.1.0",
    page: include_str!("unresilient_unit.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.world.is_one_machine() {
        return;
    }
    if let Some(unit) = stack.host.units.get("nginx") {
        let mains = stack.nginx_roots().filter(|root| root.kind() == ContextKind::Main);
        let first = |main: Scope<'_>| Some(main.blocks().next()?.opener()?.name_span());
        let at = mains.into_iter().find_map(first);
        out.extend(at.and_then(|at| finding("nginx", unit, at, None)));
    }
    let mut seen = FxHashSet::default();
    for way in served_pools(stack) {
        if let Some((name, unit)) = stack.host.unit_of(way.to.master)
            && seen.insert(name)
        {
            out.extend(finding(name, unit, way.to.pool.header, Some(way.pass.span())));
        }
    }
}

/// `fallback`: where to point when the text of the unit is not at hand.
fn finding(name: &str, unit: &Unit, fallback: Span, pass: Option<Span>) -> Option<Finding> {
    if !unit.is_whole() {
        return None;
    }
    let shown = clip(name);
    let restart = unit.get("Restart").filter(|restart| *restart != "no");
    let is_reached = unit.get("WantedBy").or_else(|| unit.get("RequiredBy")).is_some();
    let (message, label, help) = match (unit.is_enabled(), restart) {
        (Some(false), _) => (
            format!("nothing starts `{shown}.service` after a reboot"),
            if is_reached {
                "it is not enabled"
            } else {
                "it has no `WantedBy`, so that it cannot be enabled"
            },
            format!("systemctl enable {shown}"),
        ),
        (_, None) => (
            format!("nothing starts `{shown}.service` again when it ends"),
            "`Restart` is not set: when the kernel kills it, it stays down",
            "in `[Service]`: Restart=on-failure".to_owned(),
        ),
        _ => return None,
    };
    let finding = Finding::new(&RULE, unit.span.unwrap_or(fallback), message)
        .confidence(Confidence::Medium)
        .label(label)
        .help(help);
    let Some(pass) = pass else { return Some(finding) };
    let finding = finding.related(pass, "every request to it ends as 502 then");
    // `SIGTERM`, systemd's own, ends PHP-FPM at once; see `fpm_signals.c`.
    Some(match unit.get("KillSignal") {
        None | Some("SIGTERM" | "TERM" | "15") => finding
            .note("a stop or a restart ends requests in progress: `KillSignal=SIGQUIT` lets them finish"),
        _ => finding,
    })
}
