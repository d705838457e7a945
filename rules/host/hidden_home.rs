//! Files below `/home` that a unit keeps its program from seeing.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::host::Unit;
use gatelint_model::nginx::{Directive, Family, has_variables};

use crate::by_place::ByPlace;
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "hidden-home",
    summary: "the document root lies in `/home`, and a unit hides that from nginx or PHP-FPM",
    level: Level::Warning,
    covers: &["N5"],
    since: "0.1.0",
    page: include_str!("hidden_home.md"),
    check,
};

/// What `ProtectHome=` hides (`systemd.exec(5)`).
const HOMES: [&str; 3] = ["/home/", "/root/", "/run/user/"];

/// What a program sees instead of the directory.
#[derive(Clone, Copy)]
enum Hidden {
    /// PHP-FPM finds no script, whatever it sees.
    Php,
    /// nginx sees a directory that it may not enter: `yes`.
    Closed,
    /// nginx sees an empty directory: `tmpfs`.
    Empty,
    /// SELinux keeps web servers out of homes.
    Labelled,
}

fn check(stack: &Stack, out: &mut Findings) {
    let hides = |unit: &Unit| {
        let value = unit.get("ProtectHome").unwrap_or_default().to_ascii_lowercase();
        match value.as_str() {
            "yes" | "true" | "on" | "1" => Some(Hidden::Closed),
            "tmpfs" => Some(Hidden::Empty),
            _ => None,
        }
    };
    let units = &stack.host.units;
    let mut found = ByPlace::default();
    if units.iter().any(|(name, unit)| name != "nginx" && hides(unit).is_some()) {
        for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
            let has_pool = |address| !stack.pools_behind(address).pools().is_empty();
            let is_local = pass.targets().iter().any(|target| has_pool(target.address));
            let root = pass.scope().effective_last("root");
            if let Some(root) = root.filter(|root| is_local && is_home(*root)) {
                found.add(root.value_span(), (root, Hidden::Php));
            }
        }
    }
    if let Some(hidden) = units.get("nginx").and_then(hides) {
        for root in stack.directives("root").filter(|root| is_home(*root)) {
            found.add(root.value_span(), (root, hidden));
        }
    }
    if is_labelled(stack) {
        for root in stack.directives("root").filter(|root| is_home(*root)) {
            found.add(root.value_span(), (root, Hidden::Labelled));
        }
    }
    out.extend(found.iter().map(|((root, hidden), _)| finding(*root, *hidden)));
}

/// Whether SELinux surely keeps web servers from what is labelled as a home.
fn is_labelled(stack: &Stack) -> bool {
    let selinux = stack.host.selinux.as_ref().filter(|selinux| selinux.is_enforcing);
    let is_off = |name: &str| selinux.is_some_and(|selinux| selinux.boolean(name) == Some(false));
    is_off("httpd_enable_homedirs")
        && is_off("httpd_read_user_content")
        && stack.world.is_one_machine()
        && !stack.host.is_unconfined_nginx()
}

fn is_home(root: Directive<'_>) -> bool {
    let Some(path) = root.arg(0) else { return false };
    HOMES.iter().any(|home| path.value.starts_with(home.as_bytes())) && !has_variables(&path.value)
}

fn finding(root: Directive<'_>, whose: Hidden) -> Finding {
    let path = root.arg(0).map(|arg| arg.text().into_owned()).unwrap_or_default();
    let index = format!("{}/index.html", path.trim_end_matches('/'));
    let (program, status, log) = match whose {
        Hidden::Php => {
            let log = "FastCGI sent in stderr: \"Primary script unknown\" while reading response header from upstream";
            ("PHP-FPM", 404, log.to_owned())
        }
        Hidden::Closed | Hidden::Labelled => {
            ("nginx", 403, format!("\"{index}\" is forbidden (13: Permission denied)"))
        }
        Hidden::Empty => ("nginx", 404, format!("open() \"{index}\" failed (2: No such file or directory)")),
    };
    let finding =
        Finding::new(&RULE, root.value_span(), format!("`{}` is hidden from {program}", say::clip(&path)))
            .confidence(Confidence::Medium)
            .label(format!("{} end as {status}", say::requests(root.scope())))
            .predict(Prediction::answers(status, log));
    match whose {
        Hidden::Labelled => finding
            .level(Level::Info)
            .note("SELinux is enforced, and `httpd_enable_homedirs` is off: unless the files were given another label")
            .help("setsebool -P httpd_enable_homedirs 1"),
        _ => finding.note(format!("the unit of {program} says `ProtectHome`")).help("ProtectHome=read-only"),
    }
}
