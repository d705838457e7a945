//! Errors of PHP that every visitor sees.

use gatelint_lint::{Finding, Findings, Level, Prediction, Rule, Stack};

use super::errors::reach_nginx;
use crate::edit::{self, Mend};
use crate::pool::served::served_pools;
use crate::say::{clip, passed_requests};

pub(crate) const RULE: Rule = Rule {
    name: "displayed-php-errors",
    summary: "PHP shows its errors to visitors, and a fatal one is answered with 200",
    level: Level::Info,
    covers: &["G1"],
    since: "0.1.0",
    page: include_str!("displayed_php_errors.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for way in served_pools(stack) {
        let params = way.pass.php_params();
        let shown = way.to.php(params, "display_errors");
        let Some(at) = shown.origin.span().filter(|_| shown.flag() == Some(true)) else { continue };
        let log = match reach_nginx(way.to, params) {
            true => "FastCGI sent in stderr: \"PHP message: PHP Fatal error: ",
            false => "",
        };
        let message = format!("PHP shows errors of pool `{}` to visitors", clip(&way.to.pool.name));
        out.push(
            Finding::new(&RULE, at, message)
                .label(format!(
                    "of {} those that fail show paths and code, with status 200",
                    passed_requests(way.pass)
                ))
                .predict(Prediction::answers(200, log))
                .suggest("display_errors = Off", edit::php(stack, shown.origin, "Off")),
        );
    }
}
