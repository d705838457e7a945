//! Half an emergency restart.

use gatelint_lint::{Finding, Findings, Level, Rule, Stack};

use crate::edit::{self, Mend};

pub(crate) const RULE: Rule = Rule {
    name: "ineffective-emergency-restart",
    summary: "of the two keys that make PHP-FPM restart itself one is missing, so that it never does",
    level: Level::Warning,
    covers: &[],
    since: "0.1.0",
    page: include_str!("ineffective_emergency_restart.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    const PAIRS: [(&str, &str, &str); 2] = [
        ("emergency_restart_threshold", "emergency_restart_interval", "1m"),
        ("emergency_restart_interval", "emergency_restart_threshold", "10"),
    ];
    for master in stack.fpm.masters.iter().filter(|master| master.is_main && master.is_whole) {
        for (key, other, value) in PAIRS {
            let number = |key: &str| match key {
                "emergency_restart_threshold" => master.global.integer(key, 0),
                _ => master.global.seconds(key, 0),
            };
            let (Some(setting), Some(own), Some(0)) = (master.global.get(key), number(key), number(other))
            else {
                continue;
            };
            if own > 0 {
                let finding =
                    Finding::new(&RULE, setting.at(), format!("`{key}` has no effect without `{other}`"))
                        .label("PHP-FPM restarts itself only where both are above 0")
                        .suggest(
                            format!("{other} = {value}"),
                            match master.global.get(other) {
                                Some(zero) => edit::value(stack, zero.span, value),
                                None => edit::below(stack, setting.span, &[&format!("{other} = {value}")]),
                            },
                        );
                out.push(match master.global.get(other) {
                    Some(zero) => finding.related(zero.at(), "0 switches both off"),
                    None => finding,
                });
            }
        }
    }
}
