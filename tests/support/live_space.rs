//! Namespaces of their own for a host, and what it takes to make them.

use std::fs;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

/// Namespaces of everything that a host has of its own; all in them ends with their first process.
const NAMESPACES: [&str; 9] = [
    "--mount",
    "--net",
    "--pid",
    "--ipc",
    "--uts",
    "--fork",
    "--kill-child=KILL",
    "--propagation",
    "private",
];
/// The same for an ordinary user, who needs ids for the users inside.
const USER_NAMESPACE: [&str; 2] = ["--map-root-user", "--map-auto"];

/// `unshare` as far as this user may; `None` where not at all.
pub(crate) fn unshare() -> Option<Command> {
    let as_user: &[&str] = if rustix::process::geteuid().is_root() { &[] } else { &USER_NAMESPACE };
    let command = || {
        let mut command = Command::new("unshare");
        command.args(as_user).args(NAMESPACES).stdin(Stdio::null());
        command
    };
    let is_allowed = command().args(["mount", "-t", "tmpfs", "none", "/tmp"]).output();
    is_allowed.is_ok_and(|run| run.status.success()).then(command)
}

/// The programs that are missing here.
pub(crate) fn missing() -> Vec<&'static str> {
    let is_there = |name: &str| {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|dir| {
            fs::read_dir(dir).is_ok_and(|files| {
                files.flatten().any(|file| file.file_name().to_string_lossy().starts_with(name))
            })
        })
    };
    ["nginx", "php-fpm", "unshare", "ip", "openssl"].into_iter().filter(|name| !is_there(name)).collect()
}

/// Past the test harness, which keeps what a passing test prints.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
