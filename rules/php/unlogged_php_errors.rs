//! Errors of PHP that nobody gets to see.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};

use crate::edit::{self, Mend};
use crate::pool::served::served_pools;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "unlogged-php-errors",
    summary: "PHP neither logs nor shows its errors: a 500 has no cause in any log",
    level: Level::Info,
    covers: &["G1"],
    since: "0.1.0",
    page: include_str!("unlogged_php_errors.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for way in served_pools(stack) {
        let params = way.pass.php_params();
        let [logged, shown] = ["log_errors", "display_errors"].map(|name| way.to.php(params, name));
        let Some(at) = logged.origin.span().filter(|_| logged.flag() == Some(false)) else { continue };
        if shown.flag() != Some(false) {
            continue;
        }
        let message = format!("PHP logs no errors of pool `{}`", clip(&way.to.pool.name));
        let mut finding = Finding::new(&RULE, at, message)
            .label(format!(
                "{} end as 500 with an empty page and nothing in any log",
                passed_requests(way.pass)
            ))
            .predict(Prediction::answers(500, ""))
            .suggest("log_errors = On", edit::php(stack, logged.origin, "On"));
        if let Some(span) = shown.origin.span() {
            finding = finding.related(span, "and shows none");
        }
        out.push(finding);
    }
}
