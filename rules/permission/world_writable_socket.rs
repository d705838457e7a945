//! A socket that every user of the machine may write to.

use std::collections::BTreeSet;

use gatelint_lint::{Finding, Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Bind, Master};

use crate::edit::{self, Mend};
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "world-writable-socket",
    summary: "every user of the machine may run PHP as the pool's user",
    level: Level::Warning,
    covers: &["B4"],
    since: "0.1.0",
    page: include_str!("world_writable_socket.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.world.is_one_machine() {
        return;
    }
    for (master, pool) in stack.fpm.pools() {
        let access = pool.socket_access();
        let Some(setting) = access.mode.setting else { continue };
        let is_socket = pool.listener.as_ref().is_some_and(|listener| matches!(listener.bind, Bind::Unix(_)));
        if !is_socket || access.mode.bits() & 0o002 == 0 || access.mode.defect().is_some() {
            continue;
        }
        let user = pool.get("user").and_then(|user| user.text()).unwrap_or("root".into());
        let finding = Finding::new(
            &RULE,
            setting.at(),
            format!("every user may connect to the socket of pool `{}`", clip(&pool.name)),
        )
        .label(format!("whoever connects runs PHP as `{}`", clip(&user)))
        .suggest("listen.mode = 0660", edit::assign(stack, pool, "listen.mode = 0660"));
        // Pools of several users are there to keep these apart.
        out.push(match users(master) {
            1 => finding.level(Level::Info),
            users => finding.note(format!("the pools run as {users} users, which this lets into each other")),
        });
    }
}

/// How many users the pools of a master run as.
fn users(master: &Master) -> usize {
    let users = master.pools.iter().filter_map(|pool| Some(pool.get("user")?.text()?.into_owned()));
    users.collect::<BTreeSet<_>>().len().max(1)
}
