//! Sockets that nginx's workers may not write to.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Rule};
use gatelint_model::fpm::SocketAccess;
use gatelint_model::host::{Access, Process};
use gatelint_model::nginx::{Scope, Worker};
use gatelint_model::{Address, Stack};
use gatelint_syntax::{Span, TextRange};

use super::attempt::{Attempt, attempts};
use crate::edit::{self, Mend};
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
    for attempt in attempts(stack).iter().filter(|attempt| !attempt.may) {
        let rights = attempt.pool.socket_access();
        if rights.mode.defect().is_some() && !rights.has_acl() {
            // Said of the mode itself.
            continue;
        }
        out.push(match &attempt.worker {
            Some(worker) => by_user(stack, attempt, worker, &rights),
            None => by_build(stack, attempt),
        });
    }
}

fn by_user(stack: &Stack, attempt: &Attempt<'_>, worker: &Worker<'_>, rights: &SocketAccess<'_>) -> Finding {
    let (access, user) = (&attempt.access, say::clip(&worker.process.user));
    let (primary, what, help) = cause(stack, worker, attempt, rights);
    let edits = match help.strip_suffix(';') {
        Some(user) => edit::statement(worker.by, user),
        None => edit::assign(stack, attempt.pool, &help),
    };
    // Nobody wrote an owner: the stock file has the line as a comment.
    let is_left_out = rights.owner.or(rights.group).is_none()
        && help.starts_with("listen.owner = ")
        && edit::is_commented(stack, attempt.pool, "listen.owner");
    let message = format!("`{user}` may not write to the socket of pool `{}`", say::clip(&attempt.pool.name));
    let finding = Finding::new(&RULE, primary, message)
        .label(what)
        .related(worker.by.span(), format!("nginx's workers run as `{user}`"));
    let finding = with_evidence(finding, attempt, primary);
    let mut finding = if is_left_out { finding.cure(help, edits) } else { finding.suggest(help, edits) };
    if let Address::Unix(path) = attempt.target.address
        && stack.lets_in(&worker.process, path)
    {
        finding.prediction = None;
        return finding.level(Level::Warning).confidence(Confidence::Medium).note(
            "the socket that is there now lets it in: changed by hand, or made by an older configuration",
        );
    }
    if !attempt.is_assumed {
        return finding;
    }
    let group = say::clip(&access.group);
    finding
        .level(Level::Warning)
        .confidence(Confidence::Medium)
        .note(format!("the tree has no `etc/group`: assumed that `{user}` is not in `{group}`"))
}

/// No `user` at all: the build decides, and none of the usual ones may connect.
fn by_build(stack: &Stack, attempt: &Attempt<'_>) -> Finding {
    let message =
        format!("no `user` is set, and pool `{}` lets others connect", say::clip(&attempt.pool.name));
    let primary = place_of_user(stack, attempt.pass.scope());
    let owner = say::clip(&attempt.access.owner);
    let finding = Finding::new(&RULE, primary, message)
        .label("nginx's workers run as `nobody`, or whoever it was built for")
        .level(Level::Warning)
        .confidence(Confidence::Medium)
        .note("assumed that nginx was built for `nobody`, as Debian does, or for `nginx`, as nginx.org does");
    let line = format!("user {owner};");
    let bytes = stack.sources.text(primary);
    let edits = match bytes.first() {
        // The line that holds it as a comment, else the first directive.
        Some(b'#') => edit::replace(primary, line.clone()),
        Some(_) => {
            let start = Span { end: primary.start, ..primary };
            edit::replace(start, format!("{line}\n"))
        }
        None => Vec::new(),
    };
    with_evidence(finding, attempt, primary).suggest(line, edits)
}

/// The line that holds a `user` as a comment, else the first one of the main configuration.
fn place_of_user(stack: &Stack, scope: Scope<'_>) -> Span {
    let main = scope.ancestors().last().and_then(|main| {
        let blocks = main.blocks().filter_map(Scope::opener);
        main.directives().chain(blocks).min_by_key(|first| first.id())
    });
    let file = main
        .map_or(scope.opener().map_or(gatelint_syntax::FileId(0), |opener| opener.span().file), |first| {
            first.span().file
        });
    let text = stack.sources.bytes(file);
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let words = line.trim_ascii();
        let comment = words.strip_prefix(b"#").map(<[u8]>::trim_ascii_start);
        if comment.is_some_and(|comment| comment.starts_with(b"user ")) {
            let end = at + line.trim_ascii_end().len();
            return TextRange::new(at as u32, end as u32).in_file(file);
        }
        at += line.len();
    }
    main.map_or(TextRange::empty(0).in_file(file), |first| first.span())
}

/// The socket, the pass, and what follows.
fn with_evidence(finding: Finding, attempt: &Attempt<'_>, primary: Span) -> Finding {
    let Attempt { access, pass, target, pool, .. } = attempt;
    let log = say::connect_log(target.written, "fastcgi", "13: Permission denied");
    let finding = finding
        .related(pass.span(), format!("{} end as 502", say::passed_requests(*pass)))
        .predict(Prediction::answers(502, log));
    let shown = format!("{:04o} {}:{}", access.mode, say::clip(&access.owner), say::clip(&access.group));
    match &pool.listener {
        Some(listener) if listener.span != primary => {
            finding.related(listener.span, format!("the socket is made with {shown}"))
        }
        _ => finding,
    }
}

/// The place to edit, what is said there, and the edit.
fn cause(
    stack: &Stack,
    worker: &Worker<'_>,
    attempt: &Attempt<'_>,
    rights: &SocketAccess<'_>,
) -> (Span, String, String) {
    let Attempt { pool, access, .. } = attempt;
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
    let with_group_write = Access { mode: access.mode | 0o660, ..(*access).clone() };
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
