//! Programs that AppArmor confines.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::host::Profile;
use gatelint_model::nginx::ContextKind;
use gatelint_syntax::Span;

use crate::pool::served::served_pools;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "enforced-apparmor-profile",
    summary: "AppArmor confines nginx or PHP-FPM: what the profile does not list is denied",
    level: Level::Info,
    covers: &["N2"],
    since: "0.1.0",
    page: include_str!("enforced_apparmor_profile.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.world.is_one_machine() {
        return;
    }
    if let Some(profile) = stack.host.profile("nginx") {
        let mut mains = stack.nginx_roots().filter(|root| root.kind() == ContextKind::Main);
        let user = |main: gatelint_model::nginx::Scope<'_>| {
            let user = main.own("user").last().map(gatelint_model::nginx::Directive::span);
            user.or_else(|| Some(main.blocks().next()?.opener()?.name_span()))
        };
        let at = mains.find_map(user);
        let denied = "roots, logs and sockets that it does not list end as 403, 404 or 502 with `13: Permission denied`";
        out.extend(at.map(|at| finding(at, "nginx", profile, denied)));
    }
    if let Some(profile) = stack.host.profile("php-fpm") {
        let at = served_pools(stack).next().map(|way| way.to.pool.header);
        let denied = "scripts that it does not list end as 404, and sockets elsewhere are not made";
        out.extend(at.map(|at| finding(at, "PHP-FPM", profile, denied)));
    }
}

fn finding(at: Span, program: &str, profile: &Profile, denied: &str) -> Finding {
    let message = format!("the profile `{}` of AppArmor is enforced on {program}", clip(&profile.name));
    let known = match &profile.by {
        Some(path) => {
            format!("`{}` is not in complain mode; whether it is loaded is not in the tree", clip(path))
        }
        None => "as it was on the machine".to_owned(),
    };
    Finding::new(&RULE, at, message)
        .confidence(Confidence::Low)
        .label(denied)
        .note(known)
        .help("what it denied, to be added to the profile: aa-logprof")
}
