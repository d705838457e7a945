//! Sockets that nginx's workers may not write to.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Bind, Pool, SocketAccess};
use gatelint_model::host::{Access, Process, Unit};
use gatelint_model::nginx::{Family, Pass, Target, Worker};
use gatelint_syntax::Span;

use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "unwritable-fastcgi-socket",
    summary: "nginx's workers may not connect to the pool's socket",
    level: Level::Error,
    covers: &["B1"],
    since: "0.1.0",
    page: include_str!("unwritable_fastcgi_socket.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    // A master that is not root cannot give its socket away: it belongs to whoever the unit names.
    let is_own_user = |(name, unit): (&String, &Unit)| {
        name != "nginx" && unit.get("User").is_some_and(|user| user != "root")
    };
    if stack.host.units.iter().any(is_own_user) {
        return;
    }
    let mut seen = std::collections::HashSet::new();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
        let Some(worker) = pass.scope().worker() else { continue };
        for target in pass.targets() {
            for reached in stack.pools_behind(target.address).pools() {
                let is_new = seen.insert((worker.by.id(), reached.pool.header));
                if !is_new || !reached.master.starts() || !stack.world.is_one_machine() {
                    continue;
                }
                if let Some(finding) = judge(stack, pass, &target, &worker, reached.pool) {
                    out.push(finding);
                }
            }
        }
    }
}

fn judge(
    stack: &Stack,
    pass: Pass<'_>,
    target: &Target<'_>,
    worker: &Worker<'_>,
    pool: &Pool,
) -> Option<Finding> {
    let listener = pool.listener.as_ref().filter(|listener| matches!(listener.bind, Bind::Unix(_)))?;
    // Without `user` the pool runs unprivileged, and the socket belongs to whoever started it.
    pool.get("user")?;
    let rights = pool.socket_access();
    if rights.mode.defect().is_some() {
        // Said of the mode itself.
        return None;
    }
    let access = effective_access(stack, &rights)?;
    let (may, is_assumed) = decide(stack, &worker.process, &rights, &access);
    if may {
        return None;
    }
    let user = say::clip(&worker.process.user);
    let (primary, what, help) = cause(stack, worker, pool, &rights, &access);
    let shown = format!("{:04o} {}:{}", access.mode, say::clip(&access.owner), say::clip(&access.group));
    let message = format!("`{user}` may not write to the socket of pool `{}`", say::clip(&pool.name));
    let log = say::connect_log(target.written, "fastcgi", "13: Permission denied");
    let mut finding = Finding::new(&RULE, primary, message)
        .label(what)
        .related(worker.by.span(), format!("nginx's workers run as `{user}`"))
        .related(pass.span(), format!("{} end as 502", say::passed_requests(pass)))
        .help(help)
        .predict(Prediction::answers(502, log));
    if primary != listener.span {
        finding = finding.related(listener.span, format!("the socket is made with {shown}"));
    }
    if is_assumed {
        finding = finding.level(Level::Warning).confidence(Confidence::Medium);
        let group = say::clip(&access.group);
        finding =
            finding.note(format!("the tree has no `etc/group`: assumed that `{user}` is not in `{group}`"));
    }
    Some(finding)
}

/// Owner, group and mode of the socket as php-fpm makes it; `None` where the environment decides.
fn effective_access(stack: &Stack, rights: &SocketAccess<'_>) -> Option<Access> {
    if rights.mode.setting.is_some_and(|setting| setting.value.is_none()) {
        return None;
    }
    let mode = rights.mode.bits();
    if rights.has_acl() {
        return Some(Access { owner: "root".into(), group: "root".into(), mode });
    }
    let text = |setting: Option<&gatelint_model::fpm::Setting>| match setting {
        Some(setting) => setting.text().map(|text| Some(text.into_owned())),
        None => Some(None),
    };
    let (owner, group) = (text(rights.owner)?, text(rights.group)?);
    let group = group.unwrap_or_else(|| match &owner {
        // An owner by number brings no group.
        Some(owner) if owner.parse::<u32>().is_err() => {
            stack.host.user(owner).map_or_else(|| owner.clone(), |user| user.gid.to_string())
        }
        _ => "root".into(),
    });
    Some(Access { owner: owner.unwrap_or_else(|| "root".into()), group, mode })
}

/// Whether the worker may connect, and whether that had to be assumed.
fn decide(stack: &Stack, worker: &Process, rights: &SocketAccess<'_>, access: &Access) -> (bool, bool) {
    if rights.acl_users.contains(&worker.user) {
        return (true, false);
    }
    let mut is_assumed = false;
    for group in &rights.acl_groups {
        match stack.host.in_group(worker, group) {
            Some(true) => return (true, false),
            Some(false) => {}
            None => is_assumed = true,
        }
    }
    match stack.host.may_connect(worker, access) {
        Some(may) => (may, is_assumed),
        None => (false, true),
    }
}

/// The place to edit, what is said there, and the edit.
fn cause(
    stack: &Stack,
    worker: &Worker<'_>,
    pool: &Pool,
    rights: &SocketAccess<'_>,
    access: &Access,
) -> (Span, String, String) {
    let user = say::clip(&worker.process.user);
    let listen = pool.listener.as_ref().map_or(pool.header, |listener| listener.span);
    if let Some(acl) =
        pool.get("listen.acl_users").or_else(|| pool.get("listen.acl_groups")).filter(|_| rights.has_acl())
    {
        let what = format!("the list replaces owner and group, and `{user}` is not in it");
        let users =
            if acl.key.name == "listen.acl_users" { acl.text().map(|text| format!("{text},")) } else { None };
        return (acl.at(), what, format!("listen.acl_users = {}{user}", users.unwrap_or_default()));
    }
    let with_group_write = Access { mode: access.mode | 0o660, ..access.clone() };
    let mode_is_all = stack.host.may_connect(&worker.process, &with_group_write) == Some(true);
    if let Some(mode) = rights.mode.setting.filter(|_| mode_is_all) {
        let what = format!("the mode gives `{user}` no write permission");
        return (mode.at(), what, "listen.mode = 0660".into());
    }
    let without_group = Process { user: worker.process.user.clone(), group: None };
    if worker.names_group && stack.host.may_connect(&without_group, access) == Some(true) {
        let what = "the second argument replaces the user's own group".to_owned();
        return (worker.by.value_span(), what, format!("user {user};"));
    }
    match rights.group.or(rights.owner) {
        Some(setting) => {
            let what =
                format!("the socket belongs to `{}:{}`", say::clip(&access.owner), say::clip(&access.group));
            (setting.at(), what, format!("listen.group = {user}"))
        }
        None => {
            let what =
                "neither `listen.owner` nor `listen.group` is set: the socket belongs to root".to_owned();
            (listen, what, format!("listen.owner = {user}"))
        }
    }
}
