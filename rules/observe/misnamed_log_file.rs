//! Log files that are called `off` or `on`.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use crate::by_place::ByPlace;
use crate::edit::{self, Mend};

pub(crate) const RULE: Rule = Rule {
    name: "misnamed-log-file",
    summary: "a switch that a log directive does not know is taken for the name of a file",
    level: Level::Warning,
    covers: &["L8"],
    since: "0.1.0",
    page: include_str!("misnamed_log_file.md"),
    check,
};

/// Words that `error_log` takes for files.
const NO_ERROR_LOG: [&str; 7] = ["off", "no", "none", "false", "on", "yes", "true"];
/// Words that `access_log` takes for files; it knows `off`.
const NO_ACCESS_LOG: [&str; 6] = ["no", "none", "false", "on", "yes", "true"];

fn check(stack: &Stack, out: &mut Findings) {
    let mut found = ByPlace::default();
    for (name, words) in [("error_log", NO_ERROR_LOG.as_slice()), ("access_log", NO_ACCESS_LOG.as_slice())] {
        for log in stack.directives(name) {
            let Some(word) = log.arg(0).map(|arg| arg.text().to_ascii_lowercase()) else { continue };
            if words.contains(&word.as_str()) {
                found.add(log.span(), (log, word));
            }
        }
    }
    out.extend(found.iter().map(|((log, word), _)| {
        let name = log.name();
        let is_off = ["off", "no", "none", "false"].contains(&word.as_str());
        let help = match (name.as_ref(), is_off) {
            ("error_log", true) => "error_log /dev/null crit;",
            ("error_log", false) => "error_log /var/log/nginx/error.log;",
            (_, true) => "access_log off;",
            (_, false) => "access_log /var/log/nginx/access.log;",
        };
        Finding::new(&RULE, log.value_span(), format!("`{name}` knows no `{word}`: it is the name of a file"))
            .label(format!("nginx writes to a file `{word}` below its prefix"))
            .suggest(help, edit::statement(*log, help))
    }));
}
