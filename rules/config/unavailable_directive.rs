//! What the nginx of the target does not have.

use gatelint_lint::{Findings, Level, Rule};
use gatelint_model::Stack;
use gatelint_model::nginx::trial::{Defect, Lack};

use super::emerg::{self, text};

pub(crate) const RULE: Rule = Rule {
    name: "unavailable-directive",
    summary: "a directive or parameter needs another nginx than the target",
    level: Level::Error,
    covers: &["I7"],
    since: "0.1.0",
    page: include_str!("unavailable_directive.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for found in stack.emergs() {
        let Some(lack) = found.lack else { continue };
        let what = text(stack, found.place);
        let what = match found.defect {
            Defect::Misplaced => format!("`{what}` here"),
            _ => format!("`{what}`"),
        };
        let finding = emerg::finding(&RULE, found, format!("{what} needs {}", need(lack)));
        out.push(match lack {
            Lack::Module(_) => {
                finding.level(Level::Warning).label("no `load_module` loads it").note("it may be built in")
            }
            _ => finding.label(label(stack, lack)),
        });
    }
}

fn need(lack: Lack) -> String {
    match lack {
        Lack::Since(version) => format!("nginx {} or later", shown(version)),
        Lack::Removed(version) => format!("an nginx older than {}", shown(version)),
        Lack::Plus => "NGINX Plus".to_owned(),
        Lack::Module(package) => format!("the module `{package}`"),
    }
}

fn label(stack: &Stack, lack: Lack) -> String {
    match (lack, stack.target.version) {
        (Lack::Plus, _) => "nginx as such does not have it".to_owned(),
        (_, Some(version)) => format!("nginx {} does not have it", shown(version)),
        _ => "no nginx that is still supported has it".to_owned(),
    }
}

fn shown((major, minor, patch): (u16, u16, u16)) -> String {
    format!("{major}.{minor}.{patch}")
}
