//! A limit of open files below what the connections of a worker take.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::{ContextKind, Directive, Pass, Scope, number};
use gatelint_syntax::Span;

use crate::edit::{self, Mend};
use crate::say::{clip, passed_requests};
use crate::setting::only_arg;

pub(crate) const RULE: Rule = Rule {
    name: "small-open-file-limit",
    summary: "a worker may open fewer files than it is to hold connections",
    level: Level::Warning,
    covers: &["K2"],
    since: "0.1.0",
    page: include_str!("small_open_file_limit.md"),
    check,
};

/// nginx's default of `worker_connections`.
const CONNECTIONS: u64 = 512;

fn check(stack: &Stack, out: &mut Findings) {
    let ratio = u64::from(out.thresholds().nofile_ratio);
    for main in stack.nginx_roots().filter(|root| root.kind() == ContextKind::Main) {
        let Some((connections, by)) = connections(main) else { continue };
        let place = by.map(Directive::value_span);
        let pass = || stack.passes().find(|pass| pass.scope().ancestors().last() == Some(main));
        let limit = main.own("worker_rlimit_nofile").last();
        let found = match limit {
            Some(limit) => only_arg(limit)
                .and_then(|arg| number::integer(&arg.value))
                .and_then(|files| of_nginx(limit, files, (connections, ratio), place, pass)),
            None => {
                let place =
                    place.or_else(|| Some(main.blocks_of(ContextKind::Events).last()?.opener()?.name_span()));
                place.and_then(|place| inherited(stack, place, (connections, ratio), pass))
            }
        };
        out.extend(found);
    }
}

/// `worker_connections`, and the directive; `None` where it is not known.
fn connections(main: Scope<'_>) -> Option<(u64, Option<Directive<'_>>)> {
    let events = main.blocks_of(ContextKind::Events).last()?;
    match events.own("worker_connections").last() {
        Some(by) => Some((number::integer(&only_arg(by)?.value)?, Some(by))),
        None => events.is_whole().then_some((CONNECTIONS, None)),
    }
}

fn of_nginx<'a>(
    limit: Directive<'a>,
    files: u64,
    (connections, ratio): (u64, u64),
    place: Option<Span>,
    pass: impl Fn() -> Option<Pass<'a>>,
) -> Option<Finding> {
    let level = match files {
        files if files < connections => Level::Warning,
        files if files < connections.saturating_mul(ratio) => Level::Info,
        _ => return None,
    };
    let message = format!("a worker may open {files} files, and is to hold {connections} connections");
    let finding = Finding::new(&RULE, limit.value_span(), message)
        .level(level)
        .label("a request takes two: the client's, and the upstream's or the file that is sent")
        .suggest(
            format!("worker_rlimit_nofile {};", connections.saturating_mul(ratio)),
            edit::replace(limit.value_span(), connections.saturating_mul(ratio).to_string()),
        );
    Some(with_consequence(finding, connections, place, pass()))
}

/// What a worker has without the directive, and where that comes from.
enum Inherited {
    /// The master that runs has it, and hands it down at a reload.
    Master(u64),
    /// The unit says so.
    Unit(u64, String),
    /// What systemd gives a unit that says nothing (`DefaultLimitNOFILE` of `systemd-system.conf(5)`).
    Default(u64),
}

fn limit(stack: &Stack) -> Option<Inherited> {
    if let Some(files) = stack.host.open_files("nginx") {
        return Some(Inherited::Master(files));
    }
    let unit = stack.host.units.get("nginx")?;
    match unit.get("LimitNOFILE") {
        Some(limit) => {
            let soft = limit.split(':').next().unwrap_or(limit);
            Some(Inherited::Unit(number::integer(soft.as_bytes())?, limit.to_owned()))
        }
        None => unit.is_whole().then_some(Inherited::Default(1024)),
    }
}

fn inherited<'a>(
    stack: &Stack,
    place: Span,
    (connections, ratio): (u64, u64),
    pass: impl Fn() -> Option<Pass<'a>>,
) -> Option<Finding> {
    let (files, who, note) = match limit(stack)? {
        Inherited::Master(files) => {
            (files, "nginx runs with a limit of", "the limit of the master that runs".to_owned())
        }
        Inherited::Unit(files, limit) => {
            (files, "nginx's unit gives it", format!("nginx.service has `LimitNOFILE={}`", clip(&limit)))
        }
        Inherited::Default(files) => (
            files,
            "systemd gives nginx",
            "nginx.service has no `LimitNOFILE`: the default is 1024".to_owned(),
        ),
    };
    let is_default = note.contains("default");
    if files >= connections.saturating_mul(ratio) || is_default && files >= connections {
        return None;
    }
    let message = format!("{who} {files} open files, and a worker is to hold {connections} connections");
    let finding = Finding::new(&RULE, place, message)
        .note(format!("{note}, and no `worker_rlimit_nofile` is set"))
        .help(format!("worker_rlimit_nofile {};", connections.saturating_mul(ratio)));
    let finding = match files < connections {
        true => finding.label("more than that cannot be open at once"),
        false => finding
            .level(Level::Info)
            .label("a request takes two: the client's, and the upstream's or the file that is sent"),
    };
    let finding = with_consequence(finding, connections, None, pass());
    Some(if is_default { finding.level(Level::Info).confidence(Confidence::Medium) } else { finding })
}

fn with_consequence(
    finding: Finding,
    connections: u64,
    place: Option<Span>,
    pass: Option<Pass<'_>>,
) -> Finding {
    let finding = match place {
        Some(place) => finding.related(place, format!("{connections} connections")),
        None => finding,
    };
    match pass {
        Some(pass) => finding
            .related(pass.span(), format!("{} end as 500 when the files are used up", passed_requests(pass)))
            .predict(Prediction::answers(
                500,
                "socket() failed (24: Too many open files) while connecting to upstream",
            )),
        None => finding,
    }
}
