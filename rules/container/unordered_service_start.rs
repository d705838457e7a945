//! Names that may not exist yet when nginx's container starts.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::compose::Home;

use super::home;
use crate::name::static_upstream_hostname::{is_name, uses};
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unordered-service-start",
    summary: "nginx's container may start before the services that its configuration names, and then nginx stops",
    level: Level::Info,
    covers: &["N7"],
    since: "0.1.0",
    page: include_str!("unordered_service_start.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.world.compose.projects.is_empty() {
        return;
    }
    for one in uses(stack).filter(|one| is_name(stack, &one.name)) {
        let is_loose = |home: &Home<'_>| {
            let service = home::only(home, &one.name)?;
            (!home.service.restarts && !waits_for(home, &service.name.text)).then_some(())
        };
        let Some((home, ())) = home::first(stack, one.directive, is_loose) else { continue };
        let (own, name) = (clip(&home.service.name.text), clip(&one.name));
        let waits = home.service.depends_on.iter().chain([&one.name]).map(|name| clip(name));
        let waits = waits.collect::<Vec<_>>().join(", ");
        out.push(
            Finding::new(
                &RULE,
                one.span,
                format!("`{own}` does not wait for `{name}` and is not started again"),
            )
            .label("where that container is not up yet, nginx does not find the host and stops")
            .related(home.service.name.span, "nginx runs here")
            .help(format!("in the compose file, for `{own}`: depends_on: [{waits}]")),
        );
    }
}

/// Whether the service is started before, also by way of others.
fn waits_for(home: &Home<'_>, name: &str) -> bool {
    let mut pending = vec![home.service];
    let mut seen: Vec<&str> = Vec::new();
    while let Some(service) = pending.pop() {
        for other in &service.depends_on {
            if other == name {
                return true;
            }
            if !seen.contains(&other.as_str()) {
                seen.push(other);
                pending.extend(home.project.services.iter().find(|one| one.name.text == *other));
            }
        }
    }
    home.service.is_open || home.project.is_open
}
