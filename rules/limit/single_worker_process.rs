//! One worker for all processors.

use gatelint_lint::{Confidence, Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{ContextKind, Directive, Scope};

use super::workers::workers;

pub(crate) const RULE: Rule = Rule {
    name: "single-worker-process",
    summary: "nginx has one worker process, which uses one processor",
    level: Level::Info,
    covers: &["K3"],
    since: "0.1.0",
    page: include_str!("single_worker_process.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    let cpus = stack.host.cpus;
    for main in stack.nginx_roots().filter(|root| root.kind() == ContextKind::Main && root.is_whole()) {
        let Some((1, by)) = workers(stack, main) else { continue };
        let is_auto = by.and_then(|by| by.arg(0)).is_some_and(|arg| *arg.value == *b"auto");
        let events = || main.blocks_of(ContextKind::Events).last().and_then(Scope::opener);
        let Some(at) = by.map(Directive::value_span).or_else(|| Some(events()?.name_span())) else {
            continue;
        };
        let message = match cpus {
            Some(cpus) if cpus > 1 && !is_auto => format!("nginx's one worker uses one of {cpus} processors"),
            None if !is_auto => "nginx has one worker, which uses one processor".to_owned(),
            _ => continue,
        };
        let label = match by {
            Some(_) => "what takes its time, such as TLS or compression, holds up all connections",
            None => "`worker_processes` is not set: the default is 1",
        };
        let finding = Finding::new(&RULE, at, message).label(label).help("worker_processes auto;");
        out.push(if cpus.is_some() { finding } else { finding.confidence(Confidence::Low) });
    }
}
