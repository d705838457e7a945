//! A `listen.mode` that is not the mode it looks like.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule};
use gatelint_model::Stack;
use gatelint_model::fpm::{Bind, ModeDefect, Pool};

use crate::edit::{self, Mend};
use crate::permission::attempt::{Attempt, attempts};
use crate::say::{clip, connect_log, passed_requests};

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
    let has_defect = |pool: &Pool| {
        let access = pool.socket_access();
        access.mode.defect().is_some() && !access.has_acl()
    };
    if !stack.fpm.pools().any(|(_, pool)| has_defect(pool)) {
        return;
    }
    let attempts = attempts(stack);
    for (_, pool) in stack.fpm.pools().filter(|(_, pool)| has_defect(pool)) {
        let mut own = attempts.iter().filter(|attempt| attempt.pool.header == pool.header);
        let attempt = own.clone().find(|attempt| !attempt.may).or_else(|| own.next());
        finding(stack, pool, attempt).into_iter().for_each(|one| out.push(one));
    }
}

fn finding(stack: &Stack, pool: &Pool, attempt: Option<&Attempt<'_>>) -> Option<Finding> {
    let Bind::Unix(_) = pool.listener.as_ref()?.bind else { return None };
    let access = pool.socket_access();
    let defect = access.mode.defect()?;
    let setting = access.mode.setting?;
    let written = clip(&setting.text()?);
    let bits = access.mode.bits();
    let message = match defect {
        ModeDefect::NotOctal => format!("`{written}` is read as the mode {bits:04o}"),
        ModeDefect::Decimal => format!("`{written}` is read as an octal number"),
        ModeDefect::Unwritable => format!("mode {bits:04o} lets nobody write to the socket"),
    };
    let finding = Finding::new(&RULE, setting.at(), message)
        .cure("listen.mode = 0660", edit::assign(stack, pool, "listen.mode = 0660"));
    let path = &pool.listener.as_ref()?.address;
    let denied = |to: &str| Prediction::answers(502, connect_log(to, "fastcgi", "13: Permission denied"));
    Some(match attempt {
        // A client needs the right to write.
        _ if bits & 0o222 == 0 => finding
            .label(format!(
                "nobody but root may connect: requests for pool `{}` end as 502",
                clip(&pool.name)
            ))
            .predict(denied(attempt.map_or(&format!("unix:{path}"), |attempt| attempt.target.written))),
        Some(attempt) if !attempt.may => finding
            .label("it gives nginx's workers no write permission")
            .related(attempt.pass.span(), format!("{} end as 502", passed_requests(attempt.pass)))
            .predict(denied(attempt.target.written)),
        Some(_) => finding.label("nginx may connect all the same").level(Level::Info),
        None => finding.label("php-fpm stops at the first byte that is no octal digit").level(Level::Warning),
    })
}
