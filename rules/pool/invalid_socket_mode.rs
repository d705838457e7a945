//! A `listen.mode` that is not the mode it looks like.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Bind, ModeDefect, Pool};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "invalid-socket-mode",
    summary: "`listen.mode` is not the octal mode that it looks like",
    level: Level::Error,
    covers: &["B3"],
    since: "0.1.0",
    page: include_str!("invalid_socket_mode.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for (_, pool) in stack.fpm.pools() {
        if let Some(finding) = finding(pool) {
            out.push(finding);
        }
    }
}

fn finding(pool: &Pool) -> Option<Finding> {
    let Bind::Unix(_) = pool.listener.as_ref()?.bind else { return None };
    let access = pool.socket_access();
    let defect = access.mode.defect()?;
    let setting = access.mode.setting?;
    if access.has_acl() {
        return None;
    }
    let written = clip(&setting.text()?);
    let bits = access.mode.bits();
    let message = match defect {
        ModeDefect::NotOctal => format!("`{written}` is read as the mode {bits:04o}"),
        ModeDefect::Decimal => format!("`{written}` is read as an octal number"),
        ModeDefect::Unwritable => format!("mode {bits:04o} lets nobody write to the socket"),
    };
    // A client needs the right to write.
    let is_closed = bits & 0o222 == 0;
    let path = &pool.listener.as_ref()?.address;
    let finding = Finding::new(&RULE, setting.at(), message).help("listen.mode = 0660");
    Some(if is_closed {
        let log = format!("connect() to unix:{path} failed (13: Permission denied)");
        finding
            .label(format!(
                "nobody but root may connect: requests for pool `{}` end as 502",
                clip(&pool.name)
            ))
            .predict(Prediction::answers(502, log))
    } else {
        finding.label("php-fpm stops at the first byte that is no octal digit").level(Level::Warning)
    })
}
