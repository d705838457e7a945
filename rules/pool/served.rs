//! Pools that nginx sends requests to.

use gatelint_lint::Stack;
use gatelint_model::links::PoolRef;
use gatelint_model::nginx::{Family, Pass, Target};
use rustc_hash::FxHashSet;

/// A way from a pass to a pool.
pub(crate) struct Served<'a> {
    pub(crate) pass: Pass<'a>,
    pub(crate) target: Target<'a>,
    pub(crate) to: PoolRef<'a>,
}

/// Every way to a pool whose master starts.
pub(crate) fn served(stack: &Stack) -> impl Iterator<Item = Served<'_>> {
    let is_used = |pass: &Pass<'_>| pass.family() == Family::Fastcgi;
    stack.passes().filter(is_used).flat_map(move |pass| {
        let pools = pass.pools().filter(|(_, pool)| pool.master.starts());
        pools.filter_map(move |(at, to)| Some(Served { pass, target: pass.target(at)?, to }))
    })
}

/// Every pool that requests come to, once, with the first pass that leads there.
pub(crate) fn served_pools(stack: &Stack) -> impl Iterator<Item = Served<'_>> {
    let mut seen = FxHashSet::default();
    served(stack).filter(move |served| seen.insert(served.to.pool.header))
}
