//! Error pages that answers of the backend do not get.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};
use gatelint_model::nginx::{Directive, Family, Pass};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};
use crate::say;

pub(crate) const RULE: Rule = Rule {
    name: "bypassed-error-page",
    summary: "`error_page` is set for a pass, and the errors that the backend itself answers do not get it",
    level: Level::Info,
    covers: &["L2"],
    since: "0.1.0",
    page: include_str!("bypassed_error_page.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    if stack.directives("error_page").next().is_none() {
        return;
    }
    let mut found: ByPlace<(Directive<'_>, u16, Pass<'_>)> = ByPlace::default();
    for pass in stack.passes() {
        let Some(pages) = pass.scope().effective("error_page") else { continue };
        let switch = format!("{}_intercept_errors", pass.family().prefix());
        if pass.scope().flag(&switch, false).is_none_or(|on| on.value) {
            continue;
        }
        for page in pages.directives {
            let codes = page.args().filter_map(|arg| arg.text().parse::<u16>().ok());
            // A gateway's own failures are nginx's to answer.
            if let Some(code) = codes.into_iter().find(|code| matches!(code, 404 | 403 | 500)) {
                found.add(page.span(), (page, code, pass));
            }
        }
    }
    out.extend(found.iter().map(|((page, code, pass), count)| report(*page, *code, *pass, count)));
}

fn report(page: Directive<'_>, code: u16, pass: Pass<'_>, count: usize) -> Finding {
    let switch = match pass.family() {
        Family::Proxy => "proxy_intercept_errors".to_owned(),
        family => format!("{}_intercept_errors", family.prefix()),
    };
    let finding = Finding::new(&RULE, page.span(), format!("{code} of the backend does not get this page"))
        .label(format!("{} get what the backend answers", say::passed_requests(pass)))
        .related(pass.span(), format!("`{switch}` is off here"))
        .suggest(format!("{switch} on;"), edit::put(page.scope(), &format!("{switch} on;")));
    if count > 1 { finding.note(format!("{count} passes are affected")) } else { finding }
}
