//! nginx's workers at the sockets of the pools: who connects to which, and whether they may.

use std::collections::HashSet;

use gatelint_model::Stack;
use gatelint_model::fpm::{Bind, Pool, Setting, SocketAccess};
use gatelint_model::host::{Access, Process, Unit};
use gatelint_model::nginx::{Family, Pass, Target, Worker};

/// A pass that leads to the socket of a pool.
pub(crate) struct Attempt<'a> {
    pub(crate) pass: Pass<'a>,
    pub(crate) target: Target<'a>,
    pub(crate) pool: &'a Pool,
    /// The `user` of nginx; `None` where it is left out.
    pub(crate) worker: Option<Worker<'a>>,
    /// Owner, group and mode of the socket as php-fpm makes it.
    pub(crate) access: Access,
    pub(crate) may: bool,
    /// Whether something that the tree does not tell had to be assumed.
    pub(crate) is_assumed: bool,
}

/// The first pass of each configuration to each socket whose owner, group and mode are known.
pub(crate) fn attempts(stack: &Stack) -> Vec<Attempt<'_>> {
    // A master that is not root cannot give its socket away: it belongs to whoever the unit names.
    let is_own_user = |(name, unit): (&String, &Unit)| {
        name != "nginx" && unit.get("User").is_some_and(|user| user != "root")
    };
    let mut attempts = Vec::new();
    if stack.host.units.iter().any(is_own_user) || !stack.world.is_one_machine() {
        return attempts;
    }
    let mut seen = HashSet::new();
    for pass in stack.passes().filter(|pass| pass.family() == Family::Fastcgi) {
        let worker = pass.scope().worker();
        // A user that is not there keeps nginx from starting.
        let is_nobody = |worker: &Worker<'_>| {
            stack.host.users.is_some() && stack.host.user(&worker.process.user).is_none()
        };
        if worker.as_ref().is_some_and(is_nobody) {
            continue;
        }
        for (at, reached) in pass.pools() {
            let is_new = seen.insert((worker.as_ref().map(|worker| worker.by.id()), reached.pool.header));
            let Some(target) = pass.target(at).filter(|_| is_new && reached.master.starts()) else {
                continue;
            };
            // Only of Debian it is known how nginx is built that goes with the pools.
            if worker.is_some() || reached.master.layout.is_debian {
                attempts.extend(attempt(stack, pass, &target, worker.clone(), reached.pool));
            }
        }
    }
    attempts
}

fn attempt<'a>(
    stack: &'a Stack,
    pass: Pass<'a>,
    target: &Target<'a>,
    worker: Option<Worker<'a>>,
    pool: &'a Pool,
) -> Option<Attempt<'a>> {
    pool.listener.as_ref().filter(|listener| matches!(listener.bind, Bind::Unix(_)))?;
    // Without `user` the pool runs unprivileged, and the socket belongs to whoever started it.
    pool.get("user")?;
    let rights = pool.socket_access();
    let access = effective_access(stack, &rights)?;
    let (may, is_assumed) = match &worker {
        Some(worker) => decide(stack, &worker.process, &rights, &access),
        None => {
            let workers = pass.scope().default_workers();
            (workers.is_empty() || workers.iter().any(|one| decide(stack, one, &rights, &access).0), true)
        }
    };
    Some(Attempt { pass, target: target.clone(), pool, worker, access, may, is_assumed })
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
    let text = |setting: Option<&Setting>| match setting {
        Some(setting) => setting.text().map(|text| Some(text.into_owned())),
        None => Some(None),
    };
    let (owner, group) = (text(rights.owner)?, text(rights.group)?);
    let group = group.unwrap_or_else(|| match &owner {
        // An owner by number brings no group.
        Some(owner) if !is_number(owner) => {
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
        // Whose number it is cannot be assumed; that nobody was put into a group can.
        None => (is_number(&access.owner) || is_number(&access.group), true),
    }
}

fn is_number(name: &str) -> bool {
    name.parse::<u32>().is_ok()
}
