//! A socket in a directory below `/run` that nothing makes when the machine starts.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Program, Rule, Stage};
use gatelint_model::Stack;
use gatelint_model::fpm::{Bind, Master, Pool};

use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "volatile-socket-directory",
    summary: "a socket lies in a directory below `/run` that is gone after a reboot",
    level: Level::Warning,
    covers: &["B6"],
    since: "0.1.0",
    page: include_str!("volatile_socket_directory.md"),
    check,
};

/// Directories below `/run` that systemd or packages of nginx and of PHP make.
const MADE: [&str; 9] = [
    "/run",
    "/run/php",
    "/run/php-fpm",
    "/run/lock",
    "/run/shm",
    "/run/user",
    "/run/nginx",
    "/run/systemd",
    "/run/sendsigs.omit.d",
];

fn check(stack: &Stack, out: &mut Findings) {
    if !stack.world.is_one_machine() {
        return;
    }
    for (master, pool) in stack.fpm.pools().filter(|(master, _)| master.is_main && master.layout.is_installed)
    {
        out.extend(finding(stack, master, pool));
    }
}

fn finding(stack: &Stack, master: &Master, pool: &Pool) -> Option<Finding> {
    let listener = pool.listener.as_ref()?;
    let Bind::Unix(path) = &listener.bind else { return None };
    let dir = path.rfind('/').and_then(|at| path.get(..at))?;
    // Packages of other builds make one that is called like them: /run/php84-fpm.
    let is_packaged = MADE.contains(&dir) || dir.starts_with("/run/user/") || dir.starts_with("/run/php");
    let directories = &stack.host.directories;
    if !dir.starts_with("/run/") || is_packaged || directories.get(dir).is_some() || !master.starts() {
        return None;
    }
    // A unit or tmpfiles.d in the tree shows where it would have been said.
    let is_shown = directories.is_known || stack.host.units.keys().any(|name| name != "nginx");
    let message = format!("nothing makes `{}`, where pool `{}` listens", clip(dir), clip(&pool.name));
    let log = format!(
        "unable to bind listening socket for address '{}': No such file or directory (2)",
        clip(&listener.address)
    );
    let owner = clip(&pool.get("user").and_then(|user| user.text()).unwrap_or("root".into()));
    Some(
        Finding::new(&RULE, listener.span, message)
            .level(if is_shown { Level::Warning } else { Level::Info })
            .confidence(Confidence::Medium)
            .label("`/run` is empty after a reboot: PHP-FPM does not start, with all its pools")
            .note("`php-fpm -t` does not notice it; neither `tmpfiles.d` nor `RuntimeDirectory=` of the tree names it")
            .help(format!("in etc/tmpfiles.d/{}.conf: d {dir} 0755 {owner} {owner} -", clip(&pool.name)))
            .predict(Prediction::Refuses { program: Program::PhpFpm, stage: Stage::Start, at: None, log }),
    )
}
