//! What nginx's workers can carry together.

use gatelint_lint::Stack;
use gatelint_model::nginx::{ContextKind, Directive, Scope, number};

use crate::setting::only_arg;

/// The most workers that are taken for meant.
const MAX_WORKERS: u64 = 4096;

/// The workers of a main configuration, and the directive that says so. `None`: as many as there are processors, and it is
/// not known how many.
pub(crate) fn workers<'a>(stack: &'a Stack, main: Scope<'a>) -> Option<(u64, Option<Directive<'a>>)> {
    let Some(by) = main.own("worker_processes").last() else { return main.is_whole().then_some((1, None)) };
    let arg = only_arg(by)?;
    let count = match &*arg.value {
        b"auto" => stack.host.cpus.map(u64::from)?,
        digits => number::integer(digits)?,
    };
    (1..=MAX_WORKERS).contains(&count).then_some((count, Some(by)))
}

/// How many requests all workers together can pass on at a time, two connections each, and the directive that says how many
/// connections there are. `None`: not known, or not set.
pub(crate) fn passed_at_once<'a>(stack: &'a Stack, main: Scope<'a>) -> Option<(u64, Directive<'a>)> {
    let (workers, _) = workers(stack, main)?;
    let by = main.blocks_of(ContextKind::Events).last()?.own("worker_connections").last()?;
    let connections = number::integer(&only_arg(by)?.value)?;
    // One for each listening socket, and one for the master.
    let left = connections.saturating_sub(main.listening_sockets().count + 1);
    Some((workers.saturating_mul(left / 2), by))
}

/// The main configuration around a block.
pub(crate) fn main_of(scope: Scope<'_>) -> Option<Scope<'_>> {
    scope.ancestors().last().filter(|main| main.kind() == ContextKind::Main)
}
