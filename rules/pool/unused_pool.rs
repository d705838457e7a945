//! Pools that no request comes to.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::fpm::{Bind, Pool};
use gatelint_model::nginx::Family;
use rustc_hash::FxHashSet;

use super::served::served;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "unused-pool",
    summary: "no pass of nginx leads to a pool, whose processes take memory all the same",
    level: Level::Info,
    covers: &[],
    since: "0.1.0",
    page: include_str!("unused_pool.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let mut passes = stack.passes().filter(|pass| pass.family() == Family::Fastcgi).peekable();
    // Without any pass PHP is another server's; where one is not known it may lead anywhere.
    let are_known = passes.peek().is_some()
        && passes.all(|pass| pass.is_closed() && pass.scope().is_in_main())
        && stack.nginx_roots().all(|root| root.is_whole());
    if !are_known || !stack.world.is_one_machine() {
        return;
    }
    let used: FxHashSet<_> = served(stack).map(|way| way.to.pool.header).collect();
    for (_, pool) in stack.fpm.pools().filter(|(master, _)| master.is_main && master.starts()) {
        let Some(listener) = pool.listener.as_ref().filter(|_| is_local(pool)) else { continue };
        if !used.contains(&pool.header) {
            let message = format!("nginx passes no request to pool `{}`", clip(&pool.name));
            out.push(Finding::new(&RULE, listener.span, message).label("no pass of this tree leads here"));
        }
    }
}

/// Whether nobody but this machine reaches the pool.
fn is_local(pool: &Pool) -> bool {
    pool.listener.as_ref().is_some_and(|listener| match &listener.bind {
        Bind::Unix(_) => true,
        Bind::Ip(ip, _) => ip.is_loopback(),
        Bind::Any(_) | Bind::Name(..) => false,
    })
}
